/// Strings in the words of a tail.

import CutapeTrace
import Testing

@Suite("Tail")
struct TailTests {
  @Test(
    "a string goes to words and back", arguments: ["", "a", "1234567", "12345678", "123456789", "größer"])
  func text(text: String) {
    #expect([UInt64](text: text).text(byteCount: text.utf8.count) == text)
  }

  @Test("a length that the words do not have gives what is there")
  func length() {
    #expect([UInt64](text: "12345678").text(byteCount: 100) == "12345678")
    #expect([UInt64](text: "12345678").text(byteCount: -1) == "")
  }
}
