import CutapeReport
import CutapeRules
import CutapeTestSupport
import CutapeTrace

/// The findings of a program in the scenario language, as `check` gives them to a renderer.
struct Report {
  var findings: [Finding]
  var summary: Summary
  var context: ReportContext

  /// `sites` changes where each call was made; by default all are lines of one function, with debug information.
  init(of program: String, sites: (inout CallSite, Int) -> Void = { _, _ in }) throws {
    var trace = Trace(functions: TraceText.functions)
    trace.threads = [
      RecordedThread(number: 1, systemID: 100, name: "main"),
      RecordedThread(number: 2, systemID: 101, name: "io\u{1b}[2J"),
    ]
    var checker = Checker(functions: TraceText.functions)
    for var event in try TraceText(program).events {
      event.site = event.number
      var site = CallSite(
        address: 0x1000, module: "/opt/bin/app", offset: UInt64(event.number) * 16, function: "Loader::fetch",
        file: "/src/loader.cpp", line: 80 + event.number)
      sites(&site, event.number)
      trace.sites[event.number] = site
      checker.check(event)
    }
    let outcome = checker.finish()
    findings = FindingKeys(trace).keyed(outcome.findings.filter { $0.severity > .info })
    summary = outcome.summary
    context = ReportContext(traceName: "run.cutape", trace: trace, profile: "doc")
  }
}
