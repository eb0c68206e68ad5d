import CutapeEmulator
import CutapeReplay
import CutapeRules
import CutapeTestSupport
import CutapeTrace
import Testing

/// What the runtime does by the driver inside a call is that call, and is not judged a second time.
struct PartTests {
  @Test(
    "Every case of the corpus gives the same findings with each call repeated as a part",
    arguments: Profile.allCases)
  func nothingTwice(_ profile: Profile) throws {
    for scenario in ScenarioTests.all {
      let events = try TraceText(scenario.text).events
      let doubled = events.flatMap { event in
        var part = event
        part.isPart = true
        part.parent = event.number
        return [event, part]
      }
      #expect(outcome(doubled, scenario, profile) == outcome(events, scenario, profile), "\(scenario.name)")
    }
  }

  private func outcome(_ events: [Event], _ scenario: Scenario, _ profile: Profile) -> [String] {
    let outcome = scenario.check(events, profile)
    return outcome.findings.map { "\($0.code) \($0.call.number) \($0.related.map(\.number)) \($0.count)" }
      + ["\(outcome.summary)"]
  }
}
