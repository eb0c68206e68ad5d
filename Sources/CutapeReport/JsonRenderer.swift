package import CutapeRules
import CutapeTrace

/// JSON Lines: an object for each finding, then one for the summary. Fields may be added, never renamed.
package struct JsonRenderer: Renderer {
  private let context: ReportContext

  package init(context: ReportContext) { self.context = context }

  package func text(of finding: Finding) -> String {
    var fields: [(String, Json)] = [
      ("type", .string("finding")), ("code", .string(finding.code)), ("name", .string(finding.name)),
      ("severity", .string(finding.severity.rawValue)), ("profile", .string(context.profile)),
      ("certainty", .string(finding.certainty.rawValue)), ("message", .string(finding.message.text)),
      ("call", .number(Int64(finding.call.number))),
      ("related", .array(finding.related.map { .number(Int64($0.number)) })),
      ("count", .number(Int64(finding.count))), ("key", .string(finding.key)),
      ("documentedOnly", .bool(finding.isDocumentedOnly)),
      ("thread", .number(Int64(finding.call.thread))), ("text", .string(finding.call.text)),
      ("location", context.location(of: finding.call)),
      ("relatedLocations", .array(finding.related.map(context.location))),
      ("relatedTexts", .array(finding.related.map { .string($0.text) })),
    ]
    let calls = [finding.call] + finding.related
    if calls.contains(where: { context.stacks[$0.stack] != nil }) {
      fields.append(("stack", context.stack(of: finding.call) ?? .null))
      fields.append(("relatedStacks", .array(finding.related.map { context.stack(of: $0) ?? .null })))
    }
    if let picture = finding.picture {
      fields.append(
        (
          "bytes",
          .object([
            ("memory", .string(picture.title.text)),
            ("offset", .number(Int64(clamping: picture.marked.start))),
            ("count", .number(Int64(clamping: picture.marked.count))),
          ])
        ))
    }
    fields.append(("allocations", .array(finding.allocations.flatMap(lines))))
    fields.append(("memory", .array(finding.memory.map(memory))))
    fields.append(("notes", .array(finding.notes.map { .string($0.text) })))
    fields.append(("help", finding.help.map { .string($0.text) } ?? .null))
    return Json.object(fields).text
  }

  private func lines(_ memory: Finding.Memory) -> [Json] {
    [.string(memory.text)]
      + (memory.freed.map { [.string("\(memory.name) was \(memory.departure) by #\($0.number)")] } ?? [])
  }

  private func memory(_ memory: Finding.Memory) -> Json {
    .object([
      ("name", .string(memory.name)), ("kind", .string(memory.kind)),
      ("allocated", memory.allocated.map(context.json) ?? .null),
      ("freed", memory.freed.map(context.json) ?? .null),
    ])
  }

  package func text(of summary: Summary, findings: Counts) -> String {
    Json.object([
      ("type", .string("summary")), ("calls", .number(Int64(summary.calls))),
      ("copies", .number(Int64(summary.copies))), ("errors", .number(Int64(findings[.error]))),
      ("warnings", .number(Int64(findings[.warning]))), ("perf", .number(Int64(findings[.perf]))),
      ("info", .number(Int64(findings[.info]))), ("lost", .number(Int64(summary.lost))),
      ("unsupported", .number(Int64(summary.unsupported))), ("fromStart", .bool(summary.isFromStart)),
      ("toEnd", .bool(summary.isToEnd)),
      ("forgotten", .number(Int64(summary.forgotten))), ("known", .number(Int64(summary.known))),
      ("missed", .array(summary.missed.map(Json.string))),
    ]).text
  }
}

extension ReportContext {
  /// A call with its thread and its place.
  func json(of call: Finding.Call) -> Json {
    let fields: [(String, Json)] = [
      ("call", .number(Int64(call.number))),
      ("thread", call.thread > 0 ? .number(Int64(call.thread)) : .null),
      ("text", .string(call.text)), ("location", location(of: call)),
    ]
    return .object(fields + (stack(of: call).map { [("stack", $0)] } ?? []))
  }

  /// Where a call was made, or null.
  func location(of call: Finding.Call) -> Json { sites[call.site]?.json ?? .null }
}
