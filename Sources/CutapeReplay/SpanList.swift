import CutapeTrace

/// A stretch of bytes that does not meet the others of its list.
protocol Span: Sendable {
  var start: UInt64 { get }
  /// One past the last byte.
  var end: UInt64 { get }
}

extension ByteRange: Span {}

/// Disjoint stretches of bytes in order. Two levels, so that an insertion moves at most a chunk however many there are.
struct SpanList<Element: Span>: Sendable {
  /// Where an element is.
  struct Position: Hashable {
    var chunk: Int
    var index: Int
  }

  private static var chunkLimit: Int { 128 }
  /// None of them is empty.
  private var chunks: [[Element]] = []
  private(set) var count = 0

  var isEmpty: Bool { count == 0 }

  /// All elements, in order.
  var all: FlattenSequence<[[Element]]> { chunks.joined() }

  /// The first element that ends after `offset`; the place behind the last when there is none.
  func position(after offset: UInt64) -> Position {
    var low = 0
    var high = chunks.count
    while low < high {
      let middle = (low + high) / 2
      if let last = chunks[middle].last, last.end > offset { high = middle } else { low = middle + 1 }
    }
    let chunk = low
    guard chunk < chunks.count else { return Position(chunk: chunk, index: 0) }
    low = 0
    high = chunks[chunk].count
    while low < high {
      let middle = (low + high) / 2
      if chunks[chunk][middle].end > offset { high = middle } else { low = middle + 1 }
    }
    return Position(chunk: chunk, index: low)
  }

  subscript(position: Position) -> Element {
    _read { yield chunks[position.chunk][position.index] }
    _modify { yield &chunks[position.chunk][position.index] }
  }

  /// Whether `position` names an element; one at the end of its chunk is moved to the next chunk.
  @inline(__always)
  func isValid(_ position: inout Position) -> Bool {
    guard position.chunk < chunks.count else { return false }
    if position.index < chunks[position.chunk].count { return true }
    position = Position(chunk: position.chunk + 1, index: 0)
    return position.chunk < chunks.count
  }

  /// Puts `element` before the one at `position`, and moves `position` behind it.
  mutating func insert(_ element: Element, at position: inout Position) {
    if position.chunk == chunks.count {
      // Behind the last: into the last chunk.
      if chunks.isEmpty { chunks.append([]) }
      position = Position(chunk: chunks.count - 1, index: chunks[chunks.count - 1].count)
    }
    chunks[position.chunk].insert(element, at: position.index)
    position.index += 1
    count += 1
    guard chunks[position.chunk].count > Self.chunkLimit else { return }
    let half = Self.chunkLimit / 2
    let rest = Array(chunks[position.chunk][half...])
    chunks[position.chunk].removeSubrange(half...)
    chunks.insert(rest, at: position.chunk + 1)
    if position.index >= half { position = Position(chunk: position.chunk + 1, index: position.index - half) }
  }

  /// Removes the element at `position`, which then names the one behind it.
  mutating func remove(at position: inout Position) {
    chunks[position.chunk].remove(at: position.index)
    count -= 1
    guard chunks[position.chunk].isEmpty else { return }
    chunks.remove(at: position.chunk)
    position.index = 0
  }

  /// Keeps the elements for which `body` says so; it may change them, but not so that they meet.
  mutating func filter(_ body: (inout Element) -> Bool) {
    for chunk in chunks.indices {
      var kept = 0
      for index in chunks[chunk].indices where body(&chunks[chunk][index]) {
        if kept != index { chunks[chunk][kept] = chunks[chunk][index] }
        kept += 1
      }
      chunks[chunk].removeLast(chunks[chunk].count - kept)
    }
    chunks.removeAll { $0.isEmpty }
    count = chunks.reduce(0) { $0 + $1.count }
  }
}
