import CutapeReport
import CutapeRules
import CutapeTestSupport
import CutapeTrace
import Foundation
import Testing

/// The SARIF document, against what the standard demands of its objects (SARIF 2.1.0, OASIS).
struct SarifTests {
  private typealias Object = [String: Any]

  private func run(_ report: Report, known: [Finding]? = nil) throws -> Object {
    let text = SarifDocument(context: report.context, version: "0.1.0").text(
      new: report.findings.filter { known?.contains($0) != true }, known: known, summary: report.summary)
    #expect(!text.contains("\n"))
    let log = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? Object)
    #expect(log["version"] as? String == "2.1.0")
    return try #require((log["runs"] as? [Object])?.first)
  }

  private func results(_ run: Object) throws -> [Object] { try #require(run["results"] as? [Object]) }

  /// Every `message` of a value, at any depth.
  private func messages(_ value: Any) -> [String] {
    if let object = value as? Object {
      let own = (object["message"] as? Object).flatMap { $0["text"] as? String }
      return (own.map { [$0] } ?? []) + object.values.flatMap(messages)
    }
    return (value as? [Any])?.flatMap(messages) ?? []
  }

  @Test("Each result names its rule, its place and its key", arguments: SnapshotTests.programs.keys.sorted())
  func structure(_ name: String) throws {
    let report = try Report(of: #require(SnapshotTests.programs[name]))
    let run = try run(report)
    let driver = try #require((run["tool"] as? Object)?["driver"] as? Object)
    #expect(driver["name"] as? String == "cutape")
    let rules = try #require(driver["rules"] as? [Object])
    let results = try results(run)
    #expect(results.count == report.findings.count)
    for (result, finding) in zip(results, report.findings) {
      let index = try #require(result["ruleIndex"] as? Int)
      #expect(rules[index]["id"] as? String == finding.code)
      #expect(result["ruleId"] as? String == finding.code)
      #expect(["error", "warning", "note"].contains(result["level"] as? String))
      #expect((result["partialFingerprints"] as? Object)?["cutapeKey/v1"] as? String == finding.key)
      #expect(result["baselineState"] == nil && result["suppressions"] == nil)
      let location = try #require((result["locations"] as? [Object])?.first)
      let physical = try #require(location["physicalLocation"] as? Object)
      let artifact = try #require(physical["artifactLocation"] as? Object)
      #expect(artifact["uri"] as? String == "file:///src/loader.cpp")
      #expect((physical["region"] as? Object)?["startLine"] as? Int == 80 + finding.call.number)
      let ids = try #require(result["relatedLocations"] as? [Object]).compactMap { $0["id"] as? Int }
      #expect(ids == Array(1..<ids.count + 1))
      #expect(ids.count >= finding.related.count)
    }
    for rule in rules {
      for text in ["shortDescription", "fullDescription", "help"] {
        #expect(((rule[text] as? Object)?["text"] as? String)?.isEmpty == false)
      }
    }
  }

  @Test("Known findings are suppressed results, the others are new")
  func suppressions() throws {
    let report = try Report(of: #require(SnapshotTests.programs["freed"]))
    let known = Array(report.findings.dropFirst())
    let results = try results(run(report, known: known))
    #expect(results.map { $0["baselineState"] as? String } == ["new"] + known.map { _ in "unchanged" })
    let kinds = results.map { ($0["suppressions"] as? [Object])?.compactMap { $0["kind"] as? String } }
    #expect(kinds == [[]] + known.map { _ in ["external"] })
  }

  @Test("Names from the program are neither links nor parts of an address")
  func hostile() throws {
    var report = try Report(of: #require(SnapshotTests.programs["race"])) { site, _ in
      site.file = "/src/a b%20\u{1b}[2J/\u{202e}x\".cpp"
      site.function = "f\"},{\n"
    }
    report.findings[0].message = "see [here](https://example.org)"
    let run = try run(report)
    let location = try #require((try results(run)[0]["locations"] as? [Object])?.first)
    let artifact = (location["physicalLocation"] as? Object)?["artifactLocation"] as? Object
    #expect(artifact?["uri"] as? String == "file:///src/a%20b%2520%1B%5B2J/%E2%80%AEx%22.cpp")
    #expect(messages(run).contains("see \\[here\\](https://example.org)"))
  }

  @Test("A call whose place is not known has no physical location")
  func withoutPlace() throws {
    let report = try Report(of: #require(SnapshotTests.programs["race"])) { site, _ in
      (site.file, site.line, site.function) = (nil, nil, nil)
    }
    let location = try #require((try results(run(report))[0]["locations"] as? [Object])?.first)
    #expect(location["physicalLocation"] == nil)
    let logical = try #require((location["logicalLocations"] as? [Object])?.first)
    #expect(logical["fullyQualifiedName"] as? String == "app!app+0x70")
  }
}
