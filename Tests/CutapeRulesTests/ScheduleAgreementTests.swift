import CutapeEmulator
import CutapeReplay
import CutapeRules
import CutapeTestSupport
import CutapeTrace
import Testing

/// Schedules against rules: what no rule calls unordered must hold the same in every legal order.
struct ScheduleAgreementTests {
  /// Findings after which contents may depend on the order.
  private static let aboutOrder: Set<String> = [
    "CT101", "CT102", "CT104", "CT202", "CT203", "CT206", "CT405", "CT406",
  ]

  private func run(_ scenario: Scenario, _ profile: Profile) throws -> Schedules.Outcome {
    var schedules = Schedules(
      functions: TraceText.functions, completeness: scenario.completeness,
      options: Schedules.Options(
        profile: profile, kernels: scenario.kernels, count: 8, launchesBlock: scenario.launchesBlock))
    for event in try TraceText(scenario.text).events { schedules.follow(event) }
    return schedules.finish()
  }

  @Test(
    "Every order of a scenario without a race gives the same", arguments: ScenarioTests.all, Profile.allCases)
  func agree(_ scenario: Scenario, _ profile: Profile) throws {
    let outcome = try run(scenario, profile)
    #expect((Set(outcome.digests).count == 1) == outcome.divergences.isEmpty)
    let codes = try scenario.check(profile).findings.map(\.code)
    guard
      !codes.contains(where: { $0.hasPrefix("CT4") || $0.hasPrefix("CT5") || Self.aboutOrder.contains($0) })
    else { return }
    let pairs = outcome.divergences.map { "\($0.earlier?.event.number ?? 0), \($0.later?.event.number ?? 0)" }
    #expect(outcome.divergences.isEmpty, "\(pairs)\n\(scenario.text)")
  }
}
