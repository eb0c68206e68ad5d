import ArgumentParser
import CutapeEmulator
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

      With --schedules the work runs in other orders as well, as far as no stream, event or synchronization orders it. \
      What is told is which bytes come out differently, and which two operations make them do so; the exit status is 1 \
      then. The same seed gives the same orders. Of a trace that was recorded with --payload full the bytes themselves \
      are compared and shown.

      Example: cutape replay run.cutape --until 1287
      Example: cutape replay run.cutape --schedules 16
      """)

  enum Format: String, CaseIterable, ExpressibleByArgument { case full, json }

  @Argument(help: "The trace.")
  var trace: String

  @Option(help: ArgumentHelp("Stop behind this call.", valueName: "number"))
  var until: Int?

  @Flag(help: "Exit with 1 unless every call returned what the emulator gives.")
  var strict = false

  @Option(help: ArgumentHelp("Run so many other legal orders of the work.", valueName: "number"))
  var schedules: Int?

  @Option(help: ArgumentHelp("Where the orders are drawn from.", valueName: "number"))
  var seed: UInt64 = 1

  @Option(help: "Which promises order the work: those of the documentation, or what hardware is known to do.")
  var profile: Profile = .doc

  @Option(help: "What kernels do with their pointers: they may write, or count as writing.")
  var kernels: KernelModel = .may

  @Option(help: "How to print.")
  var format: Format = .full

  /// Ends the scan at the call that `--until` names.
  private struct Reached: Error {}

  /// All orders are kept side by side.
  private static let mostSchedules = 1000

  func validate() throws {
    if let schedules, !(1...Self.mostSchedules).contains(schedules) {
      throw ValidationError("--schedules takes a number from 1 to \(Self.mostSchedules)")
    }
  }

  func run() throws {
    let reader = try TraceReader(trace)
    let completeness = CutapeReplay.Completeness(
      lost: reader.trace.lost, isFromStart: reader.trace.isFromStart)
    let options = Schedules.Options(
      profile: profile, kernels: kernels, count: schedules ?? 0, seed: seed,
      launchesBlock: reader.metadata.launchesBlock)
    let bytes = schedules == nil ? nil : try reader.contents().map(StoredBytes.init)
    var orders = schedules.map { _ in
      Schedules(
        functions: reader.trace.functions, completeness: completeness, options: options, bytes: bytes)
    }
    let replay =
      orders?.replay
      ?? Replay(
        functions: reader.trace.functions, completeness: completeness,
        launchesBlock: reader.metadata.launchesBlock)
    var differences: [ReplayReport.Difference] = []
    do {
      try reader.forEachEvent { event in
        if let until, event.number > until { throw Reached() }
        if orders == nil { replay.follow(event) } else { orders?.follow(event) }
        guard !replay.step.isPlausible, replay.step.event.number == event.number else { return }
        differences.append(
          .init(
            number: event.number, function: replay.step.function.name + event.variant.suffix,
            recorded: event.result, emulated: replay.step.judged))
      }
    } catch is Reached {}
    let name = trace.split(separator: "/").last.map(String.init) ?? trace
    let outcome = orders?.finish()
    if let failure = bytes?.failure { throw failure }
    let scheduled = outcome.map {
      ScheduleReport(
        context: ReportContext(traceName: name, trace: reader.trace, profile: profile.rawValue), outcome: $0,
        options: options, replay: replay, leftOut: reader.metadata.leftOut?.sources ?? 0)
    }
    let report = ReplayReport(
      traceName: name, calls: replay.calls,
      unsupported: replay.unsupported, lost: reader.trace.lost, emulator: replay.emulator,
      differences: differences)
    var output = StandardOutput()
    switch format {
    case .full: for line in report.lines + (scheduled?.lines ?? []) { try output.line(line) }
    case .json: for object in [report.json] + (scheduled?.json ?? []) { try output.line(object.text) }
    }
    try output.flush()
    if outcome?.divergences.isEmpty == false || (strict && !differences.isEmpty) { throw ExitCode(1) }
  }
}
