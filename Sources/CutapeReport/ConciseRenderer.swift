package import CutapeRules

/// One line for each finding: `run.cutape#1287: error[CT401]: the copy on stream s2 reads ..., key CT401-...`
package struct ConciseRenderer: Renderer {
  private let context: ReportContext
  private let palette: Palette

  package init(context: ReportContext, isColored: Bool) {
    self.context = context
    palette = Palette(isColored: isColored)
  }

  package func text(of finding: Finding) -> String {
    let head = palette.head(finding.severity, finding.code)
    let message = printable(finding.message.text)
    return
      "\(printable(context.traceName))#\(finding.call.number): \(head): \(message)\(finding.repeats), key \(finding.key)"
  }

  package func text(of summary: Summary, findings: Counts) -> String {
    summary.line(context.traceName, findings)
  }
}

extension Summary {
  /// `run.cutape: 1 error, 0 warnings in 2914 calls; 0 records lost`, then what was not judged.
  func line(_ name: String, _ counts: Counts) -> String {
    var parts = [count(counts[.error], "error"), count(counts[.warning], "warning")]
    if counts[.perf] > 0 { parts.append("\(counts[.perf]) perf") }
    if counts[.info] > 0 { parts.append("\(counts[.info]) info") }
    if known > 0 { parts.append("\(count(known, "known finding")) not shown") }
    let head = "\(printable(name)): \(parts.joined(separator: ", ")) in \(count(calls, "call"))"
    return
      ([head + "; \(count(lost, "record")) lost, \(count(unsupported, "call")) not modelled"]
      + limits.map { "note: " + $0 })
      .joined(separator: "\n")
  }
}

/// Colours of the severities; none when the output is no terminal or `NO_COLOR` is set.
struct Palette {
  var isColored: Bool

  /// `error[CT401]`
  func head(_ severity: Severity, _ code: String) -> String {
    let word = "\(severity.rawValue)[\(code)]"
    guard isColored else { return word }
    let color =
      switch severity {
      case .error: 31
      case .warning: 33
      case .perf: 35
      case .info: 36
      }
    return "\u{1b}[1;\(color)m\(word)\u{1b}[0m"
  }
}
