import CutapeRules

/// What a case of the corpus is there to show.
///
/// The heading of a case says it, before a colon: `Fixed`, `Near miss`, `Not judged`, and the rule where it is not that
/// of the file: `Near miss of CT401`. A case whose heading says nothing is positive, and has findings.
package struct Label: Sendable, Hashable {
  package enum Kind: String, Sendable, Hashable, Codable {
    /// It has findings.
    case positive
    /// The positive case before it, mended.
    case fixed
    /// It looks like the mistake, and is none.
    case nearMiss = "near miss"
    /// Something is missing that a judgement needs, so there is none.
    case notJudged = "not judged"
  }

  package var kind: Kind
  /// The code of the rule that the case is about; nil where its findings say it.
  package var rule: String?

  /// Reads `heading`, in a file about the rule `rule`.
  init(_ heading: String, rule: String?) {
    let words = heading.prefix { $0 != ":" }
    let kinds: [(String, Kind)] = [("Fixed", .fixed), ("Near miss", .nearMiss), ("Not judged", .notJudged)]
    guard heading.contains(": "), let kind = kinds.first(where: { words.hasPrefix($0.0) })?.1 else {
      self = Label(kind: .positive, rule: nil)
      return
    }
    let own = words.split(separator: " ").last.flatMap { $0.hasPrefix("CT") ? String($0) : nil }
    self = Label(kind: kind, rule: own ?? rule)
  }

  private init(kind: Kind, rule: String?) {
    self.kind = kind
    self.rule = rule
  }

  /// The label of a case that has findings, or of a text outside of the corpus.
  static let positive = Label(kind: .positive, rule: nil)
}
