/// `cutape record`: starts a program, records it, and ends as it did.

private import CutapeABI
private import CutapeStore
private import CutapeSystem
private import CutapeWire
private import Glibc

/// What `record` was asked for.
package struct RecordRequest: Sendable {
  /// The program and its arguments, as text for the trace.
  package var command: [String]
  /// The same, byte for byte, for the program.
  package var commandBytes: [[UInt8]]
  package var output: String?
  package var overwrites: Bool
  package var emulates: Bool
  /// The major of the runtime that a program gets that would take either; with ``emulates`` alone. Nil: the newest.
  package var runtime: Int?
  /// Whether the host memory of asynchronous copies is watched.
  package var watchesHost: Bool
  package var payload: PayloadMode
  /// Whether calls of the driver inside those of the runtime are kept.
  package var keepsNested: Bool
  /// Whether the call stacks of calls are recorded.
  package var takesStacks: Bool
  package var via: ViaChoice
  package var installation: Installation
  package var environment: [String: String]
  /// Gets lines for the user before and while the program runs.
  package var notify: (@Sendable (String) -> Void)?

  package init(
    command: [String], commandBytes: [[UInt8]], output: String? = nil, overwrites: Bool = false,
    emulates: Bool = false, watchesHost: Bool = false, payload: PayloadMode = .none,
    keepsNested: Bool = false, takesStacks: Bool = false, via: ViaChoice = .auto, installation: Installation,
    environment: [String: String]
  ) {
    self.command = command
    self.commandBytes = commandBytes
    self.output = output
    self.overwrites = overwrites
    self.emulates = emulates
    self.watchesHost = watchesHost
    self.payload = payload
    self.keepsNested = keepsNested
    self.takesStacks = takesStacks
    self.via = via
    self.installation = installation
    self.environment = environment
  }
}

/// A program that was run to its end, and the trace of it.
package struct ProgramRun {
  package var trace: String
  /// What is left to recover from, when the trace could not be written to its end.
  package var spool: String?
  package var result: RecordingResult
  /// Whether nothing could be preloaded into the program.
  package var isBlind: Bool

  /// The exit status that says what the program's said.
  package var exitStatus: Int32 {
    switch result.programEnding ?? .unknown {
    case .exited(let status): status
    case .signal(let number): 128 + number
    case .unknown: 125
    }
  }

  /// Ends this process as the program has ended: by the same signal, if one has ended it, so that whoever waits for
  /// this process sees that. Returns when it was none.
  package func endBySignal() {
    if case .signal(let number)? = result.programEnding { cut_dieBySignal(number) }
  }
}

/// A program that could not be started.
package struct StartFailure: Error, CustomStringConvertible {
  package var description: String
  package var exitStatus: Int32
}

extension RecordRequest {
  /// Runs the program and records it. Fails before the program has started, or not at all.
  package func run() throws(StartFailure) -> ProgramRun {
    let name = command.first ?? ""
    if watchesHost, case let error = cut_canWatch(), error != 0 {
      throw StartFailure(
        description:
          "cannot watch host memory: perf_event_open: \(String(cString: strerror(error))); it needs Linux 5.13 or "
          + "later, and kernel.perf_event_paranoid of at most 2 or CAP_PERFMON",
        exitStatus: 125)
    }
    let paths = ProgramPath.candidates(
      for: FileName(commandBytes.first ?? []), searchPath: environment["PATH"].map { FileName($0) })
    do {
      let path = try ProgramPath.resolve(paths)
      let outputName = try OutputName(OutputName.template(output, program: name))
      let blind = BlindProgram(running: path)
      if let blind { notify?("warning: \(blind)") }
      let canPreload = blind?.blindness.refusesLibrary != true
      let library = try installation.library()
      try via.check()
      let auditor = via == .audit ? try installation.auditor() : nil
      let standIns = emulates ? try installation.standIns() : nil
      let clock = Clock.best()
      let spool = try SpoolDirectory.create(
        environment: environment, clock: clock, payload: payload, takesStacks: takesStacks)
      var changes = ProgramEnvironment.changes(
        to: environment, library: canPreload ? library : nil, auditor: canPreload ? auditor : nil,
        spool: spool.path,
        output: try othersOutput, standIns: canPreload ? standIns : nil,
        watchesHost: watchesHost, payload: payload, keepsNested: keepsNested, takesStacks: takesStacks,
        program: path)
      if let runtime, canPreload { changes["CUTAPE_RUNTIME"] = "\(runtime)" }
      return try run(
        path: path, paths: paths, outputName: outputName, spool: spool, clock: clock, changes: changes,
        blind: blind)
    } catch let error as LaunchError {
      throw StartFailure(description: "cannot run '\(name)': \(error)", exitStatus: error.exitStatus)
    } catch let error as StartFailure {
      throw error
    } catch {
      throw StartFailure(description: "\(error)", exitStatus: 125)
    }
  }

  private func run(
    path: FileName, paths: [FileName], outputName: OutputName, spool: Spool, clock: Clock,
    changes: [String: String], blind: BlindProgram?
  ) throws -> ProgramRun {
    var isStarted = false
    defer { if !isStarted { spool.remove() } }
    let signals = Signals()
    let start = spool.session.pointee.first
    let launcher = try Launcher(
      paths: paths, arguments: commandBytes, environment: ProgramEnvironment.bytes(changing: changes),
      mask: signals.original)
    let writer: TraceWriter
    let metadata = metadata(path: path, pid: launcher.pid, start: start, clock: clock)
    do {
      let trace = try outputName.expanded(pid: launcher.pid, environment: environment)
      spool.setOutput(trace)
      writer = try TraceWriter(
        creatingAt: trace, metadata: metadata, functions: ApiTable.functions, overwriting: overwrites)
      try writer.setCoverage(coverage)
    } catch {
      launcher.abandon()
      throw error
    }
    do {
      try launcher.release(path: path)
    } catch {
      writer.discard()
      throw error
    }
    isStarted = true
    let home = TraceHome(
      process: launcher.pid, program: command.first ?? "", output: output, overwrites: overwrites,
      environment: environment,
      metadata: metadata)
    let recording = Recording(
      spool: spool, clock: clock, writer: writer, start: start, workingDirectory: workingDirectory(),
      program: path.description, coverage: coverage, home: home, blind: blind, notify: notify ?? { _ in })
    let result = recording.run(
      child: WatchedProcess(pid: launcher.pid, isChild: true), owner: nil, signals: signals)
    OtherRecorders.waitForEnded(spool: spool.path)
    if result.failure == nil { spool.remove() }
    return ProgramRun(
      trace: recording.writer.path, spool: result.failure == nil ? nil : spool.path, result: result,
      isBlind: blind != nil)
  }

  /// How calls are looked for.
  private var coverage: Coverage {
    Coverage(via: via == .audit ? .audit : .preload, reason: via.reason, keepsNested: keepsNested)
  }

  /// The template for other processes of the program, which may be elsewhere when they need it. Without one of the user
  /// it is the folder alone.
  private var othersOutput: String {
    get throws {
      let template = try output.map { try OutputName.perProcess($0) } ?? ""
      return template.hasPrefix("/") ? template : "\(OutputName.literal(workingDirectory()))/\(template)"
    }
  }

  private func metadata(path: FileName, pid: Int32, start: CUTCalibration, clock: Clock) -> Metadata {
    Metadata(
      cutapeVersion: cutapeVersion, program: path.description, arguments: command,
      workingDirectory: workingDirectory(),
      environment: ProgramEnvironment.kept(environment), process: Int(pid), host: hostName(),
      start: Int64(clamping: start.nanoseconds), clock: clock.source.kind)
  }
}
