import CutapeEmulator
import CutapeReplay
import CutapeReport
import CutapeRules
import CutapeTestSupport
import CutapeTrace
import Testing

/// Every finding of the corpus carries what is needed to believe it and to mend it.
struct EvidenceTests {
  private static let scenarios: [Scenario] = {
    do { return try Corpus.files.flatMap { try Scenario.read($0) } } catch {
      Issue.record("\(error)")
      return []
    }
  }()

  private func check(_ scenario: Scenario) throws -> (findings: [Finding], context: ReportContext) {
    var trace = Trace(functions: TraceText.functions)
    var checker = Checker(
      functions: TraceText.functions, completeness: scenario.completeness,
      options: Checker.Options(kernels: scenario.kernels))
    for var event in try TraceText(scenario.text).events {
      if event.site == 0 { event.site = 1000 + event.number }
      trace.sites[event.site] = CallSite(
        address: 1, module: "/bin/app", offset: UInt64(event.site), function: "f", file: "/a.c",
        line: event.site)
      checker.check(event)
    }
    let context = ReportContext(traceName: "t", trace: trace, profile: "doc")
    return (FindingKeys(trace).keyed(checker.finish().findings), context)
  }

  @Test("Each finding has a key, a remedy, and the memory that its calls name", arguments: scenarios)
  func evidence(_ scenario: Scenario) throws {
    let (findings, context) = try check(scenario)
    for finding in findings where finding.severity > .info {
      let what = "\(finding.code) at #\(finding.call.number): \(finding.message.text)"
      #expect(FindingKeys.isKey(finding.key[...]), "\(what)")
      #expect(finding.help != nil, "\(what)")
      #expect(!finding.message.text.contains(" 1 bytes"), "\(what)")
      if let picture = finding.picture {
        #expect(!picture.accesses.isEmpty && !picture.marked.isEmpty, "\(what)")
        for access in picture.accesses { #expect(!access.range.isEmpty, "\(what)") }
      }
      for memory in (finding.picture.map { [$0.title] } ?? []) + finding.allocations {
        let isMade = memory.kind != "symbol" && memory.name != "host memory"
        #expect(!isMade || memory.allocated != nil || scenario.completeness != Completeness(), "\(what)")
      }
      let text = FullRenderer(context: context, isColored: false).text(of: finding)
      for call in [finding.call] + finding.related { #expect(text.contains("a.c:\(call.site)"), "\(text)") }
    }
  }

  @Test("Two unordered operations are drawn, and what is missing between them is said", arguments: scenarios)
  func races(_ scenario: Scenario) throws {
    for finding in try check(scenario).findings
    where finding.code.hasPrefix("CT40") && !finding.related.isEmpty {
      let what = "\(finding.code) at #\(finding.call.number)"
      let earlier = try #require(finding.related.last, "\(what)")
      #expect(
        finding.notes.contains { $0.text.contains("#\(earlier.number)") } || finding.code == "CT408",
        "\(what)")
      // Pageable memory is no object of CUDA: there is nothing to draw it in. Of a write that only a hash shows it is
      // not known which bytes it wrote.
      let isDrawn = !finding.isDocumentedOnly && (finding.code != "CT405" || finding.picture != nil)
      if isDrawn { #expect(finding.picture?.accesses.count == 2, "\(what)") }
    }
  }
}
