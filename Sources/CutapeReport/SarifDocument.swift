package import CutapeRules
import CutapeTrace

/// SARIF 2.1.0 (OASIS): one JSON document, as code scanning services and editors read it.
///
/// Known findings are in it as well, as suppressed results: a service that compares documents must see that they are
/// still there. The key is the fingerprint.
package struct SarifDocument {
  private let context: ReportContext
  /// The version of cutape.
  private let version: String

  package init(context: ReportContext, version: String) {
    self.context = context
    self.version = version
  }

  /// The document on one line. `known`: the findings that a baseline knows; nil when there is no baseline.
  package func text(new: [Finding], known: [Finding]?, summary: Summary) -> String {
    let findings = new + (known ?? [])
    let codes = Set(findings.map(\.code)).sorted()
    let results =
      new.map { result($0, codes, state: known == nil ? nil : "new") }
      + (known ?? []).map { result($0, codes, state: "unchanged") }
    return Json.object([
      ("$schema", .string("https://json.schemastore.org/sarif-2.1.0.json")), ("version", .string("2.1.0")),
      (
        "runs",
        .array([
          .object([
            (
              "tool",
              .object([
                (
                  "driver",
                  .object([
                    ("name", .string("cutape")), ("version", .string(version)),
                    ("rules", .array(codes.compactMap { Catalogue.rule($0)?.page }.map(rule))),
                  ])
                )
              ])
            ),
            ("invocations", .array([invocation(summary)])), ("results", .array(results)),
            ("columnKind", .string("unicodeCodePoints")),
            (
              "properties",
              .object([
                ("trace", .string(context.traceName)), ("profile", .string(context.profile)),
                ("calls", .number(Int64(summary.calls))), ("lost", .number(Int64(summary.lost))),
                ("unsupported", .number(Int64(summary.unsupported))),
              ])
            ),
          ])
        ])
      ),
    ]).text
  }

  private func rule(_ page: RulePage) -> Json {
    let help = """
      \(page.what)

      \(page.why)

      Example:
      \(page.example)

      Instead:
      \(page.instead)

      Reference: \(page.reference)
      """
    return .object([
      ("id", .string(page.code)), ("name", .string(page.name)),
      ("shortDescription", Self.message(page.summary)),
      ("fullDescription", Self.message(page.what)), ("help", Self.message(help)),
      ("defaultConfiguration", .object([("level", .string(Self.level(page.severity)))])),
      (
        "properties",
        .object([("severity", .string(page.severity.rawValue)), ("since", .string(page.since))])
      ),
    ])
  }

  /// What was not judged is told as notifications of the run.
  private func invocation(_ summary: Summary) -> Json {
    .object([
      ("executionSuccessful", .bool(true)),
      (
        "toolExecutionNotifications",
        .array(
          summary.limits.map { .object([("level", .string("warning")), ("message", Self.message($0))]) })
      ),
    ])
  }

  private func result(_ finding: Finding, _ codes: [String], state: String?) -> Json {
    var fields: [(String, Json)] = [
      ("ruleId", .string(finding.code)),
      ("ruleIndex", .number(Int64(codes.firstIndex(of: finding.code) ?? -1))),
      ("level", .string(Self.level(finding.severity))),
      ("message", Self.message(finding.message.text)),
      ("locations", .array([location(finding.call, finding.call.text)])),
      ("relatedLocations", .array(related(finding))),
      ("partialFingerprints", .object([("cutapeKey/v1", .string(finding.key))])),
      ("occurrenceCount", .number(Int64(finding.count))),
    ]
    let stacks = ([finding.call] + finding.related).compactMap(stack)
    if !stacks.isEmpty { fields.append(("stacks", .array(stacks))) }
    if let state {
      fields.append(("baselineState", .string(state)))
      let isKnown = state == "unchanged"
      fields.append(
        ("suppressions", .array(isKnown ? [.object([("kind", .string("external"))])] : [])))
    }
    var properties: [(String, Json)] = [
      ("severity", .string(finding.severity.rawValue)), ("certainty", .string(finding.certainty.rawValue)),
      ("documentedOnly", .bool(finding.isDocumentedOnly)), ("call", .number(Int64(finding.call.number))),
      ("notes", .array(finding.notes.map { .string($0.text) })),
    ]
    if let help = finding.help { properties.append(("help", .string(help.text))) }
    fields.append(("properties", .object(properties)))
    return .object(fields)
  }

  /// The other calls, and those that made and freed the memory.
  private func related(_ finding: Finding) -> [Json] {
    let others = finding.related.map { ($0, $0.text) }
    let memory = finding.memory.flatMap { memory in
      [
        memory.allocated.map { ($0, "\(memory.name) was \(memory.arrival) here") },
        memory.freed.map { ($0, "\(memory.name) was \(memory.departure) here") },
      ].compactMap(\.self)
    }
    return (others + memory).enumerated().map { location($1.0, $1.1, id: $0 + 1) }
  }

  private func location(_ call: Finding.Call, _ text: String, id: Int? = nil) -> Json {
    var fields: [(String, Json)] = []
    if let id { fields.append(("id", .number(Int64(id)))) }
    if let site = context.sites[call.site] { fields += places(site) }
    let thread = call.thread > 0 ? ", \(context.thread(call.thread))" : ""
    fields.append(("message", Self.message("#\(call.number)\(thread): \(text)")))
    return .object(fields)
  }

  /// The call stack of a call; nil when it was not recorded.
  private func stack(_ call: Finding.Call) -> Json? {
    guard let stack = context.stacks[call.stack] else { return nil }
    let frames = context.places(of: stack).map { site -> Json in
      guard let site else { return .object([]) }
      let module = site.module.split(separator: "/").last.map(String.init) ?? site.module
      return .object([("location", .object(places(site))), ("module", .string(module))])
    }
    return .object([("message", Self.message("#\(call.number)")), ("frames", .array(frames))])
  }

  /// A place by its file and by its function.
  private func places(_ site: CallSite) -> [(String, Json)] {
    var fields: [(String, Json)] = []
    if let file = site.file {
      var physical: [(String, Json)] = [("artifactLocation", .object([("uri", .string(Self.uri(file)))]))]
      if let line = site.line, line > 0 {
        physical.append(("region", .object([("startLine", .number(Int64(line)))])))
      }
      fields.append(("physicalLocation", .object(physical)))
    }
    let module = site.module.split(separator: "/").last.map(String.init) ?? site.module
    let name = site.function ?? "\(module)+0x\(String(site.offset, radix: 16))"
    let logical: [(String, Json)] = [
      ("name", .string(name)), ("fullyQualifiedName", .string("\(module)!\(name)")),
      ("kind", .string(site.function == nil ? "module" : "function")),
    ]
    return fields + [("logicalLocations", .array([.object(logical)]))]
  }

  /// A message is plain text, but for links in brackets: what could be taken for one is escaped.
  private static func message(_ text: String) -> Json {
    let plain =
      text.contains("](")
      ? text.replacing("\\", with: "\\\\").replacing("[", with: "\\[").replacing("]", with: "\\]") : text
    return .object([("text", .string(plain))])
  }

  private static func level(_ severity: Severity) -> String {
    switch severity {
    case .error: "error"
    case .warning: "warning"
    case .perf, .info: "note"
    }
  }

  /// The URI reference of a path: `file:///src/a.cpp`, or relative as the path is (RFC 3986).
  static func uri(_ path: String) -> String {
    var text = ""
    for byte in path.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"), UInt8(ascii: "/"):
        text.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        text += digits.count == 1 ? "%0\(digits)" : "%\(digits)"
      }
    }
    return path.hasPrefix("/") ? "file://\(text)" : text
  }
}
