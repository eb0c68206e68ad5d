import CutapeReplay
import CutapeTrace

/// A case of the corpus for other programs to read: its label, what is expected, and its calls with every name and loop
/// resolved. Encoded as a line of JSON; Tests/Corpus/README.md describes the fields.
package struct CorpusCase: Encodable {
  struct Finding: Encodable {
    var call: Int
    var code: String
    var severity: String
    var with: Int?
    var profiles: [String]
  }

  struct Call: Encodable {
    var number: Int
    var thread: Int
    /// With the suffix of the per-thread default stream, where the call has one.
    var function: String
    /// The words of the call by their roles; the last of equal roles.
    var arguments: [String: UInt64] = [:]
    /// What follows the words: the entries of a batch, the pointers of a kernel.
    var tail: [UInt64]
    /// Nil: the call never returned.
    var result: Int32?
  }

  var name: String
  var place: String
  var label: String
  var rule: String?
  var kernels: String
  var lost: Int
  var fromStart: Bool
  var toEnd: Bool
  var findings: [Finding]
  var calls: [Call]

  package init(_ scenario: Scenario) throws {
    name = scenario.name
    place = scenario.place
    label = scenario.label.kind.rawValue
    rule = scenario.label.rule
    kernels = scenario.kernels.rawValue
    lost = scenario.completeness.lost
    fromStart = scenario.completeness.isFromStart
    toEnd = scenario.completeness.isToEnd
    findings = scenario.expected.map {
      Finding(
        call: $0.call, code: $0.code, severity: $0.severity, with: $0.with,
        profiles: $0.isDocumentedOnly ? ["doc"] : ["doc", "observed"])
    }
    calls = try TraceText(scenario.text).events.map { event in
      let function = TraceText.functions[event.function]
      var call = Call(
        number: event.number, thread: event.thread, function: (function?.name ?? "") + event.variant.suffix,
        tail: event.tail, result: event.isInFlight ? nil : event.result)
      for (index, field) in (function?.fields ?? []).enumerated() where index < event.arguments.count {
        call.arguments[field.role.rawValue] = event.arguments[index]
      }
      return call
    }
  }
}
