import CutapeTrace

// What differs between two orders, and which pair of operations made it so.

/// Bytes that hold one thing in one order and another in another.
struct Difference {
  var range: ByteRange
  var left: Content
  var right: Content
}

/// Two operations of which either may come first, the one that was submitted first in front.
struct Cause: Hashable {
  var earlier: PlannedOperation
  var later: PlannedOperation
}

enum Comparison {
  /// Where `left` and `right`, which are as long, hold different contents. What may be the same is: a finding must not
  /// rest on what was not seen.
  static func differences(
    _ left: [Piece], _ right: [Piece], _ bytes: (any RecordedBytes)? = nil
  ) -> [Difference] {
    var differences: [Difference] = []
    var (first, second) = (left[...], right[...])
    var (usedFirst, usedSecond): (UInt64, UInt64) = (0, 0)
    var position: UInt64 = 0
    while let one = first.first, let other = second.first {
      let count = min(one.count - usedFirst, other.count - usedSecond)
      let mine = one.content.advanced(by: usedFirst)
      let theirs = other.content.advanced(by: usedSecond)
      if count > 0, !mine.mayBeSame(as: theirs),
        bytes?.areEqual(mine, theirs, count: count) != true
      {
        differences.append(
          Difference(range: ByteRange(start: position, count: count), left: mine, right: theirs))
      }
      position += count
      usedFirst += count
      usedSecond += count
      if usedFirst == one.count { (first, usedFirst) = (first.dropFirst(), 0) }
      if usedSecond == other.count { (second, usedSecond) = (second.dropFirst(), 0) }
    }
    return differences
  }

  /// The pair whose order decides between two contents, one of which `reader` saw in one order and the other in another
  /// (or which memory ended with, when there is no reader).
  ///
  /// As long as the same operation brought both, the question is what that operation read. Where the ways part there
  /// are two writers, or a writer that one order has before the reader and the other behind it: whichever two of them
  /// are not ordered are the pair. Nil when the ways are not remembered so far back.
  ///
  /// Whether that is worth telling, ``Difference/isTold(_:)`` says.
  static func cause(_ left: Content, _ right: Content, reader: PlannedOperation?) -> Cause? {
    var (mine, theirs, reader) = (left.path, right.path, reader)
    while let one = mine, let other = theirs, one.writer === other.writer {
      reader = one.writer
      (mine, theirs) = (one.before, other.before)
      guard one.inputs.isEmpty else {
        let inputs = zip(one.inputs, other.inputs).flatMap { differences($0, $1) }
        guard let first = inputs.first else { return nil }
        (mine, theirs) = (first.left.path, first.right.path)
        continue
      }
      if mine === theirs { return nil }
    }
    for (one, other) in [(mine?.writer, reader), (theirs?.writer, reader), (mine?.writer, theirs?.writer)] {
      guard let one, let other, one.isUnordered(with: other) else { continue }
      return one.serial < other.serial
        ? Cause(earlier: one, later: other) : Cause(earlier: other, later: one)
    }
    return nil
  }
}

extension Difference {
  /// Whether a difference with this cause is worth telling: not when a kernel is part of it of which it is not known what
  /// it touched, nor when a kernel and the host share mapped memory, which they may have ordered by themselves. Without a
  /// cause, the contents themselves say whether there may be such a kernel.
  func isTold(_ cause: Cause?) -> Bool {
    if let cause {
      if cause.later.isOfHost && cause.earlier.isKernel { return false }
      return !cause.earlier.isUncertain && !cause.later.isUncertain
    }
    return !left.isLeft && !right.isLeft
  }
}

extension RecordedBytes {
  /// Whether `count` bytes of two contents are known, and equal.
  fileprivate func areEqual(_ left: Content, _ right: Content, count: UInt64) -> Bool {
    let chunk: UInt64 = 1 << 20
    var position: UInt64 = 0
    while position < count {
      let length = min(chunk, count - position)
      guard let mine = bytes(left.advanced(by: position), length),
        let theirs = bytes(right.advanced(by: position), length), mine == theirs
      else { return false }
      position += length
    }
    return true
  }

  private func bytes(_ content: Content, _ count: UInt64) -> [UInt8]? {
    switch content.origin {
    case .value(let pattern): pattern.repeated(from: content.offset, count: count)
    case .input(let operation, let entry):
      input(
        ofCall: operation.operation.event.number, entry: entry,
        range: ByteRange(start: content.offset, count: count))
    case .unknown, .before, .hashed, .result, .left: nil
    }
  }
}
