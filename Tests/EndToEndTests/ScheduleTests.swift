import Foundation
import Testing

/// Whole programs in other legal orders.
@Suite(.enabled(if: Installation.isBuilt, "\(Installation.whyNotBuilt)"))
struct ScheduleTests {
  @Test(
    "A program without findings ends alike in every order", arguments: Fixture.all.filter(\.findings.isEmpty))
  func sameContents(_ fixture: Fixture) async throws {
    let run = try await Recorded.of(fixture)
    let outcome = try await Installation.cutape("replay", run.trace.path, "--schedules", "6")
    #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
    #expect(outcome.output.contains("contents: the same in every order"))
  }

  @Test(
    "A race shows as two contents, with the pair that makes them, and every run says the same",
    arguments: [("race-read", "#8 and #9"), ("race-write", "#7 and #8"), ("legacy-nonblocking", "#7 and #8")])
  func otherContents(_ program: String, _ pair: String) async throws {
    let (_, trace) = try await Installation.record(program)
    let outcome = try await Installation.cutape("replay", trace.path, "--schedules", "6", "--seed", "5")
    #expect(outcome.status == 1)
    #expect(outcome.output.contains("contents: 2 different"), "\(outcome.output)")
    #expect(outcome.output.contains("depends on the order of \(pair):"), "\(outcome.output)")
    #expect(try await Installation.cutape("replay", trace.path, "--schedules", "6", "--seed", "5") == outcome)
    let json = try await Installation.cutape("replay", trace.path, "--schedules", "6", "--format", "json")
    let types = try json.output.split(separator: "\n").map { line in
      try (JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])?["type"] as? String
    }
    #expect(types == ["replay", "divergence", "schedules"])
  }

  @Test("With the bytes recorded a race shows which of them differ, and what is there in each order")
  func bytes() async throws {
    let fixture = try #require(Fixture.all.first { $0.name == "race-bytes" })
    let run = try await Recorded.of(fixture)
    let outcome = try await Installation.cutape("replay", run.trace.path, "--schedules", "6")
    #expect(outcome.status == 1)
    #expect(outcome.output.contains("depends on the order of #"), "\(outcome.output)")
    #expect(outcome.output.contains(": 5 bytes from +0x3e8"))
    #expect(outcome.output.contains("+0x3e0: 05 05 05 05 05 05 05 05 05 05 05 05 05 05 05 05, digest "))
    #expect(outcome.output.contains("+0x3e0: 05 05 05 05 05 05 05 05 6f 74 68 65 72 05 05 05, digest "))
  }

  @Test("With equal bytes a race leaves one content; the pair is named, and check finds it")
  func equalBytes() async throws {
    let fixture = try #require(Fixture.all.first { $0.name == "race-equal-bytes" })
    let run = try await Recorded.of(fixture)
    let outcome = try await Installation.cutape("replay", run.trace.path, "--schedules", "6")
    #expect(outcome.status == 0)
    #expect(outcome.output.contains("contents: the same in every order"), "\(outcome.output)")
    #expect(outcome.output.contains("the same this time, in either order of #"), "\(outcome.output)")
  }

  @Test("A number of orders that makes no sense is refused", arguments: ["0", "-1", "1001", "many"])
  func refused(_ number: String) async throws {
    let (_, trace) = try await Installation.record("race-read")
    let outcome = try await Installation.cutape("replay", trace.path, "--schedules", number)
    #expect(outcome.status == 2)
  }
}
