/// Demangled C++ names, as short as people say them.

private import CElfutils
private import Glibc

package enum FunctionName {
  /// `name` as in the source, without parameters, when it is a mangled C++ name.
  static func readable(_ name: UnsafePointer<CChar>) -> String {
    var status: Int32 = 0
    guard let plain = __cxa_demangle(name, nil, nil, &status) else { return String(cString: name) }
    defer { free(plain) }
    return short(String(cString: plain))
  }

  /// `name` without its parameters and the return type that functions made from templates have: `Loader::fetch` for
  /// `Loader::fetch(int) const`, `copy<char>` for `void copy<char>(char*)`.
  package static func short(_ name: String) -> String {
    withoutReturnType(withoutParameters(name))
  }

  private static func withoutParameters(_ name: String) -> String {
    guard let close = name.lastIndex(of: ")") else { return name }
    var depth = 0
    var index = close
    while true {
      if name[index] == ")" { depth += 1 }
      if name[index] == "(" { depth -= 1 }
      if depth == 0 { break }
      guard index > name.startIndex else { return name }
      index = name.index(before: index)
    }
    let isNamespace = name[index...].hasPrefix("(anonymous namespace)")
    return isNamespace || index == name.startIndex ? name : String(name[..<index])
  }

  /// The part behind the last space that no bracket encloses. The name of an operator may have such a space itself.
  private static func withoutReturnType(_ name: String) -> String {
    if name.contains("operator") { return name }
    var depth = 0
    for index in name.indices.reversed() {
      switch name[index] {
      case ">", ")", "}", "]": depth += 1
      case "<", "(", "{", "[": depth -= 1
      case " " where depth == 0: return String(name[name.index(after: index)...])
      default: break
      }
    }
    return name
  }
}
