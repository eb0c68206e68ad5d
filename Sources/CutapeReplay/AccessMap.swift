import CutapeEmulator
import CutapeTrace

// Who touched the bytes of one object last: the shadow of FastTrack, over ranges instead of words.
//
// Disjoint segments in order; each keeps the last write and the reads since. A write replaces what it covers, a
// read splits at its ends. So a call makes at most two segments more and each is removed once: O(log n) for a call,
// amortised.

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
struct Segment: Span {
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
typealias AccessMap = SpanList<Segment>
