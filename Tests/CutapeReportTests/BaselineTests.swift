import CutapeReport
import CutapeRules
import Testing

/// Files of known findings.
struct BaselineTests {
  private func baseline(_ text: String) throws -> Baseline { try Baseline(Array(text.utf8)) }

  @Test("What a check prints as JSON is a baseline for all of it")
  func roundTrip() throws {
    let report = try Report(of: #require(SnapshotTests.programs["freed"]))
    let renderer = JsonRenderer(context: report.context)
    let lines =
      report.findings.map(renderer.text) + [
        renderer.text(of: report.summary, findings: Counts(report.findings))
      ]
    let baseline = try baseline(lines.joined(separator: "\n") + "\n")
    let (new, known) = baseline.split(report.findings)
    #expect(new.isEmpty)
    #expect(known == report.findings)
    #expect(baseline.unmatched(by: report.findings).isEmpty)
  }

  @Test("Keys and remarks can be written by hand")
  func byHand() throws {
    let baseline = try baseline(
      """
      # known since spring

        CT206-00c2a4e1b8f93d57  # the driver waits
      CT401-5f3a9c01d2e4b687.2
      {"key": "CT301-0000000000000001", "why": "padding"}\r
      CT206-00c2a4e1b8f93d57
      """)
    #expect(
      baseline.entries.map(\.key) == [
        "CT206-00c2a4e1b8f93d57", "CT401-5f3a9c01d2e4b687.2", "CT301-0000000000000001",
        "CT206-00c2a4e1b8f93d57",
      ])
    #expect(baseline.unmatched(by: []).map(\.line) == [3, 4, 5])
    #expect(baseline.entries.first?.code == "CT206")
  }

  @Test("An empty file knows nothing")
  func empty() throws {
    #expect(try baseline("").entries.isEmpty)
  }

  @Test(
    "What is no baseline is refused by its line",
    arguments: [
      ("CT401", Baseline.Mistake.notAnEntry(line: 1)), ("\nhello", .notAnEntry(line: 2)),
      ("{\"type\":\"finding\",\"code\":\"CT401\"}", .noKey(line: 1)), ("{}", .notAnEntry(line: 1)),
      ("{\"key\":\"x\"}", .notAnEntry(line: 1)), ("{\"key\":", .notAnEntry(line: 1)),
      ("[1]", .notAnEntry(line: 1)),
    ])
  func refused(_ text: String, _ mistake: Baseline.Mistake) {
    #expect(throws: mistake) { try baseline(text) }
  }

  @Test("A file that is no text is refused")
  func binary() {
    #expect(throws: Baseline.Mistake.notText) { try Baseline([0x53, 0xff, 0xfe, 0]) }
  }
}
