import CutapeEmulator
import CutapeRules
import CutapeTestSupport
import Testing

/// The literate scenarios of Tests/Corpus: racy programs beside their mended twins and near misses.
struct ScenarioTests {
  static let all: [Scenario] = Corpus.files.flatMap { file in
    do { return try Scenario.read(file) } catch {
      Issue.record("\(file): \(error)")
      return []
    }
  }

  @Test("Every rule has a file of its own, in which it is found", arguments: Catalogue.rules.map { "\($0)" })
  func mirrored(_ rule: String) throws {
    let code = try #require(Catalogue.rules.first { "\($0)" == rule }).page.code
    let own = Self.all.filter { $0.name.hasPrefix("\(rule): ") }
    #expect(own.contains { $0.expected.contains { $0.code == code } })
  }

  @Test("A scenario gives exactly the findings that it names", arguments: all, Profile.allCases)
  func judged(_ scenario: Scenario, _ profile: Profile) throws {
    var found = try scenario.found(profile)
    let expected = scenario.expected.filter { profile == .doc || !$0.isDocumentedOnly }
    for index in found.indices where index < expected.count && expected[index].with == nil {
      found[index].with = nil
    }
    var judgement = Corpus.Judgement(
      form: "trace", name: scenario.name, label: scenario.label.kind.rawValue, rule: scenario.label.rule,
      profile: profile.rawValue)
    judgement.compare(expected, found, code: \.code, codeFound: \.code, matches: ==)
    try Corpus.account(judgement)
    #expect(found == expected)
  }
}
