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
    var lines = ["\(palette.head(finding.severity, finding.code)): \(printable(finding.message.text))"]
    lines.append("  --> \(context.place(of: finding.call))")
    var stacked: Set<Int> = []
    // What follows the calls that are drawn stands below them.
    let last = calls.map(\.number).max() ?? .max
    func add(_ call: Finding.Call) {
      lines.append("\("#\(call.number)".padded(gutter)) | \(printable(call.text))")
    }
    for call in others where call.number <= last { add(call) }
    if let picture = finding.picture {
      lines += Drawing(picture).lines.map { "\($0.gutter.padded(gutter)) | \($0.text)".trimmed }
    }
    for call in others where call.number > last { add(call) }
    for allocation in finding.allocations where allocation.name != finding.picture?.title.name {
      lines.append("\(blank) | \(printable(allocation.text))")
    }
    func add(_ label: String, _ text: String) { lines.append("\(blank) = \(label): \(printable(text))") }
    for place in places(finding) { add("note", place) }
    for note in finding.notes { add("note", note.text) }
    for call in (calls + others).sorted(by: { $0.number < $1.number })
    where stacked.insert(call.number).inserted {
      let frames = context.frames(of: call)
      if !frames.isEmpty { lines.append("\(blank) = stack: #\(call.number) was issued by") }
      for frame in frames { lines.append("\(blank)     \(frame)") }
    }
    if finding.count > 1 { add("note", "and \(finding.count - 1) more at the same places") }
    if let help = finding.help { add("help", help.text) }
    add(
      "profile",
      "\(finding.isDocumentedOnly ? "doc alone" : "doc and observed"), certainty \(finding.certainty.rawValue)"
    )
    add("key", finding.key)
    add("see", "cutape explain \(finding.code)")
    return lines.joined(separator: "\n") + "\n"
  }

  /// Who made the other calls, and where the memory came from and went.
  private func places(_ finding: Finding) -> [String] {
    var lines = finding.related.map { "#\($0.number) was issued by \(context.origin(of: $0))" }
    for memory in finding.memory {
      if let call = memory.allocated, context.sites[call.site] != nil {
        lines.append("\(memory.name) was \(memory.arrival) by \(context.reference(to: call))")
      }
      if let call = memory.freed, call.number != finding.call.number {
        lines.append("\(memory.name) was \(memory.departure) by \(context.reference(to: call))")
      }
    }
    return lines
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
