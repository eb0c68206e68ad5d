import ArgumentParser
import CutapeReport
import CutapeRules

/// `cutape explain`: the page of a rule.
struct Explain: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Explains a rule: what it finds, why it matters, what to do instead.",
    discussion: "Example: cutape explain CT401")

  @Argument(help: ArgumentHelp("The code or the name of a rule.", valueName: "code"))
  var rule: String

  func run() throws {
    guard let rule = Catalogue.rule(rule) else {
      throw Failure(message: "there is no rule '\(rule)': `cutape rules` lists them")
    }
    var output = StandardOutput()
    try output.line(PageRenderer().text(of: rule.page))
    try output.flush()
  }
}
