package import CutapeTrace

// What contents hold, byte by byte, where the trace has it.
//
// Two contents that came from two places are compared by their bytes if both are known: uploads whose bytes were
// recorded, and memsets. That takes reading them, so it is done for bytes alone that came another way in another order,
// a megabyte at a time.

/// The bytes that the program had put into host memory, where they were recorded.
package protocol RecordedBytes {
  /// Those of a content, in a range of it; nil when they were not recorded.
  func bytes(of content: ContentKey, range: ByteRange) -> [UInt8]?
}

/// What the bytes of two contents come to.
enum ByteComparison {
  case unknown
  case equal
  case different([DifferentBytes])
}

/// Bytes that differ. Fewer than ``joinedOver`` equal ones in a row between them do not divide them.
struct DifferentBytes {
  /// Their positions, from the start of what was compared.
  var range: ByteRange
  /// The sum over the bytes that differ of a hash of the position and what is there in the other order: orders that
  /// leave the same bytes have the same sum, however they came there.
  var digest: UInt64

  static let joinedOver: UInt64 = 16
  /// Beyond so many runs the rest is one.
  static let limit = 1 << 12
}

extension RecordedBytes {
  private static var chunk: UInt64 { 1 << 20 }

  /// Compares `count` bytes of two contents. Positions in ``DifferentBytes/digest`` count from `start` before the first.
  func compare(_ left: Content, _ right: Content, count: UInt64, start: UInt64) -> ByteComparison {
    // Memsets alone are told apart by their value, however many bytes they have.
    guard left.isRecorded || right.isRecorded else { return .unknown }
    var runs: [DifferentBytes] = []
    var position: UInt64 = 0
    while position < count {
      let length = min(Self.chunk, count - position)
      guard let mine = bytes(of: left.advanced(by: position), count: length),
        let theirs = bytes(of: right.advanced(by: position), count: length)
      else { return .unknown }
      if mine != theirs { Self.addRuns(mine, theirs, at: position, start: start, to: &runs) }
      position += length
    }
    return runs.isEmpty ? .equal : .different(runs)
  }

  private static func addRuns(
    _ left: [UInt8], _ right: [UInt8], at position: UInt64, start: UInt64, to runs: inout [DifferentBytes]
  ) {
    for index in left.indices where left[index] != right[index] {
      let place = position + UInt64(index)
      let digest = hash(position: start &+ place, byte: right[index])
      if let last = runs.last,
        place < last.range.end + DifferentBytes.joinedOver || runs.count >= DifferentBytes.limit
      {
        runs[runs.count - 1].range = ByteRange(start: last.range.start, count: place + 1 - last.range.start)
        runs[runs.count - 1].digest &+= digest
      } else {
        runs.append(DifferentBytes(range: ByteRange(start: place, count: 1), digest: digest))
      }
    }
  }

  private static func hash(position: UInt64, byte: UInt8) -> UInt64 {
    var value = (position &* 256 &+ UInt64(byte)) &* 0x9e37_79b9_7f4a_7c15
    value = (value ^ (value >> 32)) &* 0xd6e8_feb8_6659_fd93
    return value ^ (value >> 32)
  }

  /// The first `count` bytes of a content; nil when they are not known.
  func bytes(of content: Content, count: UInt64) -> [UInt8]? {
    switch content.origin {
    case .value(let pattern): pattern.repeated(from: content.offset, count: count)
    case .hashed(let hash, let whole):
      bytes(
        of: ContentKey(hash: hash, bytes: whole), range: ByteRange(start: content.offset, count: count))
    case .unknown, .before, .input, .result, .left: nil
    }
  }

  /// Some bytes of a row of pieces, as far as they are known.
  func excerpt(_ pieces: [Piece], _ range: ByteRange) -> [UInt8?] {
    var result: [UInt8?] = []
    pieces.forEachPart(of: range) { content, count in
      result +=
        bytes(of: content, count: count).map { $0.map { $0 } } ?? Array(repeating: nil, count: Int(count))
    }
    return result
  }

  /// A hash of bytes of a row of pieces; nil when not all of them are known.
  func digest(_ pieces: [Piece], _ range: ByteRange) -> UInt64? {
    var hash = StableHash()
    var isKnown = true
    pieces.forEachPart(of: range) { content, count in
      var position: UInt64 = 0
      while isKnown, position < count {
        let length = min(Self.chunk, count - position)
        guard let part = bytes(of: content.advanced(by: position), count: length) else {
          isKnown = false
          return
        }
        for byte in part { hash.combine(byte) }
        position += length
      }
    }
    return isKnown ? hash.value : nil
  }
}

extension Content {
  /// Whether the trace has at least a hash of the bytes.
  var isRecorded: Bool { if case .hashed = origin { true } else { false } }
}

extension [Piece] {
  /// Calls `body` with what is in `range`, part by part: the content of the first byte, and how many there are.
  func forEachPart(of range: ByteRange, _ body: (Content, UInt64) -> Void) {
    var start: UInt64 = 0
    for piece in self {
      defer { start += piece.count }
      guard let part = ByteRange(start: start, count: piece.count).intersection(range) else { continue }
      body(piece.content.advanced(by: part.start - start), part.count)
    }
  }

  /// What the byte at `position` holds.
  func content(at position: UInt64) -> Content {
    var result = Content.unknown
    forEachPart(of: ByteRange(start: position, count: 1)) { content, _ in result = content }
    return result
  }
}
