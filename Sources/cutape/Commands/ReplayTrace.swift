import ArgumentParser
import CutapeReplay
import CutapeReport
import CutapeStore
import CutapeTrace

/// `cutape replay`: makes the calls of a trace again, on the emulator.
struct ReplayTrace: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay",
    abstract:
      "Makes the calls of a trace again on the emulated runtime, and shows the state that they leave.",
    discussion: """
      Results that depend on how fast a device was, on its memory or on the fate of earlier work are not compared.

      Example: cutape replay run.cutape --until 1287
      """)

  enum Format: String, CaseIterable, ExpressibleByArgument { case full, json }

  @Argument(help: "The trace.")
  var trace: String

  @Option(help: ArgumentHelp("Stop behind this call.", valueName: "number"))
  var until: Int?

  @Flag(help: "Exit with 1 unless every call returned what the emulator gives.")
  var strict = false

  @Option(help: "How to print.")
  var format: Format = .full

  /// Ends the scan at the call that `--until` names.
  private struct Reached: Error {}

  func run() throws {
    let reader = try TraceReader(trace)
    let replay = Replay(functions: reader.trace.functions)
    var differences: [ReplayReport.Difference] = []
    do {
      try reader.forEachEvent { event in
        if let until, event.number > until { throw Reached() }
        replay.follow(event)
        guard !replay.step.isPlausible, replay.step.event.number == event.number else { return }
        differences.append(
          .init(
            number: event.number, function: replay.step.function.name + event.variant.suffix,
            recorded: event.result, emulated: replay.step.judged))
      }
    } catch is Reached {}
    let report = ReplayReport(
      traceName: trace.split(separator: "/").last.map(String.init) ?? trace, calls: replay.calls,
      unsupported: replay.unsupported, lost: reader.trace.lost, emulator: replay.emulator,
      differences: differences)
    var output = StandardOutput()
    switch format {
    case .full: for line in report.lines { try output.line(line) }
    case .json: try output.line(report.json.text)
    }
    try output.flush()
    if strict, !differences.isEmpty { throw ExitCode(1) }
  }
}
