import CutapeEmulator
import CutapeReplay
import CutapeRules
import CutapeTestSupport
import CutapeTrace
import Testing

/// What is missing from a trace never makes a finding: every case of the corpus, with calls left out by chance.
struct IncompleteTraceTests {
  /// A finding of the whole trace explains one of the damaged trace about the same call if it is at least as bad: what
  /// is wrong with a call stays wrong, though the reason may be a less specific one. A pair of operations has to be the
  /// same pair. Repeats at one call site are one finding, whichever call comes first.
  private static func explains(_ whole: Finding, _ damaged: Finding) -> Bool {
    func isSame(_ left: Finding.Call, _ right: Finding.Call) -> Bool {
      left.number == right.number || (left.site != 0 && left.site == right.site)
    }
    guard whole.severity >= damaged.severity else { return false }
    if oncePerObject.contains(damaged.code), whole.code == damaged.code { return true }
    guard isSame(whole.call, damaged.call) else { return false }
    guard isAboutOrder(damaged.code) else { return true }
    let others = [whole.call] + whole.related
    return damaged.related.allSatisfy { other in others.contains { isSame($0, other) } }
  }

  /// Rules that tell the first pair of calls alone.
  private static let oncePerObject: Set = ["CT412"]

  private static func isAboutOrder(_ code: String) -> Bool {
    code.hasPrefix("CT4") || ["CT202", "CT203", "CT206", "CT505"].contains(code)
  }

  private static let whole = ScenarioTests.all.filter { $0.completeness == Completeness() }

  /// Which part of a trace is missing.
  enum Damage: String, CaseIterable {
    /// The recording began late.
    case late
    /// The recording ended early; the newest call of each thread may not have returned.
    case cut
    /// Records were lost, and counted.
    case lost
  }

  private static func damage(_ events: [Event], _ damage: Damage, _ random: inout Dice) -> [Event] {
    switch damage {
    case .late: return Array(events.dropFirst(1 + random.below(events.count)))
    case .cut:
      var events = Array(events.prefix(random.below(events.count)))
      var threads: Set<Int> = []
      for index in events.indices.reversed()
      where threads.insert(events[index].thread).inserted && random.below(2) == 0 {
        events[index].duration = nil
        events[index].result = 0
      }
      return events
    case .lost:
      let lost = Set((0...random.below(3)).map { _ in random.below(events.count) })
      return events.indices.filter { !lost.contains($0) }.map { events[$0] }
    }
  }

  @Test("A finding of a damaged trace is one of the whole trace", arguments: whole, Damage.allCases)
  func nothingNew(_ scenario: Scenario, _ kind: Damage) throws {
    let events = try TraceText(scenario.text).events
    for profile in Profile.allCases {
      let known = scenario.check(events, profile).findings
      var random = Dice(seed: UInt64(events.count))
      for _ in 0..<4 {
        let rest = Self.damage(events, kind, &random)
        var damaged = scenario
        switch kind {
        case .late: damaged.completeness.isFromStart = false
        case .cut: damaged.completeness.isToEnd = false
        case .lost: damaged.completeness.lost = events.count - rest.count
        }
        for finding in damaged.check(rest, profile).findings
        where !known.contains(where: { Self.explains($0, finding) }) {
          let missing = Set(events.map(\.number)).subtracting(rest.map(\.number)).sorted()
          Issue.record(
            "\(profile), without \(missing): \(finding.code) at \(finding.call.text): \(finding.message.text)"
          )
        }
      }
    }
  }
}
