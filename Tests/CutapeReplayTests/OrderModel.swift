// A second opinion on order: happens-before by sets of operations, slow and plain, with nothing of the replay in it.
//
// Every timeline (the host, each stream) has the set of operations that are complete before whatever comes next in it.
// An operation is after all that its stream and the host know when it is submitted; events carry a set from a stream to
// whoever waits; the legacy stream takes over the sets of the blocking streams with each action in it, and gives them its
// own. Two operations race if they share a byte, one writes, and neither is in the other's set.
//
// One missing edge may leave many pairs unordered. Those that a check has to find are told by a copy of the model that
// believes, once a pair was found, in the order of the two; and of the accesses to a byte it keeps those that nothing
// later hides: the last write, and the reads since.

/// Bytes of one buffer, row by row.
struct Bytes: Hashable {
  var buffer: Int
  var start: Int
  var width: Int
  var rows = 1
  var pitch = 0

  /// Whether both have a byte in common; rows are compared one by one.
  func meets(_ other: Bytes) -> Bool {
    guard buffer == other.buffer else { return false }
    for row in 0..<rows {
      let from = start + row * pitch
      for otherRow in 0..<other.rows {
        let otherFrom = other.start + otherRow * other.pitch
        if from < otherFrom + other.width, otherFrom < from + width { return true }
      }
    }
    return false
  }
}

/// One line of a program, and what it means.
struct Statement {
  enum Meaning {
    /// Makes a buffer, a stream or an event, or is a query that is not ready: orders nothing.
    case preparation
    /// A copy, a memset or a kernel. With `waits` the call returns when it is complete.
    case work(stream: Int, reads: [Bytes], writes: [Bytes], waits: Bool)
    /// Memory is given back by the host: a write by the host.
    case free(Bytes)
    case record(event: Int, stream: Int)
    case wait(event: Int, stream: Int)
    case synchronizeStream(Int)
    case synchronizeEvent(Int)
    case synchronizeDevice
  }

  var text: String
  var meaning: Meaning
  /// The edge that the line is part of; nil when the program needs it for something else.
  var edge: Int?
  /// Whether the call is known to wait for more than is promised: a copy with pageable memory, `cudaFree`.
  var hasHabit = false
}

struct OrderModel {
  static let legacy = 0

  /// An operation, by the index of its statement.
  struct Work {
    var statement: Int
    var reads: [Bytes]
    var writes: [Bytes]

    func races(with other: Work) -> Bool {
      writes.contains { mine in (other.writes + other.reads).contains(where: mine.meets) }
        || reads.contains { mine in other.writes.contains(where: mine.meets) }
    }
  }

  /// Two operations that share bytes and are not ordered, by the indexes of their statements.
  struct Pair: Hashable, Comparable {
    var earlier: Int
    var later: Int

    static func < (left: Pair, right: Pair) -> Bool {
      (left.later, left.earlier) < (right.later, right.earlier)
    }
  }

  /// Which streams wait for the legacy stream; 0 is that stream itself.
  let isBlocking: [Bool]
  /// Whether two operations that were found to race count as ordered from then on.
  let believes: Bool
  private(set) var host: Set<Int> = []
  private(set) var streams: [Set<Int>]
  /// What the newest record of each event kept.
  private(set) var events: [Int: Set<Int>] = [:]
  private(set) var works: [Work] = []
  private(set) var races: Set<Pair> = []
  /// The races of accesses that nothing later hides.
  private(set) var plainRaces: Set<Pair> = []
  /// Whether something waited for an event that had not been recorded.
  private(set) var waitedInVain = false

  /// Who touched a byte last.
  private struct Cell {
    var write: Int?
    var reads: [Int] = []
  }

  /// The bytes of each buffer; only the model that believes looks at them.
  private var cells: [Int: [Cell]] = [:]
  /// The operations of each stream, in order.
  private var queues: [[Int]]

  init(isBlocking: [Bool], believes: Bool = false) {
    self.isBlocking = isBlocking
    self.believes = believes
    streams = isBlocking.map { _ in [] }
    queues = isBlocking.map { _ in [] }
  }

  /// Follows the next statement, the one with the index `statement` of its program.
  mutating func follow(_ meaning: Statement.Meaning, statement: Int) {
    switch meaning {
    case .preparation: break
    case .work(let stream, let reads, let writes, let waits):
      act(in: stream)
      let found = submit(
        Work(statement: statement, reads: reads, writes: writes), knowing: streams[stream])
      if believes {
        for other in found {
          for queue in queues {
            guard let index = queue.firstIndex(of: other) else { continue }
            streams[stream].formUnion(queue[...index])
          }
        }
      }
      queues[stream].append(statement)
      streams[stream].insert(statement)
      if waits { host.formUnion(streams[stream]) }
    case .free(let bytes):
      _ = submit(Work(statement: statement, reads: [], writes: [bytes]), knowing: host)
      host.insert(statement)
    case .record(let event, let stream):
      act(in: stream)
      events[event] = streams[stream]
    case .wait(let event, let stream):
      act(in: stream)
      if let kept = events[event] { streams[stream].formUnion(kept) } else { waitedInVain = true }
    case .synchronizeStream(let stream):
      if stream == Self.legacy { gather() } else { spread(to: stream) }
      host.formUnion(streams[stream])
    case .synchronizeEvent(let event):
      if let kept = events[event] { host.formUnion(kept) } else { waitedInVain = true }
    case .synchronizeDevice:
      for stream in streams { host.formUnion(stream) }
    }
  }

  /// Whether an operation with `bytes` would race with earlier ones if it knew `known`: those, newest first.
  func unordered(_ work: Work, knowing known: Set<Int>) -> [Work] {
    works.reversed().filter { !known.contains($0.statement) && work.races(with: $0) }
  }

  /// What an operation in `stream` would be after.
  func known(in stream: Int) -> Set<Int> {
    var model = self
    model.act(in: stream)
    return model.streams[stream]
  }

  /// Notes an operation and its races, and gives the earlier operations of those.
  private mutating func submit(_ work: Work, knowing known: Set<Int>) -> [Int] {
    let found = unordered(work, knowing: known).map(\.statement)
    for other in found { races.insert(Pair(earlier: other, later: work.statement)) }
    if believes {
      for bytes in work.reads { touch(bytes, by: work.statement, writes: false, knowing: known) }
      for bytes in work.writes { touch(bytes, by: work.statement, writes: true, knowing: known) }
    }
    works.append(work)
    return found
  }

  private mutating func touch(_ bytes: Bytes, by statement: Int, writes: Bool, knowing known: Set<Int>) {
    var cells = self.cells.removeValue(forKey: bytes.buffer) ?? []
    let end = bytes.start + (bytes.rows - 1) * bytes.pitch + bytes.width
    if cells.count < end { cells += Array(repeating: Cell(), count: end - cells.count) }
    var others: Set<Int> = []
    for row in 0..<bytes.rows {
      let start = bytes.start + row * bytes.pitch
      for position in start..<start + bytes.width {
        if let write = cells[position].write { others.insert(write) }
        if writes {
          if !cells[position].reads.isEmpty { others.formUnion(cells[position].reads) }
          cells[position] = Cell(write: statement)
        } else {
          cells[position].reads.removeAll { known.contains($0) }
          cells[position].reads.append(statement)
        }
      }
    }
    self.cells[bytes.buffer] = cells
    for other in others where other != statement && !known.contains(other) {
      plainRaces.insert(Pair(earlier: other, later: statement))
    }
  }

  private mutating func act(in stream: Int) {
    streams[stream].formUnion(host)
    if stream == Self.legacy { gather() } else { spread(to: stream) }
  }

  /// The legacy stream waits for the blocking streams.
  private mutating func gather() {
    for stream in streams.indices where isBlocking[stream] { streams[Self.legacy].formUnion(streams[stream]) }
  }

  /// A blocking stream waits for the legacy stream.
  private mutating func spread(to stream: Int) {
    if isBlocking[stream] { streams[stream].formUnion(streams[Self.legacy]) }
  }
}
