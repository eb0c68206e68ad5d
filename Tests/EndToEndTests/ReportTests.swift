import Foundation
import Testing

/// Baselines and the forms of output for other programs, on traces of whole programs.
@Suite(.enabled(if: Installation.isBuilt, "\(Installation.whyNotBuilt)"))
struct ReportTests {
  /// Programs with findings of several rules.
  static let programs = ["race-write", "free-in-flight", "race-read", "wasted-time", "use-after-free"]

  private func file(_ text: String) throws -> String {
    let file = try temporaryFolder().appending(path: "known.jsonl")
    try Data(text.utf8).write(to: file)
    return file.path
  }

  @Test("What one run shows is known in another run of the same program", arguments: programs)
  func baseline(_ program: String) async throws {
    let (_, first) = try await Installation.record(program)
    let (_, second) = try await Installation.record(program)
    let found = try await Installation.cutape("check", first.path, "--format", "json")
    let findings = try Findings(json: found.output).findings
    #expect(!findings.isEmpty)
    let known = try file("# accepted\n\n" + found.output)
    let again = try await Installation.cutape("check", second.path, "--baseline", known, "--format", "json")
    #expect(again.status == 0)
    #expect(try Findings(json: again.output).findings.isEmpty, "\(again.output)")
    #expect(again.output.contains("\"known\":\(findings.count),"), "\(again.output)")
    #expect(again.errors == "")
    let text = try await Installation.cutape("check", second.path, "--baseline", known)
    #expect(text.output.contains("\(findings.count) known finding"), "\(text.output)")
  }

  @Test("Entries that match nothing are named, but not those of rules that were not asked")
  func unmatched() async throws {
    let (_, trace) = try await Installation.record("race-write")
    let known = try file("CT206-00c2a4e1b8f93d57\nCT301-00c2a4e1b8f93d57 # padding\n")
    let outcome = try await Installation.cutape(
      "check", trace.path, "--baseline", known, "--ignore", "CT206", "--format", "concise")
    #expect(outcome.status == 1)
    #expect(
      outcome.errors
        == "cutape: note: 1 entry of the baseline matches nothing: CT301-00c2a4e1b8f93d57 in line 2\n")
  }

  @Test(
    "What is no baseline is refused in one line", arguments: ["", "neither\n", "{\"type\":\"finding\"}\n"])
  func refused(_ text: String) async throws {
    let (_, trace) = try await Installation.record("race-write")
    let known = text.isEmpty ? "/nowhere/known.jsonl" : try file(text)
    for path in [known, "/", trace.path] {
      let outcome = try await Installation.cutape("check", trace.path, "--baseline", path)
      #expect(outcome.status == 2)
      #expect(outcome.output == "")
      #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
    }
  }

  @Test("SARIF is one document and GitHub's commands are lines, whatever a baseline hides")
  func forms() async throws {
    let (_, trace) = try await Installation.record("free-in-flight")
    let found = try await Installation.cutape("check", trace.path, "--format", "json")
    let known = try file(found.output)
    let sarif = try await Installation.cutape(
      "check", trace.path, "--format", "sarif", "--baseline", known)
    let log = try JSONSerialization.jsonObject(with: Data(sarif.output.utf8)) as? [String: Any]
    let run = try #require((log?["runs"] as? [[String: Any]])?.first)
    let states = (run["results"] as? [[String: Any]])?.map { $0["baselineState"] as? String }
    #expect(states?.isEmpty == false && states?.allSatisfy { $0 == "unchanged" } == true)
    #expect(sarif.status == 0)
    let github = try await Installation.cutape("check", trace.path, "--format", "github")
    #expect(github.output.split(separator: "\n").allSatisfy { $0.hasPrefix("::") }, "\(github.output)")
  }
}
