package import CutapeEmulator
package import CutapeReplay
package import CutapeTrace

/// Runs the rules of the catalogue over a trace.
package struct Checker {
  package struct Options: Sendable {
    package var profile: Profile
    package var kernels: KernelModel
    /// Codes or names of the only rules to run; empty: all.
    package var only: Set<String>
    package var ignored: Set<String>
    /// Whether launches waited for their kernels: see ``Emulator/launchesBlock``.
    package var launchesBlock: Bool

    package init(
      profile: Profile = .doc, kernels: KernelModel = .may, only: Set<String> = [], ignored: Set<String> = [],
      launchesBlock: Bool = false
    ) {
      self.profile = profile
      self.kernels = kernels
      self.only = only
      self.ignored = ignored
      self.launchesBlock = launchesBlock
    }
  }

  /// What a check came to.
  package struct Outcome: Sendable {
    package var findings: [Finding]
    package var summary: Summary
  }

  package let replay: Replay
  private let options: Options
  private var rules: [any Rule]
  /// What each of the rules wants to see; apart, so that looking copies no rule.
  private let facts: [Facts]
  /// The rules that want to see calls with some facts, once there was such a call: the kinds of calls are few.
  private var audiences: [Facts: [Int]] = [:]
  private var reporter = Reporter()
  private var copies = 0

  package init(
    functions: FunctionTable, completeness: Completeness = Completeness(), options: Options = Options()
  ) {
    self.options = options
    replay = Replay(
      functions: functions, completeness: completeness, kernels: options.kernels,
      launchesBlock: options.launchesBlock)
    let types = Catalogue.rules.filter { rule in
      let names: Set = [rule.page.code, rule.page.name]
      return (options.only.isEmpty || !options.only.isDisjoint(with: names))
        && options.ignored.isDisjoint(with: names)
    }
    rules = types.map { $0.init() }
    facts = types.map { $0.facts }
  }

  /// Follows one call and judges it.
  package mutating func check(_ event: Event) {
    replay.follow(event)
    let present = Facts(replay)
    if present.contains(.movements) { copies += 1 }
    for index in rules(for: present) { rules[index].check(replay, &reporter) }
  }

  /// The positions of the rules that want to see a call with these facts.
  private mutating func rules(for present: Facts) -> [Int] {
    if let known = audiences[present] { return known }
    let audience = facts.indices.filter { !facts[$0].isDisjoint(with: present) }
    audiences[present] = audience
    return audience
  }

  /// What was found, in the order of the calls.
  package mutating func finish() -> Outcome {
    for index in rules.indices { rules[index].finish(replay, &reporter) }
    let findings = reporter.sorted.filter { options.profile == .doc || !$0.isDocumentedOnly }
    let completeness = replay.completeness
    return Outcome(
      findings: findings,
      summary: Summary(
        calls: replay.calls, copies: copies, lost: completeness.lost, unsupported: replay.unsupported,
        isFromStart: completeness.isFromStart, isToEnd: completeness.isToEnd, forgotten: replay.forgotten))
  }
}

/// The counts of a check, losses included.
package struct Summary: Sendable, Hashable {
  package var calls: Int
  package var copies: Int
  /// Calls that could not be recorded. Order, lifetime and initialisation are not judged when there are any.
  package var lost: Int
  /// Calls of functions that are not modelled.
  package var unsupported: Int
  /// Whether the recording saw the program from its first call.
  package var isFromStart: Bool
  /// Whether the recording saw what the program did last.
  package var isToEnd: Bool
  /// Strided accesses that were dropped: see ``Replay/forgotten``.
  package var forgotten: Int
  /// Findings that are not shown since a baseline knows them.
  package var known = 0
  /// Which calls were not seen, or may not have been: one clause each.
  package var missed: [String] = []

  package init(
    calls: Int, copies: Int, lost: Int = 0, unsupported: Int = 0, isFromStart: Bool = true,
    isToEnd: Bool = true, forgotten: Int = 0
  ) {
    self.calls = calls
    self.copies = copies
    self.lost = lost
    self.unsupported = unsupported
    self.isFromStart = isFromStart
    self.isToEnd = isToEnd
    self.forgotten = forgotten
  }
}
