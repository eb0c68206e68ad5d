import ArgumentParser
import CutapeEmulator
import CutapeRecorder
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

      A baseline is a file of findings that are known: they are not shown and do not count. What a check prints as \
      json is one. Lines can be written by hand too, each the key of a finding; what follows # is a remark. The key \
      of a finding stays the same from run to run, and when the source is edited elsewhere.

      Example: cutape check run.cutape --kernels write --format concise
      Example: cutape check run.cutape --format json > known.jsonl
               cutape check other.cutape --baseline known.jsonl
      """)

  enum Format: String, CaseIterable, ExpressibleByArgument { case full, concise, json, sarif, github }
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

  @Option(help: ArgumentHelp("A file of known findings.", valueName: "file"))
  var baseline: String?

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
    let baseline = try self.baseline.map(Baseline.init(path:))
    let reader = try TraceReader(trace)
    var checker = Checker(
      functions: reader.trace.functions,
      completeness: CutapeReplay.Completeness(
        lost: reader.trace.lost, isFromStart: reader.trace.isFromStart, isToEnd: reader.metadata.isToEnd),
      options: Checker.Options(
        profile: profile, kernels: kernels, only: only, ignored: ignore,
        launchesBlock: reader.metadata.launchesBlock))
    // What may have been missed shows in the calls of the driver, or in that there are no calls.
    var seen = CallCounts()
    try reader.forEachEvent { event in
      checker.check(event)
      let function = reader.trace.functions[event.function]
      if seen.all == 0 || function?.isDriver == true { seen.add(event, function) }
    }
    var outcome = checker.finish()
    outcome.summary.missed = CoverageSummary(reader, seen).warnings
    outcome.findings = FindingKeys(reader.trace).keyed(outcome.findings)
    let (new, known) = baseline?.split(outcome.findings) ?? (outcome.findings, [])
    outcome.summary.known = known.count
    let shown = new.filter { $0.severity >= minSeverity }
    var output = StandardOutput()
    if let renderer = renderer(reader.trace) {
      for finding in shown { try output.line(renderer.text(of: finding)) }
      try output.line(renderer.text(of: outcome.summary, findings: Counts(shown)))
    } else {
      let document = SarifDocument(context: context(reader.trace), version: cutapeVersion)
      try output.line(
        document.text(new: shown, known: baseline.map { _ in known }, summary: outcome.summary))
    }
    try output.flush()
    baseline?.printUnmatched(by: outcome.findings) { isChecked($0) }
    let counts = Counts(new)
    let isFailure =
      switch failOn {
      case .error: counts[.error] > 0
      case .warning: counts[.error] + counts[.warning] > 0
      case .never: false
      }
    if isFailure { throw ExitCode(1) }
  }

  /// Whether the rule with `code` was asked.
  private func isChecked(_ code: String) -> Bool {
    (only.isEmpty || only.contains(code)) && !ignore.contains(code)
  }

  private func context(_ trace: Trace) -> ReportContext {
    let name = self.trace.split(separator: "/").last.map(String.init) ?? self.trace
    return ReportContext(traceName: name, trace: trace, profile: profile.rawValue)
  }

  /// What prints finding by finding; nil for a form that is one document.
  private func renderer(_ trace: Trace) -> (any Renderer)? {
    let context = context(trace)
    return switch format {
    case .full: FullRenderer(context: context, isColored: Self.isColored)
    case .concise: ConciseRenderer(context: context, isColored: Self.isColored)
    case .json: JsonRenderer(context: context)
    case .github: GithubRenderer(context: context)
    case .sarif: nil
    }
  }

  /// Colours are for terminals, and never with `NO_COLOR`.
  private static var isColored: Bool {
    let environment = ProcessInfo.processInfo.environment
    return isatty(STDOUT_FILENO) == 1 && (environment["NO_COLOR"] ?? "").isEmpty
      && environment["TERM"] != "dumb"
  }
}

extension Baseline {
  /// How many entries that match nothing are named.
  private static let named = 8

  /// Reads the file at `path`.
  fileprivate init(path: String) throws {
    let file: [UInt8]
    do { file = try Array(Data(contentsOf: URL(filePath: path))) } catch {
      let reason = (error as? CocoaError)?.code == .fileReadNoSuchFile ? ": there is no such file" : ""
      throw Failure(message: "cannot read the baseline '\(path.escaped)'\(reason)")
    }
    do { try self.init(file) } catch {
      throw Failure(message: "'\(path.escaped)' is no baseline: \(error)")
    }
  }

  /// Names the entries on standard error that no finding has the key of, of the rules that were asked.
  fileprivate func printUnmatched(by findings: [Finding], where isChecked: (String) -> Bool) {
    let unmatched = unmatched(by: findings).filter { isChecked($0.code) }
    guard !unmatched.isEmpty else { return }
    var names = unmatched.prefix(Self.named).map { "\($0.key) in line \($0.line)" }
    if unmatched.count > Self.named { names.append("and \(unmatched.count - Self.named) more") }
    let subject =
      unmatched.count == 1
      ? "1 entry of the baseline matches" : "\(unmatched.count) entries of the baseline match"
    FileHandle.standardError.write(
      Data("cutape: note: \(subject) nothing: \(names.joined(separator: ", "))\n".utf8))
  }
}

extension Profile: ExpressibleByArgument {}
extension KernelModel: ExpressibleByArgument {}
extension Severity: ExpressibleByArgument {}
