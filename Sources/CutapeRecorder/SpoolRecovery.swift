/// Traces from spools that this process did not make: one whose program starts its own recorder (`cutape attach`),
/// and one whose recorder has died (`cutape recover`).

internal import CutapeABI
internal import CutapeStore
private import CutapeWire
private import Glibc

/// Takes over spools.
package enum SpoolRecovery {
  /// Records a process that made the spool itself, until it ends. Returns the name of the trace.
  ///
  /// The name of the trace is made new if it is taken: nobody is there to be told.
  ///
  /// - Parameter program: the path of its executable, which /proc no longer tells when the process was quick.
  package static func attach(spool path: String, program: String, environment: [String: String]) throws
    -> String
  {
    let spool = try Spool.open(path: path, isWritable: true)
    // Whatever goes wrong, the program's memory is not kept: there is no recorder for it.
    defer { spool.remove() }
    let session = spool.session
    guard let source = Clock.Source(rawValue: session.pointee.clock) else {
      throw SpoolError.notASpool(path: path)
    }
    session.pointee.recorder = UInt32(getpid())
    let pid = Int32(clamping: cut_loadAcquire32(&session.pointee.owner))
    let owner = WatchedProcess(pid: pid, isChild: false)
    let command = ProcessDescription(pid: pid, program: program)
    let template = environment["CUTAPE_OUTPUT"] ?? OutputName.standard(program: command.program)
    let clock = Clock(source: source)
    let start = clock.sample(at: session.pointee.first.ticks)
    let writer = try newWriter(
      template: template, pid: pid, environment: environment,
      metadata: command.metadata(environment: environment, start: start, clock: source.kind))
    spool.setOutput(writer.path)
    let recording = Recording(
      spool: spool, clock: clock, writer: writer, start: start, workingDirectory: command.workingDirectory,
      program: program, coverage: Coverage(keepsNested: ProgramEnvironment.keepsNested(environment)))
    let result = recording.run(child: nil, owner: owner, signals: nil)
    if let failure = result.failure { throw failure }
    return writer.path
  }

  /// Makes a trace of what a spool holds, which is left as it is. Returns how many calls it has, and the losses.
  package static func recover(
    spool path: String, output: String, overwriting: Bool
  ) throws -> (calls: Int, losses: Drain<TraceSink>.Losses) {
    let spool = try Spool.open(path: path, isWritable: false)
    let session = spool.session.pointee
    guard let source = Clock.Source(rawValue: session.clock) else { throw SpoolError.notASpool(path: path) }
    for pid in [session.recorder, session.owner]
    where WatchedProcess.isAlive(pid, since: session.last.nanoseconds) {
      throw SpoolError.inUse(path: path, pid: Int32(clamping: pid))
    }
    let metadata = Metadata(
      cutapeVersion: cutapeVersion, program: "", process: Int(session.owner), host: hostName(),
      start: Int64(clamping: session.first.nanoseconds), clock: source.kind, isFromStart: isWhole(spool))
    let writer = try TraceWriter(
      creatingAt: output, metadata: metadata, functions: ApiTable.functions, overwriting: overwriting)
    var timeline = Timeline(first: session.first)
    timeline.append(session.last)
    let drain = Drain(spool: spool, sink: TraceSink(writer), timeline: timeline, workingDirectory: "")
    try drain.finish()
    for (key, site) in Symbols.resolve(drain.sites) { try writer.setSite(key, site) }
    try writer.setLost(drain.losses.total)
    try writer.setLeftOut(spool.leftOut)
    try writer.setCoverage(Coverage(libraries: Coverage.libraries(among: drain.sites.modules.map(\.path))))
    try writer.finish(duration: Int64(clamping: session.last.nanoseconds &- session.first.nanoseconds))
    return (drain.calls, drain.losses)
  }

  /// Whether no segment was given back, so that the spool has the calls from the first on.
  private static func isWhole(_ spool: Spool) -> Bool {
    var firsts: [UInt32: UInt64] = [:]
    for index in 0..<spool.readySegments {
      let segment = spool.segment(index).pointee
      if segment.state != CUT_SEGMENT_FREE.rawValue {
        firsts[segment.thread] = min(firsts[segment.thread] ?? .max, segment.sequence)
      }
    }
    return firsts.count == Int(spool.session.pointee.threads) && firsts.values.allSatisfy { $0 == 0 }
  }

  private static func newWriter(
    template: String, pid: Int32, environment: [String: String], metadata: Metadata
  ) throws -> TraceWriter {
    let name = try OutputName(template).expanded(pid: pid, environment: environment)
    // A process that starts another program in its place has used the name already.
    for number in 1...999 {
      do {
        return try TraceWriter(
          creatingAt: number == 1 ? name : OutputName.inserting(".\(number)", into: name), metadata: metadata,
          functions: ApiTable.functions)
      } catch StoreError.exists {
        continue
      }
    }
    throw StoreError.exists(path: name)
  }
}

/// What /proc says about a process.
struct ProcessDescription {
  let pid: Int32
  let program: String
  let arguments: [String]
  let workingDirectory: String

  init(pid: Int32, program: String) {
    self.pid = pid
    self.program = program
    let arguments = (readSmallFile("/proc/\(pid)/cmdline") ?? "").split(separator: "\0").map(String.init)
    self.arguments = arguments.isEmpty ? [program] : arguments
    workingDirectory = linkTarget("/proc/\(pid)/cwd") ?? CutapeRecorder.workingDirectory()
  }

  func metadata(environment: [String: String], start: CUTCalibration, clock: Metadata.Clock) -> Metadata {
    Metadata(
      cutapeVersion: cutapeVersion, program: program, arguments: arguments,
      workingDirectory: workingDirectory,
      environment: ProgramEnvironment.kept(environment), process: Int(pid), host: hostName(),
      start: Int64(clamping: start.nanoseconds), clock: clock)
  }
}

/// The version of this program, which traces keep.
package let cutapeVersion = "0.1.0"

/// The working directory of this process.
func workingDirectory() -> String {
  guard let path = getcwd(nil, 0) else { return "/" }
  defer { free(path) }
  return String(cString: path)
}

private func linkTarget(_ path: String) -> String? {
  guard let target = realpath(path, nil) else { return nil }
  defer { free(target) }
  return String(cString: target)
}
