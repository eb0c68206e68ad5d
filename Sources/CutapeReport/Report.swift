import CutapeEmulator
package import CutapeRules
package import CutapeTrace

/// What every renderer needs to know beside the findings.
package struct ReportContext: Sendable {
  /// What the trace is called in messages: the last part of its path.
  package var traceName: String
  package var threads: [RecordedThread]
  package var sites: [Int: CallSite]
  package var stacks: StackTable
  /// The profile of the check: `doc` or `observed`.
  package var profile: String

  package init(traceName: String, trace: Trace, profile: String) {
    self.traceName = traceName
    threads = trace.threads
    sites = trace.sites
    stacks = trace.stacks
    self.profile = profile
  }

  /// `thread T4 "io"`.
  func thread(_ number: Int) -> String {
    let name = threads.first { $0.number == number }?.name ?? ""
    return name.isEmpty ? "thread T\(number)" : "thread T\(number) \"\(printable(name))\""
  }

  /// `run.cutape#1287, thread T4 "io", loader.cpp:88 in Loader::fetch`
  func place(of call: Finding.Call) -> String {
    "\(printable(traceName))#\(call.number), \(origin(of: call))"
  }

  /// `#1287, thread T4 "io", loader.cpp:88 in Loader::fetch`
  func reference(to call: Finding.Call) -> String {
    call.thread > 0 ? "#\(call.number), \(origin(of: call))" : "#\(call.number)"
  }

  /// `thread T4 "io", loader.cpp:88 in Loader::fetch`
  func origin(of call: Finding.Call) -> String {
    let site = sites[call.site].map { ", \(printable($0.description))" } ?? ""
    return thread(call.thread) + site
  }
}

/// A form of output: one renderer for each, over the same findings.
package protocol Renderer {
  func text(of finding: Finding) -> String
  /// The last lines: what was found, and what could not be judged.
  func text(of summary: Summary, findings: Counts) -> String
}

/// How many findings of each severity there are; folded ones count as often as they were found.
package struct Counts: Sendable, Hashable {
  private var counts: [Severity: Int] = [:]

  package init(_ findings: [Finding]) {
    for finding in findings { counts[finding.severity, default: 0] += finding.count }
  }

  package subscript(severity: Severity) -> Int { counts[severity] ?? 0 }
}

extension Summary {
  /// What is missing from the trace or was not judged, one clause each.
  package var limits: [String] {
    var lines = missed
    if lost > 0 {
      lines.append("\(count(lost, "record")) lost: order, lifetime and initialisation are not judged")
    }
    if !isFromStart {
      lines.append("the recording began late: memory of before it is not judged")
    }
    if !isToEnd {
      lines.append("the recording did not see the end: what came after it is not judged")
    }
    if unsupported > 0 {
      lines.append(
        "\(count(unsupported, "call")) of functions that are not modelled: what they did is not judged")
    }
    if forgotten > 0 {
      lines.append(
        "\(count(forgotten, "strided access", "strided accesses")) dropped: findings may be missing")
    }
    return lines
  }
}

extension Finding {
  /// ` (and 3 more at the same places)` of a folded finding, else nothing.
  var repeats: String { count > 1 ? " (and \(count - 1) more at the same places)" : "" }

  /// The memory that the finding is about, each stretch once.
  var memory: [Memory] {
    var seen: Set<String> = []
    return ((picture.map { [$0.title] } ?? []) + allocations).filter { seen.insert($0.name).inserted }
  }
}

extension Finding.Memory {
  private var isRegistered: Bool { kind == MemoryObject.Kind.registered.rawValue }
  /// What the call did that made it.
  var arrival: String { isRegistered ? "registered" : "allocated" }
  /// What the call did that took it away.
  var departure: String { isRegistered ? "unregistered" : "freed" }
}

/// `1 error`, `2 errors`
func count(_ number: Int, _ singular: String, _ plural: String? = nil) -> String {
  "\(number) \(number == 1 ? singular : plural ?? singular + "s")"
}

/// Names come from the recorded program: what could steer a terminal is replaced.
func printable(_ text: String) -> String {
  String(
    String.UnicodeScalarView(
      text.unicodeScalars.map { scalar in
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: "?"
        default: scalar
        }
      }))
}
