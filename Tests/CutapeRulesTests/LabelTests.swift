import CutapeRules
import CutapeTestSupport
import Testing

/// The labels of the corpus say what its cases are, and every rule has each kind of case.
struct LabelTests {
  /// Rules of which a kind of case cannot honestly be had.
  static let exceptions: [String: Set<Label.Kind>] = [:]

  @Test("A case is labelled, and gives what its label says", arguments: ScenarioTests.all)
  func consistent(_ scenario: Scenario) {
    let codes = Set(scenario.expected.map(\.code))
    if scenario.label.kind == .positive {
      #expect(
        !codes.isEmpty, "\(scenario.place): without findings it is 'Fixed:', 'Near miss:' or 'Not judged:'")
    } else if let rule = scenario.label.rule {
      #expect(
        !codes.contains(rule), "\(scenario.place): \(scenario.label.kind.rawValue), and has the finding")
    } else {
      Issue.record("\(scenario.place): say of which rule: '... of CT401: ...'")
    }
  }

  @Test("The corpus can be read by other programs")
  func published() throws {
    for scenario in ScenarioTests.all { try Corpus.publish(CorpusCase(scenario)) }
  }

  @Test("What is fixed comes after what is broken")
  func twins() {
    var broken: [Substring: Set<String>] = [:]
    for scenario in ScenarioTests.all {
      let file = scenario.place.prefix { $0 != ":" }
      if scenario.label.kind == .fixed, let rule = scenario.label.rule {
        #expect(broken[file]?.contains(rule) == true, "\(scenario.place): no case before it has \(rule)")
      }
      broken[file, default: []].formUnion(scenario.expected.map(\.code))
    }
  }

  @Test(
    "A rule has a positive case, its fixed twin, and a near miss",
    arguments: Catalogue.rules.map { $0.page.code })
  func complete(_ code: String) {
    var kinds = Self.exceptions[code] ?? []
    for scenario in ScenarioTests.all {
      if scenario.expected.contains(where: { $0.code == code }) { kinds.insert(.positive) }
      if scenario.label.rule == code { kinds.insert(scenario.label.kind) }
    }
    let missing = Set([Label.Kind.positive, .fixed, .nearMiss]).subtracting(kinds).map(\.rawValue).sorted()
    #expect(missing.isEmpty, "\(code) has no case that is \(missing.joined(separator: ", none that is "))")
  }
}
