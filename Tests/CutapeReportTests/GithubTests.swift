import CutapeReport
import CutapeRules
import CutapeTrace
import Testing

/// Workflow commands: one line each, whatever the program's names are.
struct GithubTests {
  private func lines(_ report: Report) -> [String] {
    let renderer = GithubRenderer(context: report.context)
    return report.findings.map(renderer.text) + [
      renderer.text(of: report.summary, findings: Counts(report.findings))
    ]
  }

  @Test("Names can neither end a property nor begin a command")
  func hostile() throws {
    var report = try Report(of: #require(SnapshotTests.programs["race"])) { site, _ in
      site.file = "/src/a,line=1::b%0A\n::set-output name=x::y.cpp"
      site.function = "f\r\n::error::gone"
    }
    report.context.traceName = "::stop-commands::x\n##[group]"
    report.findings[0].message = "100% \u{202e}wrong\n::debug::x"
    for line in lines(report) {
      #expect(!line.contains { $0.isNewline })
      #expect(line.hasPrefix("::"))
      #expect(line.unicodeScalars.allSatisfy { $0.value >= 32 && $0 != "\u{202e}" })
    }
    let first = try #require(lines(report).first)
    #expect(
      first.hasPrefix(
        "::error file=/src/a%2Cline=1%3A%3Ab%250A?%3A%3Aset-output name=x%3A%3Ay.cpp,line=87,title="))
    #expect(first.contains("::100%25 ?wrong?::debug::x%0A"))
  }

  @Test("Severities are the three levels that GitHub has")
  func levels() throws {
    var report = try Report(of: #require(SnapshotTests.programs["freed"]))
    report.findings[2].severity = .perf
    #expect(
      lines(report).map { $0.split(separator: " ")[0] } == ["::warning", "::error", "::notice", "::notice"])
  }
}
