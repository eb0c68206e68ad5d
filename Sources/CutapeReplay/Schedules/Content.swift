import CutapeTrace

// What bytes hold, said by where they came from.
//
// No bytes are moved: a copy of a gigabyte moves one piece. Two contents are the same if they came from the same place.
// That their bytes are equal all the same (both uploads were zero) is known where the trace has hashes of them, or the
// bytes themselves (``RecordedBytes``).

/// Where bytes came from.
package enum Origin: Sendable, Hashable {
  /// They are not known: something that may have written them was not seen, or is not modelled.
  case unknown
  /// The bytes that an object held before any operation wrote them.
  case before(object: Int)
  /// The bytes that the program had put into host memory for an operation, the entry of it being a batch.
  case input(PlannedOperation, entry: Int)
  /// Such bytes of which the trace has a hash: uploads of equal bytes hold the same, whoever made them.
  case hashed(UInt64, count: UInt64)
  /// A memset. Memsets of one value hold the same, whoever made them.
  case value(Pattern)
  /// What a kernel made of its inputs in one object; `inputs` is a hash of their contents.
  case result(PlannedOperation, object: Int, inputs: UInt64)
  /// What a kernel that may have written an object left in it: not known, but the same for the same inputs.
  case left(PlannedOperation, object: Int, inputs: UInt64)
}

/// What one byte holds; the next byte holds the next byte of the origin.
package struct Content: Sendable {
  package var origin: Origin
  /// The position in the origin; of a memset the position in what it repeats.
  package var offset: UInt64
  /// How it got here; nil for what no operation brought.
  package var path: Path?

  static let unknown = Content(origin: .unknown, offset: 0, path: nil)

  var isUnknown: Bool { origin == .unknown }

  /// Whether it is what a kernel left that may have written it.
  var isLeft: Bool { if case .left = origin { true } else { false } }

  /// Whether both may hold the same as far as is known: one of them is unknown, or both are what one kernel left behind
  /// that had other inputs.
  func mayBeSame(as other: Content) -> Bool {
    if isSame(as: other) || isUnknown || other.isUnknown { return true }
    guard case .left(let kernel, _, let inputs) = origin, case .left(let same, _, let others) = other.origin
    else { return false }
    return kernel === same && inputs != others
  }

  /// Whether both hold the same, whatever the way that it took.
  func isSame(as other: Content) -> Bool { offset == other.offset && origin == other.origin }

  /// The content `count` bytes further on.
  func advanced(by count: UInt64) -> Content {
    var result = self
    switch origin {
    case .unknown: break
    case .value(let pattern): result.offset = (offset &+ count) % UInt64(pattern.bytes.count)
    case .before, .input, .hashed, .result, .left: result.offset &+= count
    }
    return result
  }
}

/// Bytes in a row whose contents follow each other.
package struct Piece: Sendable {
  package var count: UInt64
  package var content: Content
}

/// The operations through which bytes went, the last one first: what names the pair whose order matters.
package final class Path: Sendable {
  package let writer: PlannedOperation
  package let before: Path?
  /// What a kernel read, one row of pieces for each of its inputs.
  let inputs: [[Piece]]
  private let length: Int

  /// Whether two ways went through the same operations.
  static func areAlike(_ left: Path?, _ right: Path?) -> Bool {
    var (mine, theirs) = (left, right)
    while let one = mine, let other = theirs, one !== other {
      guard one.writer === other.writer else { return false }
      (mine, theirs) = (one.before, other.before)
    }
    return mine === theirs
  }

  /// The part of the way up to `operation`.
  func part(upTo operation: PlannedOperation) -> Path? {
    var part: Path? = self
    while let one = part, one.writer !== operation { part = one.before }
    return part
  }

  /// Ways are remembered over so many operations; data that goes to and fro must not make them ever longer.
  private static let limit = 64

  init(_ writer: PlannedOperation, before: Path?, inputs: [[Piece]] = []) {
    self.writer = writer
    let longest = inputs.lazy.joined().map { $0.content.path?.length ?? 0 }.max() ?? 0
    let isLong = max(before?.length ?? 0, longest) >= Self.limit
    self.before = isLong ? nil : before
    self.inputs = isLong ? [] : inputs
    length = isLong ? 1 : max(before?.length ?? 0, longest) + 1
  }
}

extension StableHash {
  /// Adds what a content is, not the way that it took.
  mutating func combine(_ content: Content) {
    switch content.origin {
    case .unknown: combine(UInt8(0))
    case .before(let object):
      combine(UInt8(1))
      combine(UInt64(object))
    case .input(let operation, let entry):
      combine(UInt8(2))
      combine(UInt64(operation.serial))
      combine(UInt64(entry))
    case .hashed(let hash, let count):
      combine(UInt8(6))
      combine(hash)
      combine(count)
    case .value(let pattern):
      combine(UInt8(3))
      for byte in pattern.bytes { combine(byte) }
    case .result(let operation, let object, let inputs):
      combine(UInt8(4))
      combine(UInt64(operation.serial))
      combine(UInt64(object))
      combine(inputs)
    case .left(let operation, let object, let inputs):
      combine(UInt8(5))
      combine(UInt64(operation.serial))
      combine(UInt64(object))
      combine(inputs)
    }
    combine(content.offset)
  }
}
