import CutapeTrace

// What differs between two orders, and which pair of operations made it so.

/// Bytes that came from one place in one order and from another in another, or another way.
struct Difference {
  var range: ByteRange
  var left: Content
  var right: Content
  var verdict: Verdict

  enum Verdict {
    /// They hold different things, as far as is known: not all of the bytes themselves are.
    case origins
    /// The bytes themselves differ; with ``DifferentBytes/digest``.
    case bytes(UInt64)
    /// The bytes are the same this time.
    case same
  }

  var isSame: Bool { if case .same = verdict { true } else { false } }
}

/// Two operations of which either may come first, the one that was submitted first in front.
struct Cause: Hashable {
  var earlier: PlannedOperation
  var later: PlannedOperation
}

/// Compares contents, by the bytes themselves where they are known.
struct Comparison {
  var bytes: (any RecordedBytes)?

  /// Where `left` and `right`, which are as long, came from different places. What may be the same is none: a finding must
  /// not rest on what was not seen.
  func differences(_ left: [Piece], _ right: [Piece]) -> [Difference] {
    var differences: [Difference] = []
    var (first, second) = (left[...], right[...])
    var (usedFirst, usedSecond): (UInt64, UInt64) = (0, 0)
    var position: UInt64 = 0
    while let one = first.first, let other = second.first {
      let count = min(one.count - usedFirst, other.count - usedSecond)
      if count > 0 {
        let range = ByteRange(start: position, count: count)
        compare(
          one.content.advanced(by: usedFirst), other.content.advanced(by: usedSecond), range, &differences)
      }
      position += count
      usedFirst += count
      usedSecond += count
      if usedFirst == one.count { (first, usedFirst) = (first.dropFirst(), 0) }
      if usedSecond == other.count { (second, usedSecond) = (second.dropFirst(), 0) }
    }
    return differences
  }

  private func compare(
    _ left: Content, _ right: Content, _ range: ByteRange, _ differences: inout [Difference]
  ) {
    func add(_ verdict: Difference.Verdict) {
      differences.append(Difference(range: range, left: left, right: right, verdict: verdict))
    }
    if left.mayBeSame(as: right) {
      // Equal uploads, that another operation brought.
      if left.isRecorded, left.isSame(as: right), !Path.areAlike(left.path, right.path) { add(.same) }
      return
    }
    if haveSameInputs(left, right) { return add(.same) }
    switch bytes?.compare(left, right, count: range.count, start: range.start) ?? .unknown {
    case .unknown: add(.origins)
    case .equal: add(.same)
    case .different(let runs):
      for run in runs {
        differences.append(
          Difference(
            range: ByteRange(start: range.start + run.range.start, count: run.range.count),
            left: left.advanced(by: run.range.start), right: right.advanced(by: run.range.start),
            verdict: .bytes(run.digest)))
      }
    }
  }

  /// Whether both are results of one kernel, of inputs that came from different places and hold the same bytes.
  private func haveSameInputs(_ left: Content, _ right: Content) -> Bool {
    guard bytes != nil, left.offset == right.offset, case .result(let kernel, let object, _) = left.origin,
      case .result(kernel, object, _) = right.origin, let one = left.path?.part(upTo: kernel),
      let other = right.path?.part(upTo: kernel), !one.inputs.isEmpty, one.inputs.count == other.inputs.count
    else { return false }
    return zip(one.inputs, other.inputs).allSatisfy { differences($0, $1).allSatisfy(\.isSame) }
  }

  /// The pair whose order decides between two contents, one of which `reader` saw in one order and the other in another
  /// (or which memory ended with, when there is no reader).
  ///
  /// As long as the same operation brought both, the question is what that operation read. Where the ways part there
  /// are two writers, or a writer that one order has before the reader and the other behind it: whichever two of them
  /// are not ordered are the pair. Nil when the ways are not remembered so far back.
  ///
  /// Whether that is worth telling, ``Difference/isTold(_:)`` says.
  func cause(_ left: Content, _ right: Content, reader: PlannedOperation?) -> Cause? {
    var (mine, theirs, reader) = (left.path, right.path, reader)
    while let one = mine, let other = theirs, one.writer === other.writer {
      reader = one.writer
      (mine, theirs) = (one.before, other.before)
      guard one.inputs.isEmpty else {
        let inputs = zip(one.inputs, other.inputs).flatMap { differences($0, $1) }
        guard let first = inputs.first(where: { !$0.isSame }) ?? inputs.first else { return nil }
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
    return !isSame && !left.isLeft && !right.isLeft
  }
}
