package import CutapeEmulator
package import CutapeReplay
package import CutapeRules
package import CutapeTrace
import Foundation

/// A case of the corpus: prose, a trace, and the findings that it must give, no more and no fewer.
///
/// A file is Markdown. Each `## heading` names a scenario and labels it (see ``Label``). It has a block ```` ```trace ````
/// and a block ```` ```findings ````, one finding a line:
///
///     #7 CT401 error with #5
///     #9 CT206 warning doc        # under the documented profile only
///
/// An empty block expects none. Words behind `trace` set what the check assumes: `kernels=write`, `lost=2`, `late`, `cut`,
/// `blocking` (launches wait for their kernels).
/// Findings that are only worth knowing are hidden, as `check` hides them, but for codes that the scenario names: in
/// its findings, or with `info=CT209` where none is expected.
package struct Scenario: Sendable, CustomStringConvertible {
  package var name: String
  /// The file and the line of its heading.
  package var place = ""
  package var label = Label.positive
  package var text: String
  package var expected: [Expected]
  package var kernels = KernelModel.may
  package var completeness = Completeness()
  package var launchesBlock = false
  /// The codes of which findings that are only worth knowing count too.
  package var shown: Set<String> = []

  package var description: String { name }

  package init(name: String, text: String, expected: [Expected] = [], shown: Set<String> = []) {
    self.name = name
    self.text = text
    self.expected = expected
    self.shown = shown
  }

  package struct Expected: Sendable, Hashable, CustomStringConvertible {
    package var call: Int
    package var code: String
    package var severity: String
    /// The other call, where the scenario says it.
    package var with: Int?
    /// Whether it is expected of the documented profile alone.
    package var isDocumentedOnly: Bool

    package var description: String {
      "#\(call) \(code) \(severity)\(with.map { " with #\($0)" } ?? "")\(isDocumentedOnly ? " doc" : "")"
    }
  }

  /// The scenarios of the Markdown file at `path`.
  package static func read(_ path: String) throws -> [Scenario] {
    let file = path.split(separator: "/").last.map { String($0.dropLast(3)) } ?? path
    let rule = Corpus.rule(named: file)
    var scenarios: [Scenario] = []
    var heading = ""
    var place = ""
    var fence: String?
    var block: [String] = []
    let lines = try String(contentsOfFile: path, encoding: .utf8).components(separatedBy: "\n")
    for (index, line) in lines.enumerated() {
      if let open = fence {
        guard line.hasPrefix("```") else {
          block.append(line)
          continue
        }
        fence = nil
        if open.hasPrefix("trace") {
          var scenario = Scenario(
            name: "\(file): \(heading)", text: block.joined(separator: "\n"), expected: [])
          scenario.place = place
          scenario.label = Label(heading, rule: rule)
          for option in open.split(separator: " ").dropFirst() { try scenario.set(String(option)) }
          scenarios.append(scenario)
        } else if open == "findings", !scenarios.isEmpty {
          scenarios[scenarios.count - 1].expected = try block.compactMap(expected)
        }
        block = []
      } else if line.hasPrefix("```") {
        fence = String(line.dropFirst(3)).trimming()
      } else if line.hasPrefix("## ") {
        heading = String(line.dropFirst(3))
        place = "\(file).md:\(index + 1)"
      }
    }
    return scenarios
  }

  private mutating func set(_ option: String) throws {
    if option.hasPrefix("info=") {
      shown.insert(String(option.dropFirst(5)))
      return
    }
    switch option {
    case "kernels=write": kernels = .write
    case "late": completeness.isFromStart = false
    case "cut": completeness.isToEnd = false
    case "blocking": launchesBlock = true
    default:
      guard option.hasPrefix("lost="), let lost = Int(option.dropFirst(5)) else {
        throw TraceText.Mistake(line: option, reason: "unknown option")
      }
      completeness.lost = lost
    }
  }

  private static func expected(_ line: String) throws -> Expected? {
    let words = line.split(separator: " ").map(String.init)
    guard let first = words.first else { return nil }
    guard first.hasPrefix("#"), let call = Int(first.dropFirst()), words.count >= 3 else {
      throw TraceText.Mistake(line: line, reason: "not a finding")
    }
    let with = words.firstIndex(of: "with").flatMap { Int(words[$0 + 1].dropFirst()) }
    return Expected(
      call: call, code: words[1], severity: words[2], with: with, isDocumentedOnly: words.last == "doc")
  }

  /// What the rules find in the trace, in the form of expectations.
  package func found(_ profile: Profile) throws -> [Expected] {
    let shown = shown.union(expected.map(\.code))
    return try check(profile).findings.filter { $0.severity > .info || shown.contains($0.code) }.map {
      Expected(
        call: $0.call.number, code: $0.code, severity: $0.severity.rawValue, with: $0.related.first?.number,
        isDocumentedOnly: $0.isDocumentedOnly)
    }
  }

  package func check(_ profile: Profile) throws -> Checker.Outcome {
    check(try TraceText(text).events, profile)
  }

  /// Checks `events` as this scenario's trace.
  package func check(_ events: some Sequence<Event>, _ profile: Profile) -> Checker.Outcome {
    var checker = Checker(
      functions: TraceText.functions, completeness: completeness,
      options: Checker.Options(profile: profile, kernels: kernels, launchesBlock: launchesBlock))
    for event in events { checker.check(event) }
    return checker.finish()
  }
}
