/// What a writer remembers of the calls that it has written: enough to know which of them came too late.

/// The order in which calls arrived, beside the order of their effect.
struct ArrivalOrder {
  /// The number of the last call.
  private(set) var count = 0
  /// What the times of calls count from at the moment; one row of the table `epoch`.
  private(set) var epoch: Int64 = 0
  /// The latest time of effect so far, in nanoseconds; a call with an earlier one is late.
  private var latest = Int64.min
  /// ``latest`` at the start of each epoch.
  private var latestBefore: [Int64] = []
  /// The earliest time of effect of a late call; the largest number when none was late.
  private var earliestLate = Int64.max

  /// Whether calls are numbered in the order of effect.
  var isOrdered: Bool { earliestLate == .max }

  /// The first call that may have to get another number: all calls before it took effect before any late one.
  var firstUnordered: Int {
    let epochs = latestBefore.prefix { $0 <= earliestLate }.count
    return max(1, (epochs - 1) * CallOrder.callsPerEpoch)
  }

  /// Counts a call that was made at `begin` and took effect at `effect`. Returns the number of the epoch that it
  /// begins, or nil.
  mutating func append(begin: Int64, effect: Int64) -> Int? {
    count += 1
    let isNewEpoch = count == 1 || count % CallOrder.callsPerEpoch == 0
    if isNewEpoch {
      epoch = begin
      latestBefore.append(latest)
    }
    if effect < latest { move(to: effect) }
    latest = max(latest, effect)
    return isNewEpoch ? count / CallOrder.callsPerEpoch : nil
  }

  /// A call that is there already takes effect at `effect`, whatever was known before.
  mutating func move(to effect: Int64) { earliestLate = min(earliestLate, effect) }
}
