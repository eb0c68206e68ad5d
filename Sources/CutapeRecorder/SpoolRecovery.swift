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
  /// - Parameter descriptor: the spool, which is to be called `path`.
  package static func attach(
    spool path: String, descriptor: Int32, environment: [String: String]
  ) throws -> String {
    let spool = try Spool.adopt(descriptor, path: path)
    let session = spool.session
    // Whatever goes wrong, the program's memory is not kept: there is no recorder for it.
    defer {
      cut_storeRelease32(&session.pointee.ended, 1)
      spool.remove()
    }
    guard let source = Clock.Source(rawValue: session.pointee.clock) else {
      throw SpoolError.notASpool(path: path)
    }
    session.pointee.recorder = UInt32(getpid())
    guard let pid = spool.claimant, let description = spool.owner else {
      throw SpoolError.notASpool(path: path)
    }
    let owner = WatchedProcess(pid: pid, isChild: false)
    let template = OutputName.template(environment["CUTAPE_OUTPUT"], program: description.program)
    let clock = Clock(source: source)
    let start = clock.sample(at: session.pointee.first.ticks)
    let writer = try NewTrace.make(
      called: try OutputName(template).expanded(pid: pid, environment: environment),
      metadata: metadata(
        of: description, process: pid, environment: environment, start: start, clock: source.kind))
    spool.setOutput(writer.path)
    let recording = Recording(
      spool: spool, clock: clock, writer: writer, start: start,
      workingDirectory: description.workingDirectory, program: description.program,
      coverage: Coverage(
        via: description.via, keepsNested: ProgramEnvironment.keepsNested(environment)))
    let result = recording.run(child: nil, owner: owner, signals: nil)
    if let failure = result.failure { throw failure }
    return writer.path
  }

  /// Makes a trace of what a spool holds, which is left as it is. Returns how many calls it has, and the losses.
  package static func recover(
    spool path: String, output: String, overwriting: Bool
  ) throws -> Recovered {
    let spool = try Spool.open(path: path, isWritable: false)
    let session = spool.session.pointee
    guard let source = Clock.Source(rawValue: session.clock) else { throw SpoolError.notASpool(path: path) }
    for pid in [session.recorder, session.owner]
    where WatchedProcess.isAlive(pid, since: session.last.nanoseconds) {
      throw SpoolError.inUse(path: path, pid: Int32(clamping: pid))
    }
    // Without a segment that was given back, the spool has the calls from the first on.
    let isWhole = session.recycled == 0
    let owner = spool.owner ?? OwnerDescription([])
    var metadata = metadata(
      of: owner, process: spool.claimant ?? 0, environment: [:], start: session.first,
      clock: source.kind)
    metadata.isFromStart = isWhole
    let writer = try TraceWriter(
      creatingAt: output, metadata: metadata, functions: ApiTable.functions, overwriting: overwriting)
    var timeline = Timeline(first: session.first)
    timeline.append(session.last)
    let drain = Drain(
      spool: spool, sink: TraceSink(writer), timeline: timeline, workingDirectory: owner.workingDirectory)
    try drain.finish()
    for (key, site) in Symbols.resolve(drain.sites, withInlined: spool.stacksLeftOut != nil) {
      try writer.setSite(key, site)
    }
    try writer.setLost(drain.losses.total)
    try writer.setLeftOut(spool.leftOut)
    try writer.setStacksLeftOut(spool.stacksLeftOut.map { $0 + drain.unknownStacks })
    try writer.setCoverage(
      Coverage(
        via: owner.via, libraries: Coverage.libraries(among: drain.sites.modules.map(\.path))))
    try writer.finish(duration: Int64(clamping: session.last.nanoseconds &- session.first.nanoseconds))
    return Recovered(
      calls: drain.calls, losses: drain.losses, earlier: isWhole ? nil : spool.output)
  }

  private static func metadata(
    of owner: OwnerDescription, process: Int32, environment: [String: String], start: CUTCalibration,
    clock: Metadata.Clock
  ) -> Metadata {
    Metadata(
      cutapeVersion: cutapeVersion, program: owner.program, arguments: owner.arguments,
      workingDirectory: owner.workingDirectory,
      environment: ProgramEnvironment.kept(owner.replacing(in: environment)), process: Int(process),
      host: hostName(), start: Int64(clamping: start.nanoseconds), clock: clock)
  }
}

/// What was in a spool that was left behind.
package struct Recovered {
  package var calls: Int
  package var losses: Drain<TraceSink>.Losses
  /// The trace that has the calls from before, if they are no longer in the spool.
  package var earlier: String?
}

/// The version of this program, which traces keep.
package let cutapeVersion = "0.1.0"

/// The working directory of this process.
func workingDirectory() -> String {
  guard let path = getcwd(nil, 0) else { return "/" }
  defer { free(path) }
  return String(cString: path)
}
