import ArgumentParser
import CutapeEmulator
import CutapeReplay
import CutapeReport
import CutapeRules
import CutapeStore
import CutapeTrace
import Foundation

/// `cutape check`: judges a trace.
struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Says what was undefined in a recorded run.",
    discussion: """
      Exits with 1 when there are findings at or above --fail-on, else with 0.

      Example: cutape check run.cutape --kernels write --format concise
      """)

  enum Format: String, CaseIterable, ExpressibleByArgument { case full, concise, json }
  enum FailOn: String, CaseIterable, ExpressibleByArgument { case error, warning, never }

  @Argument(help: "The trace.")
  var trace: String

  @Option(help: "Which promises hold: those of the documentation, or what hardware is known to do.")
  var profile: Profile = .doc

  @Option(help: "What kernels do with their pointers: they may write, or count as writing.")
  var kernels: KernelModel = .may

  @Option(help: ArgumentHelp("The mildest findings to show.", valueName: "severity"))
  var minSeverity: Severity = .perf

  @Option(help: ArgumentHelp("Only these rules.", valueName: "code,..."), transform: Self.codes)
  var only: Set<String> = []

  @Option(help: ArgumentHelp("Not these rules.", valueName: "code,..."), transform: Self.codes)
  var ignore: Set<String> = []

  @Option(help: "The mildest findings that make the exit status 1.")
  var failOn: FailOn = .error

  @Option(help: "How to print.")
  var format: Format = .full

  /// The codes in a list; a code that no rule has is a mistake that must not hide findings.
  private static func codes(_ list: String) throws -> Set<String> {
    Set(
      try list.split(separator: ",").map { name in
        guard let rule = Catalogue.rule(String(name)) else {
          throw ValidationError("there is no rule '\(name)'")
        }
        return rule.page.code
      })
  }

  func run() throws {
    let reader = try TraceReader(trace)
    var checker = Checker(
      functions: reader.trace.functions,
      completeness: CutapeReplay.Completeness(lost: reader.trace.lost, isFromStart: reader.trace.isFromStart),
      options: Checker.Options(profile: profile, kernels: kernels, only: only, ignored: ignore))
    try reader.forEachEvent { checker.check($0) }
    let outcome = checker.finish()
    let shown = outcome.findings.filter { $0.severity >= minSeverity }
    let renderer = renderer(reader.trace)
    var output = StandardOutput()
    for finding in shown { try output.line(renderer.text(of: finding)) }
    try output.line(renderer.text(of: outcome.summary, findings: Counts(shown)))
    try output.flush()
    if reader.metadata.state == .recording {
      FileHandle.standardError.write(Data("cutape: note: the recording was not finished\n".utf8))
    }
    let counts = Counts(outcome.findings)
    let isFailure =
      switch failOn {
      case .error: counts[.error] > 0
      case .warning: counts[.error] + counts[.warning] > 0
      case .never: false
      }
    if isFailure { throw ExitCode(1) }
  }

  private func renderer(_ trace: Trace) -> any Renderer {
    let name = self.trace.split(separator: "/").last.map(String.init) ?? self.trace
    let context = ReportContext(traceName: name, trace: trace, profile: profile.rawValue)
    return switch format {
    case .full: FullRenderer(context: context, isColored: Self.isColored)
    case .concise: ConciseRenderer(context: context, isColored: Self.isColored)
    case .json: JsonRenderer(context: context)
    }
  }

  /// Colours are for terminals, and never with `NO_COLOR`.
  private static var isColored: Bool {
    let environment = ProcessInfo.processInfo.environment
    return isatty(STDOUT_FILENO) == 1 && (environment["NO_COLOR"] ?? "").isEmpty
      && environment["TERM"] != "dumb"
  }
}

extension Profile: ExpressibleByArgument {}
extension KernelModel: ExpressibleByArgument {}
extension Severity: ExpressibleByArgument {}
