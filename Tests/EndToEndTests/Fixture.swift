import Foundation
import Testing

/// One program of Tests/Fixtures, with what its head says of it. The keys are described in Tests/Fixtures/README.md.
struct Fixture: Sendable, CustomTestStringConvertible {
  /// A finding that must be there.
  struct Expectation: Sendable, Hashable {
    var code: String
    var severity: String
    /// The source line of the call.
    var line: Int
    /// The source line of the earlier call, where the head names one.
    var after: Int?
    /// Whether it is found under the documented profile alone.
    var isDocumentedOnly: Bool
  }

  /// The name of the built program.
  var name: String
  /// What the program is in the corpus: `positive`, `fixed`, `near miss` or `clean`; and the rule, where it is not its
  /// findings that say it.
  var label: String
  var rule: String?
  var recordOptions: [String]
  var checkOptions: [String]
  var findings: [Expectation]
  var output: String
  /// As `Outcome.status`.
  var status: Int32

  var testDescription: String { name }

  /// Every program, twins included, in the order of their names.
  static let all: [Fixture] = {
    let folder = Installation.repository.appending(path: "Tests/Fixtures")
    let files =
      (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
    return files.filter { ["c", "cu"].contains($0.pathExtension) }
      .sorted { $0.lastPathComponent < $1.lastPathComponent }
      .flatMap { programs(of: $0) }
      .filter { Installation.canWatch || !$0.recordOptions.contains("--watch-host") }
  }()

  private static func programs(of source: URL) -> [Fixture] {
    guard let text = try? String(contentsOf: source, encoding: .utf8) else {
      fatalError("cannot read \(source.path)")
    }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let head = lines.prefix { $0.hasPrefix("//") }.map { $0.dropFirst(2).drop { $0 == " " } }
    func values(_ key: String) -> [String] {
      head.filter { $0.hasPrefix("\(key): ") }.map { String($0.dropFirst(key.count + 2)) }
    }
    var marks: [Substring: Int] = [:]
    for (index, line) in lines.enumerated() {
      if let mark = line.firstRange(of: "// @") { marks[line[mark.upperBound...]] = index + 1 }
    }
    func words(_ key: String) -> [String] {
      values(key).flatMap { $0.split(separator: " ").map(String.init) }
    }
    func expectations(_ key: String) -> [Expectation] {
      let found = values(key)
      guard !found.isEmpty else { fatalError("\(source.path) does not say what it \(key)") }
      return found == ["nothing"] ? [] : found.map { expectation($0, marks: marks, source: source) }
    }
    let name = source.deletingPathExtension().lastPathComponent
    let status = values("exit").first.flatMap { text in
      text.hasPrefix("signal ") ? Int32(text.dropFirst(7)).map { 128 + $0 } : Int32(text)
    }
    func program(_ name: String, label: String, rule: String?, finds key: String, prints: String) -> Fixture {
      Fixture(
        name: name, label: label, rule: rule,
        recordOptions: words("record"), checkOptions: words("check"),
        findings: expectations(key),
        output: (values("prints") + values(prints)).map { $0 + "\n" }.joined(), status: status ?? 0)
    }
    let near = values("near").first
    var racy = program(
      name, label: near == nil ? "positive" : "near miss", rule: near, finds: "finds", prints: "racy-prints")
    if racy.findings.isEmpty, near == nil { racy.label = "clean" }
    guard values("twin") == ["fixed"] else { return [racy] }
    let mended = program(
      "\(name)-fixed", label: "fixed", rule: racy.findings.first?.code, finds: "fixed", prints: "fixed-prints"
    )
    return [racy, mended]
  }

  /// `CODE severity at MARK [after MARK] [doc]`
  private static func expectation(_ text: String, marks: [Substring: Int], source: URL) -> Expectation {
    var words = text.split(separator: " ")
    let isDocumentedOnly = words.last == "doc"
    if isDocumentedOnly { words.removeLast() }
    guard words.count == 4 || words.count == 6, words[2] == "at", let line = marks[words[3]] else {
      fatalError("\(source.path): cannot read '\(text)'")
    }
    return Expectation(
      code: String(words[0]), severity: String(words[1]), line: line,
      after: words.count == 6 ? marks[words[5]] : nil, isDocumentedOnly: isDocumentedOnly)
  }
}
