import CutapeRules
import Foundation

/// The files of Tests/Corpus, which its README describes, and the account of what the check makes of them.
package enum Corpus {
  /// The paths of the files of scenarios: those of Rules are named as the type of their rule, those of Themes as what
  /// they are about.
  package static let files: [String] = {
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    return ["Rules", "Themes"].flatMap { folder in
      let place = tests.appending(path: "Corpus/\(folder)").path
      let names = (try? FileManager.default.contentsOfDirectory(atPath: place)) ?? []
      return names.filter { $0.hasSuffix(".md") }.sorted().map { "\(place)/\($0)" }
    }
  }()

  /// The code of the rule whose type is named `name`; nil when there is none.
  package static func rule(named name: String) -> String? {
    Catalogue.rules.first { "\($0)" == name }?.page.code
  }

  /// What the check made of one case under one profile: the codes of the findings.
  package struct Judgement: Encodable {
    /// `trace` or `program`.
    package var form: String
    package var name: String
    package var label: String
    /// The rule that the case is about, where it is not the findings that say it.
    package var rule: String?
    package var profile: String
    /// Expected, and found where it was expected.
    package var right: [String] = []
    package var missed: [String] = []
    /// Found, and not expected.
    package var wrong: [String] = []

    package init(form: String, name: String, label: String, rule: String?, profile: String) {
      self.form = form
      self.name = name
      self.label = label
      self.rule = rule
      self.profile = profile
    }

    /// Compares what was found with what was expected; each finding answers one expectation.
    package mutating func compare<Expected, Found>(
      _ expected: [Expected], _ found: [Found], code: (Expected) -> String, codeFound: (Found) -> String,
      matches: (Expected, Found) -> Bool
    ) {
      var open = expected
      for finding in found {
        if let index = open.firstIndex(where: { matches($0, finding) }) {
          right.append(code(open.remove(at: index)))
        } else {
          wrong.append(codeFound(finding))
        }
      }
      missed = open.map(code)
    }
  }

  /// Adds `judgement` to the account of this run of the tests, where one is kept: in the file that CUTAPE_CORPUS names.
  /// `tools/test corpus` makes its table of it.
  package static func account(_ judgement: Judgement) throws {
    try add(judgement, toFileIn: "CUTAPE_CORPUS")
  }

  /// Adds a case to the corpus as other programs read it, where that is wanted: in the file that CUTAPE_CASES names.
  package static func publish(_ item: CorpusCase) throws { try add(item, toFileIn: "CUTAPE_CASES") }

  /// Adds a line of JSON to the file that an environment variable names.
  private static func add(_ value: some Encodable, toFileIn variable: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var line = try encoder.encode(value)
    guard let path = ProcessInfo.processInfo.environment[variable] else { return }
    line.append(0x0a)
    // Tests run at the same time: each line is one append.
    guard let file = fopen(path, "a") else { throw CocoaError(.fileWriteUnknown) }
    defer { fclose(file) }
    line.withUnsafeBytes { bytes in _ = fwrite(bytes.baseAddress, 1, bytes.count, file) }
  }
}
