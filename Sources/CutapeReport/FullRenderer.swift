package import CutapeRules
import CutapeTrace

/// The form for people: where, both operations, the bytes to scale, why, and what to do.
package struct FullRenderer: Renderer {
  private let context: ReportContext
  private let palette: Palette

  package init(context: ReportContext, isColored: Bool) {
    self.context = context
    palette = Palette(isColored: isColored)
  }

  package func text(of finding: Finding) -> String {
    let calls = finding.picture?.accesses.map(\.call) ?? []
    let others = ([finding.call] + finding.related).filter { !calls.contains($0) }.sorted {
      $0.number < $1.number
    }
    let gutter = (calls + others).map { "#\($0.number)".count }.max() ?? 0
    let blank = String(repeating: " ", count: gutter)
    var lines = ["\(palette.head(finding.severity, finding.code)): \(finding.message.text)"]
    lines.append("  --> \(context.place(of: finding.call))")
    for call in others {
      lines.append("\("#\(call.number)".padded(gutter)) | \(printable(call.text))")
    }
    if let picture = finding.picture {
      lines += Drawing(picture).lines.map { "\($0.gutter.padded(gutter)) | \($0.text)".trimmed }
    }
    for allocation in finding.allocations { lines.append("\(blank) | \(allocation)") }
    for call in finding.related {
      guard let site = context.sites[call.site] else { continue }
      lines.append(
        "\(blank) = note: #\(call.number) was issued by \(context.thread(call.thread)), \(printable(site.description))"
      )
    }
    for note in finding.notes { lines.append("\(blank) = note: \(note.text)") }
    if finding.count > 1 { lines.append("\(blank) = note: and \(finding.count - 1) more at the same places") }
    if let help = finding.help { lines.append("\(blank) = help: \(help.text)") }
    lines.append("\(blank) = see: cutape explain \(finding.code)")
    return lines.joined(separator: "\n") + "\n"
  }

  package func text(of summary: Summary, findings: Counts) -> String {
    summary.line(context.traceName, findings)
  }
}

extension String {
  func padded(_ width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }

  var trimmed: String {
    var text = Substring(self)
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
