import CutapeRecorder
import Testing

@Suite("Function names")
struct FunctionNameTests {
  @Test(
    "lose their parameters",
    arguments: [
      ("main", "main"), ("Loader::fetch(int) const", "Loader::fetch"), ("f(void (*)(int))", "f"),
      ("(anonymous namespace)::copy(int)", "(anonymous namespace)::copy"),
      ("(anonymous namespace)", "(anonymous namespace)"), ("Less::operator()(int, int)", "Less::operator()"),
      ("std::function<void (int)>::swap(int)", "std::function<void (int)>::swap"), (")", ")"),
    ])
  func withoutParameters(name: String, expected: String) {
    #expect(FunctionName.withoutParameters(name) == expected)
  }
}
