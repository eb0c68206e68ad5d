import ArgumentParser
import CutapeReport
import CutapeRules

/// `cutape rules`: the catalogue.
struct Rules: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Lists the rules: code, worst severity, name, condition.",
    discussion: "Example: cutape rules")

  func run() throws {
    var output = StandardOutput()
    for rule in Catalogue.rules { try output.line(PageRenderer().line(of: rule.page)) }
    try output.flush()
  }
}
