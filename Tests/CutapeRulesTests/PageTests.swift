import CutapeEmulator
import CutapeRules
import CutapeTestSupport
import Testing

/// The pages of the rules: their examples are programs, and do what the pages say.
struct PageTests {
  static let pages: [RulePage] = Catalogue.rules.map { $0.page }

  @Test("Codes and names are unique, and in order")
  func unique() {
    let codes = Self.pages.map(\.code)
    #expect(codes == codes.sorted())
    #expect(Set(codes).count == codes.count)
    #expect(Set(Self.pages.map(\.name)).count == codes.count)
  }

  @Test("The example gives this rule and nothing else", arguments: pages)
  func example(_ page: RulePage) throws {
    let found = try Scenario(name: page.code, text: page.example, shown: [page.code]).found(.doc)
    #expect(found.map(\.code) == [page.code], "\(found)")
  }

  @Test("What to do instead gives nothing", arguments: pages)
  func instead(_ page: RulePage) throws {
    let found = try Scenario(name: page.code, text: page.instead, shown: [page.code]).found(.doc)
    #expect(found.isEmpty, "\(found)")
  }

  @Test("Pages say what, why, and where it is written", arguments: pages)
  func complete(_ page: RulePage) {
    for text in [page.summary, page.what, page.why, page.reference, page.since] { #expect(!text.isEmpty) }
    #expect(page.summary.first?.isUppercase == false)
    #expect(page.summary.last != ".")
  }
}

extension RulePage: CustomTestStringConvertible {
  public var testDescription: String { code }
}
