import CutapeTrace

/// What the orders came to: the contents that depend on them, and a digest of each order.
struct OutcomeList {
  private let comparison: Comparison
  private(set) var divergences = DivergenceList()
  /// Where other operations brought bytes that were equal this time.
  private(set) var coincidences = DivergenceList()
  private(set) var digests: [UInt64]

  /// The bytes that are shown of each outcome.
  private static let excerptBytes: UInt64 = 16
  /// Longer runs get no digest of their own: it takes reading them.
  private static let mostDigested: UInt64 = 1 << 30

  init(orders: Int, bytes: (any RecordedBytes)?) {
    comparison = Comparison(bytes: bytes)
    digests = Array(repeating: 0, count: orders)
  }

  /// Compares the contents that the orders give to the same bytes, those of the recorded order being the first.
  ///
  /// - Parameters:
  ///   - mark: what tells the bytes apart from others.
  ///   - isTold: whether a difference has been told.
  mutating func compare(
    _ contents: [[Piece]], of subject: Divergence.Subject, reader: PlannedOperation?, mark: UInt64,
    isTold: (Content, Content) -> Bool
  ) {
    var base = StableHash()
    base.combine(mark)
    for piece in contents[0] {
      base.combine(piece.count)
      base.combine(piece.content)
    }
    var different: [Cause?: RangeSet] = [:]
    var alike: [Cause?: RangeSet] = [:]
    for index in contents.indices {
      let differences = index == 0 ? [] : comparison.differences(contents[0], contents[index])
      var hash = base
      var sum: UInt64 = 0
      for difference in differences {
        let cause = comparison.cause(difference.left, difference.right, reader: reader)
        guard difference.isTold(cause) else { continue }
        switch difference.verdict {
        case .same: break
        case .bytes(let digest): sum &+= digest
        case .origins:
          hash.combine(difference.range.start)
          hash.combine(difference.range.count)
          hash.combine(difference.right)
        }
        guard !isTold(difference.left, difference.right) else { continue }
        if difference.isSame {
          alike[cause, default: RangeSet()].insert(difference.range)
        } else {
          different[cause, default: RangeSet()].insert(difference.range)
        }
      }
      digests[index] &+= hash.value &+ sum &* (base.value | 1)
    }
    for (cause, first, bytes) in Self.sorted(different) {
      divergences.add(
        Divergence.Place(
          subject: subject, first: first, bytes: bytes, outcomes: outcomes(contents, in: first)), cause)
    }
    for (cause, first, bytes) in Self.sorted(alike) where different[cause] == nil {
      coincidences.add(
        Divergence.Place(subject: subject, first: first, bytes: bytes, outcomes: []), cause)
    }
  }

  /// The causes in the order of the first byte, with their first run and how many bytes there are in all.
  private static func sorted(_ ranges: [Cause?: RangeSet]) -> [(Cause?, ByteRange, UInt64)] {
    ranges.compactMap { cause, set in
      set.ranges.first.map { (cause, $0, set.ranges.reduce(0) { $0 + $1.count }) }
    }
    .sorted {
      ($0.1.start, $0.1.count, $0.0?.earlier.serial ?? 0, $0.0?.later.serial ?? 0)
        < ($1.1.start, $1.1.count, $1.0?.earlier.serial ?? 0, $1.0?.later.serial ?? 0)
    }
  }

  /// What the run holds, content by content: those of which the bytes are known to be equal are one.
  private func outcomes(_ contents: [[Piece]], in run: ByteRange) -> [Divergence.Outcome] {
    var outcomes: [Divergence.Outcome] = []
    for pieces in contents {
      let content = pieces.content(at: run.start)
      if let index = outcomes.firstIndex(where: { $0.content.isSame(as: content) }) {
        outcomes[index].orders += 1
        continue
      }
      var outcome = Divergence.Outcome(content: content, orders: 1)
      if let bytes = comparison.bytes { show(pieces, run, bytes, in: &outcome) }
      if outcome.digest != nil, let index = outcomes.firstIndex(where: { $0.digest == outcome.digest }) {
        outcomes[index].orders += 1
      } else {
        outcomes.append(outcome)
      }
    }
    return outcomes
  }

  private func show(
    _ pieces: [Piece], _ run: ByteRange, _ bytes: any RecordedBytes, in outcome: inout Divergence.Outcome
  ) {
    let start = run.start / Self.excerptBytes * Self.excerptBytes
    let excerpt = bytes.excerpt(pieces, ByteRange(start: start, count: Self.excerptBytes))
    guard excerpt.contains(where: { $0 != nil }) else { return }
    outcome.excerpt = Divergence.Excerpt(start: start, bytes: excerpt)
    if run.count <= Self.mostDigested { outcome.digest = bytes.digest(pieces, run) }
  }
}
