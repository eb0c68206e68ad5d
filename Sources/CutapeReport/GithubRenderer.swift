package import CutapeRules
import CutapeTrace

/// Workflow commands of GitHub Actions, which annotate source lines: `::error file=a.cpp,line=88,title=...::...`.
///
/// The runner reads every line of the log. So each line here is one command, and what comes from the program is escaped
/// as the runner wants it: it can neither end a property nor begin a command of its own.
package struct GithubRenderer: Renderer {
  private let context: ReportContext

  package init(context: ReportContext) { self.context = context }

  package func text(of finding: Finding) -> String {
    let level =
      switch finding.severity {
      case .error: "error"
      case .warning: "warning"
      case .perf, .info: "notice"
      }
    var properties: [(String, String)] = []
    if let site = context.sites[finding.call.site], let file = site.file {
      properties.append(("file", file))
      if let line = site.line { properties.append(("line", String(line))) }
    }
    properties.append(("title", "\(finding.code) \(finding.name)"))
    var lines = ["\(finding.message.text)\(finding.repeats)"]
    for call in [finding.call] + finding.related { lines.append("\(call.text): \(context.place(of: call))") }
    lines += finding.notes.map(\.text)
    if let help = finding.help { lines.append("help: \(help.text)") }
    lines.append("key: \(finding.key)")
    return Self.command(level, properties, lines.map(printable).joined(separator: "\n"))
  }

  package func text(of summary: Summary, findings: Counts) -> String {
    Self.command(
      "notice", [("title", "cutape check")], printableLines(summary.line(context.traceName, findings)))
  }

  private func printableLines(_ text: String) -> String {
    text.split(separator: "\n").map { printable(String($0)) }.joined(separator: "\n")
  }

  private static func command(_ level: String, _ properties: [(String, String)], _ message: String) -> String
  {
    let list = properties.map { "\($0)=\(escapedProperty(printable($1)))" }.joined(separator: ",")
    return "::\(level) \(list)::\(escaped(message))"
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("%", with: "%25").replacing("\r", with: "%0D").replacing("\n", with: "%0A")
  }

  private static func escapedProperty(_ text: String) -> String {
    escaped(text).replacing(":", with: "%3A").replacing(",", with: "%2C")
  }
}
