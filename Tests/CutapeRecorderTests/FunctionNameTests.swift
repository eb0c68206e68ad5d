import CutapeRecorder
import Testing

@Suite("Function names")
struct FunctionNameTests {
  @Test(
    "lose their parameters and return types",
    arguments: [
      ("main", "main"), ("Loader::fetch(int) const", "Loader::fetch"), ("f(void (*)(int))", "f"),
      ("(anonymous namespace)::copy(int)", "(anonymous namespace)::copy"),
      ("(anonymous namespace)", "(anonymous namespace)"), ("Less::operator()(int, int)", "Less::operator()"),
      ("std::function<void (int)>::swap(int)", "std::function<void (int)>::swap"), (")", ")"),
      ("void copy<char>(char*, char*, int)", "copy<char>"),
      ("std::pair<int, int> a::b<c d>(int)", "a::b<c d>"),
      ("main::{lambda(int)#1}::operator()(int) const", "main::{lambda(int)#1}::operator()"),
      ("A::operator bool() const", "A::operator bool"), ("operator new(unsigned long)", "operator new"),
    ])
  func short(name: String, expected: String) {
    #expect(FunctionName.short(name) == expected)
  }
}
