import CutapeEmulator
import CutapeReplay
import CutapeTrace

// What the rules about wasted time share: they say nothing of one small call, and add up what a call site does.

/// From when on wasted time is worth a word.
enum Threshold {
  /// A copy of more bytes than this is large: up to it a copy from pageable memory is staged at once anyway.
  static let large: UInt64 = 64 << 10
  /// A call site with as many calls is a loop.
  static let loop = 8
}

/// Sums by call site. Calls whose site is not known stand for themselves.
struct Tally: Sendable {
  struct Entry: Sendable {
    /// The first call, and others that took part in it.
    var call: Finding.Call
    var related: [Finding.Call] = []
    /// The memory of the first call.
    var memory: [Finding.Memory] = []
    var count = 0
    var bytes: UInt64 = 0
    /// The most bytes of one call.
    var largest: UInt64 = 0
    /// Nanoseconds that the calls took.
    var time: Int64 = 0
    var rows: UInt64 = 0
  }

  private struct Key: Hashable {
    var function: UInt16
    var site: Int
    /// The number of the call where the site is not known.
    var call: Int
  }

  /// How many sites are kept: a trace without call sites has one for each call.
  private static let limit = 4096
  private var indexes: [Key: Int] = [:]
  /// In the order of their first calls.
  private(set) var entries: [Entry] = []

  var isEmpty: Bool { entries.isEmpty }

  /// Adds the newest call of `replay`; `rows` counts where the shape of a copy matters.
  mutating func add(_ replay: Replay, bytes: UInt64 = 0, rows: UInt64 = 0) {
    let known = entries.count
    add(replay.step.event, bytes: bytes, rows: rows) { (replay.call, []) }
    guard entries.count > known else { return }
    guard let movement = replay.step.movements.first else { return }
    entries[known].memory = movement.sides.compactMap { $0.side.object }.map(replay.origin)
  }

  /// Adds `event`; `describe` is asked once for each site.
  mutating func add(
    _ event: Event, bytes: UInt64 = 0, rows: UInt64 = 0,
    describe: () -> (call: Finding.Call, related: [Finding.Call])
  ) {
    let key = Key(function: event.function, site: event.site, call: event.site == 0 ? event.number : 0)
    let index: Int
    if let known = indexes[key] {
      index = known
    } else {
      guard entries.count < Self.limit else { return }
      index = entries.count
      indexes[key] = index
      let (call, related) = describe()
      entries.append(Entry(call: call, related: related))
    }
    entries[index].count += 1
    entries[index].bytes &+= bytes
    entries[index].largest = max(entries[index].largest, bytes)
    entries[index].time &+= event.duration ?? 0
    entries[index].rows &+= rows
  }
}

extension Movement {
  /// How many bytes are moved; saturates.
  var bytes: UInt64 {
    [extent.width, extent.height, extent.depth].reduce(1) { product, factor in
      let (next, overflow) = product.multipliedReportingOverflow(by: factor)
      return overflow ? .max : next
    }
  }
}

extension Finding {
  /// A finding about all calls of one site.
  init(
    _ rule: any Rule.Type, _ message: Message, _ entry: Tally.Entry, notes: [Message] = [], help: Message
  ) {
    self.init(
      rule, .perf, message, call: entry.call, related: entry.related, allocations: entry.memory,
      notes: notes, help: help)
    count = entry.count
  }
}

extension Message {
  /// `in all 1000 copies, 64 MiB, 12.3 ms in the calls`; nothing where the message has said it all.
  static func sum(_ entry: Tally.Entry, of noun: String) -> [Message] {
    guard entry.count > 1 else { return [] }
    var parts = ["\(entry.count) \(noun)", size(entry.bytes)]
    if entry.time > 0 { parts.append("\(Units.time(entry.time)) in the calls") }
    return ["in all \(parts.joined(separator: ", "))"]
  }

  /// `64 KiB`, `100 bytes`
  static func size(_ bytes: UInt64) -> String {
    let text = Units.exactSize(bytes)
    return text.contains(" ") ? text : "\(text) bytes"
  }
}
