import CutapeRules
import CutapeTrace
import Testing

@testable import CutapeReport

struct CountTests {
  @Test("Numbers of one are singular")
  func singular() {
    #expect(count(1, "error") == "1 error")
    #expect(count(2, "error") == "2 errors")
    #expect(count(0, "strided access", "strided accesses") == "0 strided accesses")
  }
}
