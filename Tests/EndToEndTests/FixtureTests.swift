import CutapeTestSupport
import Foundation
import Testing

/// Every program of Tests/Fixtures: run, recorded, checked and replayed.
@Suite(.enabled(if: Installation.isBuilt, "\(Installation.whyNotBuilt)"))
struct FixtureTests {
  @Test("There are programs to test") func count() {
    #expect(Fixture.all.count >= 20)
  }

  @Test("Recording changes neither what a program prints nor how it ends", arguments: Fixture.all)
  func undisturbed(_ fixture: Fixture) async throws {
    let run = try await Recorded.of(fixture)
    #expect(run.bare.status == fixture.status, "\(run.bare.errors)")
    #expect(run.bare.output == fixture.output)
    #expect(run.recorded.status == fixture.status, "\(run.recorded.errors)")
    #expect(run.recorded.output == fixture.output)
    #expect(run.recorded.errorLines == run.bare.errorLines)
  }

  @Test(
    "Check finds what the program's head says, and nothing else", arguments: Fixture.all, ["doc", "observed"])
  func judged(_ fixture: Fixture, _ profile: String) async throws {
    let run = try await Recorded.of(fixture)
    let outcome = try await Command.run(
      Installation.cutape,
      ["check", run.trace.path, "--format", "json", "--profile", profile] + fixture.checkOptions)
    let found = try Findings(json: outcome.output)
    let calls = try await Dumped(run.trace)
    let expected = fixture.findings.filter { profile == "doc" || !$0.isDocumentedOnly }
    func matches(_ expected: Fixture.Expectation, _ finding: Findings.Finding) -> Bool {
      finding.code == expected.code && finding.severity == expected.severity
        && calls.line(finding.call) == expected.line
        && (expected.after.map { after in finding.related.contains { calls.line($0) == after } } ?? true)
    }
    var judgement = Corpus.Judgement(
      form: "program", name: fixture.name, label: fixture.label, rule: fixture.rule, profile: profile)
    judgement.compare(expected, found.findings, code: \.code, codeFound: \.code, matches: matches)
    try Corpus.account(judgement)
    let described = found.findings.map {
      "\($0.code) \($0.severity) line \(calls.line($0.call) ?? 0): \($0.message)"
    }
    #expect(found.findings.count == expected.count, "\(described.joined(separator: "\n"))\(outcome.errors)")
    for (finding, expected) in zip(found.findings, expected) {
      #expect(matches(expected, finding), "expected \(expected), found \(described)")
    }
    #expect(outcome.status == (expected.contains { $0.severity == "error" } ? 1 : 0))
    let summary = try #require(found.summary)
    #expect(summary.lost == 0)
    #expect(summary.unsupported == 0)
  }

  @Test("The replay of a trace agrees with the live run call by call", arguments: Fixture.all)
  func replayed(_ fixture: Fixture) async throws {
    let run = try await Recorded.of(fixture)
    let outcome = try await Installation.cutape("replay", run.trace.path, "--strict")
    #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
  }
}
