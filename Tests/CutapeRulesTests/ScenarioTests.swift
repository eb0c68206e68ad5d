import CutapeEmulator
import CutapeTestSupport
import Foundation
import Testing

/// The literate scenarios in Scenarios/: racy programs beside their mended twins and near misses.
struct ScenarioTests {
  static let all: [Scenario] = {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Scenarios")
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return files.filter { $0.hasSuffix(".md") }.sorted().flatMap { file in
      do { return try Scenario.read(folder.appending(path: file).path) } catch {
        Issue.record("\(file): \(error)")
        return []
      }
    }
  }()

  @Test("There are scenarios") func count() { #expect(Self.all.count > 60) }

  @Test("A scenario gives exactly the findings that it names", arguments: all, Profile.allCases)
  func judged(_ scenario: Scenario, _ profile: Profile) throws {
    var found = try scenario.found(profile)
    let expected = scenario.expected.filter { profile == .doc || !$0.isDocumentedOnly }
    for index in found.indices where index < expected.count && expected[index].with == nil {
      found[index].with = nil
    }
    #expect(found == expected)
  }
}
