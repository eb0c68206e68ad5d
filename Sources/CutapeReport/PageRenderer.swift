package import CutapeRules

/// The page of a rule as text: what `cutape explain` prints.
package struct PageRenderer {
  /// Columns of a line.
  private static let width = 100

  package init() {}

  package func text(of page: RulePage) -> String {
    """
    \(page.code) \(page.name) (\(page.severity.rawValue))

    \(wrapped(page.what))

    Why it matters
    \(indented(wrapped(page.why, width: Self.width - 4)))

    Example
    \(indented(page.example))

    Instead
    \(indented(page.instead))

    Reference: \(page.reference)
    Since: \(page.since)
    """
  }

  /// The line of the catalogue: code, severity, name, condition.
  package func line(of page: RulePage) -> String {
    "\(page.code)  \(page.severity.rawValue.padded(7))  \(page.name.padded(26))  \(page.summary)"
  }

  private func indented(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { "    \($0)".trimmed }.joined(
      separator: "\n")
  }

  private func wrapped(_ text: String, width: Int = PageRenderer.width) -> String {
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ") {
      if !line.isEmpty, line.count + 1 + word.count > width {
        lines.append(line)
        line = String(word)
      } else {
        line += (line.isEmpty ? "" : " ") + word
      }
    }
    return (lines + [line]).joined(separator: "\n")
  }
}
