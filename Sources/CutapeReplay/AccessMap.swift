import CutapeEmulator
import CutapeTrace

// Who touched the bytes of one object last: the shadow of FastTrack, over ranges instead of words.
//
// Disjoint segments in order; each keeps the last write and the reads since. A write replaces what it covers, a
// read splits at its ends. So a call makes at most two segments more and each is removed once: O(log n) for a call,
// amortised. Two levels, so that an insertion moves at most a chunk.

/// One access by an operation: its epoch and its index in the table of operations.
struct Access: Sendable {
  var slot: Int32
  var count: UInt32
  /// The index in ``OperationTable``; negative: no access.
  var operation: Int32

  static let none = Access(slot: 0, count: 0, operation: -1)
  @inline(__always) var exists: Bool { operation >= 0 }
  @inline(__always) var epoch: Epoch { Epoch(slot: Int(slot), count: count) }
}

/// Bytes with one history.
struct Segment: Sendable {
  var start: UInt64
  var end: UInt64
  var write: Access
  /// The newest read since the write.
  var read: Access
  /// The reads of other timelines since the write: the head of a list in ``ReaderPool``, or -1.
  var others: Int32
}

/// Lists of readers, for the few segments that several timelines read.
struct ReaderPool: Sendable {
  private struct Node: Sendable {
    var access: Access
    var next: Int32
  }

  private var nodes: [Node] = []
  private var free: Int32 = -1

  /// A list with `access` before the list `next`.
  mutating func prepend(_ access: Access, to next: Int32) -> Int32 {
    guard free >= 0 else {
      nodes.append(Node(access: access, next: next))
      return Int32(nodes.count - 1)
    }
    let index = free
    free = nodes[Int(index)].next
    nodes[Int(index)] = Node(access: access, next: next)
    return index
  }

  func forEach(_ list: Int32, _ body: (Access) -> Void) {
    var index = list
    while index >= 0 {
      body(nodes[Int(index)].access)
      index = nodes[Int(index)].next
    }
  }

  /// Renames the operations of a list; see ``OperationTable``.
  mutating func renumber(_ list: Int32, _ numbers: [Int32]) {
    var index = list
    while index >= 0 {
      nodes[Int(index)].access.operation = numbers[Int(nodes[Int(index)].access.operation)]
      index = nodes[Int(index)].next
    }
  }

  mutating func release(_ list: Int32) {
    var index = list
    while index >= 0 {
      let next = nodes[Int(index)].next
      nodes[Int(index)].next = free
      free = index
      index = next
    }
  }

  /// The list without the readers that `isKept` refuses; their nodes are reused.
  mutating func filter(_ list: Int32, _ isKept: (Access) -> Bool) -> Int32 {
    var result: Int32 = -1
    var index = list
    while index >= 0 {
      let next = nodes[Int(index)].next
      if isKept(nodes[Int(index)].access) {
        nodes[Int(index)].next = result
        result = index
      } else {
        nodes[Int(index)].next = free
        free = index
      }
      index = next
    }
    return result
  }

  mutating func copy(_ list: Int32) -> Int32 {
    var result: Int32 = -1
    var index = list
    while index >= 0 {
      let node = nodes[Int(index)]
      result = prepend(node.access, to: result)
      index = node.next
    }
    return result
  }
}

/// The segments of one object.
struct AccessMap: Sendable {
  /// Where a segment is.
  struct Position: Hashable {
    var chunk: Int
    var index: Int
  }

  private static let chunkLimit = 128
  private var chunks: [[Segment]] = [[]]
  private(set) var count = 0

  var isEmpty: Bool { count == 0 }

  /// The first segment that ends after `offset`; ``end`` when there is none.
  func position(after offset: UInt64) -> Position {
    var low = 0
    var high = chunks.count
    while low < high {
      let middle = (low + high) / 2
      if let last = chunks[middle].last, last.end > offset { high = middle } else { low = middle + 1 }
    }
    guard low < chunks.count else { return end }
    let chunk = low
    low = 0
    high = chunks[chunk].count
    while low < high {
      let middle = (low + high) / 2
      if chunks[chunk][middle].end > offset { high = middle } else { low = middle + 1 }
    }
    return Position(chunk: chunk, index: low)
  }

  /// Behind the last segment.
  var end: Position { Position(chunk: chunks.count - 1, index: chunks[chunks.count - 1].count) }

  subscript(position: Position) -> Segment {
    _read { yield chunks[position.chunk][position.index] }
    _modify { yield &chunks[position.chunk][position.index] }
  }

  /// Whether `position` names a segment; one at the end of its chunk is moved to the next chunk.
  @inline(__always)
  func isValid(_ position: inout Position) -> Bool {
    while position.index >= chunks[position.chunk].count {
      guard position.chunk + 1 < chunks.count else { return false }
      position = Position(chunk: position.chunk + 1, index: 0)
    }
    return true
  }

  /// Puts `segment` before the one at `position`, and moves `position` behind it.
  mutating func insert(_ segment: Segment, at position: inout Position) {
    chunks[position.chunk].insert(segment, at: position.index)
    position.index += 1
    count += 1
    guard chunks[position.chunk].count > Self.chunkLimit else { return }
    let half = Self.chunkLimit / 2
    let rest = Array(chunks[position.chunk][half...])
    chunks[position.chunk].removeSubrange(half...)
    chunks.insert(rest, at: position.chunk + 1)
    if position.index >= half { position = Position(chunk: position.chunk + 1, index: position.index - half) }
  }

  /// Removes the segment at `position`, which then names the one behind it.
  mutating func remove(at position: inout Position) {
    chunks[position.chunk].remove(at: position.index)
    count -= 1
    guard chunks[position.chunk].isEmpty, chunks.count > 1 else { return }
    chunks.remove(at: position.chunk)
    if position.chunk == chunks.count { position = end } else { position.index = 0 }
  }

  mutating func removeAll() {
    chunks = [[]]
    count = 0
  }

  /// Keeps the segments for which `body` says so; it may change them.
  mutating func filter(_ body: (inout Segment) -> Bool) {
    for chunk in chunks.indices {
      var kept = 0
      for index in chunks[chunk].indices where body(&chunks[chunk][index]) {
        if kept != index { chunks[chunk][kept] = chunks[chunk][index] }
        kept += 1
      }
      chunks[chunk].removeLast(chunks[chunk].count - kept)
    }
    chunks.removeAll { $0.isEmpty }
    if chunks.isEmpty { chunks = [[]] }
    count = chunks.reduce(0) { $0 + $1.count }
  }
}
