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

  @Test("Check finds what the program's head says, and nothing else", arguments: Fixture.all)
  func judged(_ fixture: Fixture) async throws {
    let run = try await Recorded.of(fixture)
    let outcome = try await Command.run(
      Installation.cutape, ["check", run.trace.path, "--format", "json"] + fixture.checkOptions)
    let found = try Findings(json: outcome.output)
    let calls = try await Dumped(run.trace)
    let described = found.findings.map {
      "\($0.code) \($0.severity) line \(calls.line($0.call) ?? 0): \($0.message)"
    }
    #expect(
      found.findings.count == fixture.findings.count, "\(described.joined(separator: "\n"))\(outcome.errors)")
    for (finding, expected) in zip(found.findings, fixture.findings) {
      #expect(finding.code == expected.code, "\(described)")
      #expect(finding.severity == expected.severity, "\(described)")
      #expect(calls.line(finding.call) == expected.line, "\(described)")
      if let after = expected.after {
        #expect(finding.related.contains { calls.line($0) == after }, "\(described)")
      }
    }
    #expect(outcome.status == (fixture.findings.contains { $0.severity == "error" } ? 1 : 0))
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
