/// The loop of a recording: drains the spool, writes the trace, keeps free segments ready and waits for the end.
///
/// One thread does all of it. While calls come it looks every millisecond, else ever more seldom: the segments that
/// are free at any time have to last for one such pause.

package import CutapeABI
package import CutapeStore
private import CutapeWire
private import Glibc

/// What came of a recording.
package struct RecordingResult {
  package var calls: Int
  package var losses: Drain<TraceSink>.Losses
  /// Why the trace could not be written to its end; nil when it was.
  package var failure: (any Error)?
  /// How the process ended that was recorded.
  package var ending: Ending
  package var coverage: Coverage
  /// How the program ended that this process started; nil when it started none.
  package var programEnding: Ending?
}

/// One recording, from the first free segment to the finished trace.
package final class Recording {
  /// How long calls are held back, so that those of other threads that took effect before them can be put in front;
  /// in nanoseconds.
  static let holdBack: UInt64 = 20_000_000
  private static let shortestPause: Int32 = 1
  private static let longestPause: Int32 = 20
  /// Free segments that there should always be, as far as the budget allows.
  private static let wantedFree = 8
  /// Segments that there should be once the program has made a call: few programs need more, many make no call.
  private static let wantedOnceClaimed = 32
  /// The most segments that are made at once: each takes half a millisecond.
  private static let mostAtOnce = 128
  /// A batch is written when it has this many calls, or after ``batchAge`` nanoseconds.
  private static let batchSize = 4096
  private static let batchAge: UInt64 = 50_000_000

  /// How long a process that has claimed the spool may take to say what it is, in nanoseconds.
  private static let describingTime: UInt64 = 1_000_000_000

  private let spool: Spool
  private let clock: Clock
  package var writer: TraceWriter { sink.writer }
  private let sink: TraceSink
  private let drain: Drain<TraceSink>
  private var coverage: Coverage
  private let program: String
  private var files = MappedFiles()
  /// How many calling objects were known at the last look.
  private var knownModules = 0
  /// What turns the trace into that of the process that has claimed the spool; nil once it is.
  private var home: TraceHome?
  private var claimed: UInt64?
  private var descendants: Descendants?
  private let notify: (String) -> Void
  /// What the trace is to say in words.
  private var remarks: [String]
  private var failure: (any Error)?
  private var lastWrite: UInt64 = 0
  private var pause = Recording.shortestPause

  /// - Parameters:
  ///   - program: the path of the executable.
  ///   - coverage: how calls are looked for.
  ///   - home: decides whose trace it is once a process has claimed the spool; nil when that is known.
  ///   - blind: the program, when it cannot be recorded; that is said already.
  ///   - notify: gets what the user should know while the program runs.
  package init(
    spool: Spool, clock: Clock, writer: TraceWriter, start: CUTCalibration, workingDirectory: String,
    program: String, coverage: Coverage, home: TraceHome? = nil, blind: BlindProgram? = nil,
    notify: @escaping (String) -> Void = { _ in }
  ) {
    self.spool = spool
    self.clock = clock
    self.program = program
    self.coverage = coverage
    self.home = home
    self.notify = notify
    remarks = blind.map { ["\($0)"] } ?? []
    sink = TraceSink(writer)
    drain = Drain(
      spool: spool, sink: sink, timeline: Timeline(first: start), workingDirectory: workingDirectory)
    if let home {
      descendants = Descendants(of: home.process, besides: blind?.file, now: start.nanoseconds)
    }
  }

  /// Records until the processes have ended.
  ///
  /// - Parameters:
  ///   - child: the program, when this process started it.
  ///   - signals: what to hand on to it.
  package func run(child: WatchedProcess?, owner: WatchedProcess?, signals: Signals?) -> RecordingResult {
    var owner = owner
    while true {
      // The processes are looked at first: what they wrote before their end is read after that.
      let childHasEnded = child?.hasEnded() ?? true
      if owner == nil { owner = newOwner(besides: child) }
      let ownerHasEnded = owner?.hasEnded() ?? true
      let isAskedToStop = handle(signals, child: childHasEnded ? nil : child)
      // Whoever claims the spool until it is closed is waited for, too.
      if childHasEnded && (ownerHasEnded || isAskedToStop),
        owner != nil || isAskedToStop || spool.closeToClaims() || spool.claimant == child?.pid
      {
        break
      }
      step()
      if let pid = ownerHasEnded ? childHasEnded ? nil : child?.pid : owner?.pid { look(at: pid) }
      wait(for: [childHasEnded ? nil : child?.descriptor, owner?.descriptor, signals?.descriptor])
    }
    cut_storeRelease32(&spool.session.pointee.ended, 1)
    return finish(child: child, owner: owner)
  }

  /// The process that has claimed the spool, once it has said what it is; nil when that is the program itself.
  private func newOwner(besides child: WatchedProcess?) -> WatchedProcess? {
    guard let pid = spool.claimant, hasDescribed() else { return nil }
    guard let number = OwnerProcess.number(pid, in: spool.session.pointee.namespace) else {
      return WatchedProcess(ended: pid)
    }
    return number == child?.pid ? nil : WatchedProcess(pid: number, isChild: false)
  }

  private func handle(_ signals: Signals?, child: WatchedProcess?) -> Bool {
    guard let signals else { return false }
    let numbers = signals.take()
    guard let child else { return numbers.contains(where: Signals.asksToStop) }
    for number in numbers { signals.forward(number, to: child.pid) }
    return false
  }

  private func step() {
    sampleClock()
    lookAround()
    guard failure == nil, settle(isFinal: false) else { return }
    let read = drain.poll(horizon: horizon())
    keepSegmentsFree()
    let now = drain.timeline.last.nanoseconds
    // Early, too, when segments run short: those whose calls are written can be used again.
    let isShort = spool.freeSegments < min(Self.wantedFree, spool.readySegments / 2)
    if drain.batchCount >= Self.batchSize || drain.hasManyPieces || drain.isBehind || isShort
      || now &- lastWrite >= Self.batchAge
    {
      write()
      lastWrite = now
    }
    pause =
      drain.isBehind ? 0 : read > 0 ? Self.shortestPause : min(max(1, pause * 2), Self.longestPause)
  }

  /// Says which programs cannot be recorded that the program has started.
  private func lookAround() {
    for blind in descendants?.look(now: drain.timeline.last.nanoseconds) ?? [] {
      notify("warning: \(blind)")
      remarks.append("\(blind)")
    }
  }

  /// Makes the trace that of the process that has claimed the spool, before its first call is written. Returns whether
  /// calls can be written.
  private func settle(isFinal: Bool) -> Bool {
    guard let home, let pid = spool.claimant else { return true }
    guard isFinal || hasDescribed() else { return false }
    let owner = spool.owner
    self.home = nil
    do {
      sink.writer = try home.trace(of: pid, owner, instead: sink.writer)
      spool.setOutput(sink.writer.path)
      if let owner, pid != home.process { drain.sites.workingDirectory = owner.workingDirectory }
    } catch {
      failure = error
    }
    return failure == nil
  }

  /// Whether the process that has claimed the spool has said what it is, or had the time for it.
  private func hasDescribed() -> Bool {
    let now = drain.timeline.last.nanoseconds
    let since = claimed ?? now
    claimed = since
    return spool.owner != nil || now &- since > Self.describingTime
  }

  /// Makes more segments before they run out. A program that makes no call never gets more than the first ones.
  private func keepSegmentsFree() {
    guard spool.claimant != nil else { return }
    let free = spool.freeSegments
    let wanted =
      spool.readySegments < Self.wantedOnceClaimed ? Self.wantedOnceClaimed : spool.readySegments * 2
    if spool.readySegments < Self.wantedOnceClaimed || free < max(Self.wantedFree, spool.readySegments / 4) {
      _ = spool.grow(by: min(wanted - spool.readySegments, Self.mostAtOnce))
    }
  }

  /// Looks which files are mapped into the process: at once when an object made its first call.
  private func look(at pid: Int32) {
    let modules = drain.sites.modules.count
    files.look(at: pid, now: drain.timeline.last.nanoseconds, isNeeded: modules != knownModules)
    knownModules = modules
  }

  private func write() {
    do {
      try drain.write()
      drain.recycle()
    } catch {
      // The program runs on. What there is room for stays in the spool, the rest is counted as lost.
      failure = error
    }
  }

  private func sampleClock() {
    let sample = clock.sample()
    drain.timeline.append(sample)
    spool.session.pointee.last = sample
    spool.beat()
  }

  /// Calls before this time are no longer held back, in ticks.
  private func horizon() -> UInt64 {
    let now = drain.timeline.last.ticks
    let held = drain.timeline.ticks(nanoseconds: Self.holdBack)
    return now > held ? now - held : 0
  }

  private func wait(for descriptors: [Int32?]) {
    var entries = descriptors.compactMap { $0 }.filter { $0 >= 0 }.map {
      pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
    }
    poll(&entries, nfds_t(entries.count), failure == nil ? pause : Self.longestPause)
  }

  private func finish(child: WatchedProcess?, owner: WatchedProcess?) -> RecordingResult {
    sampleClock()
    _ = settle(isFinal: true)
    let ending = owner?.ending ?? child?.ending ?? .unknown
    let duration = drain.timeline.last.nanoseconds &- drain.timeline.start
    do {
      try drain.finish()
      try finishTrace(ending: ending, duration: Int64(clamping: duration))
      failure = nil
    } catch {
      failure = error
    }
    return RecordingResult(
      calls: drain.calls, losses: drain.losses, failure: failure, ending: ending, coverage: coverage,
      programEnding: child?.ending)
  }

  private func finishTrace(ending: Ending, duration: Int64) throws {
    for (key, site) in Symbols.resolve(drain.sites, withInlined: spool.stacksLeftOut != nil) {
      try writer.setSite(key, site)
    }
    for remark in remarks { try writer.addRemark(remark) }
    try writer.setLost(drain.losses.total)
    try writer.setLeftOut(spool.leftOut)
    try writer.setStacksLeftOut(spool.stacksLeftOut.map { $0 + drain.unknownStacks })
    try writer.setEnding(ending)
    coverage.looks = files.looks
    // Files under the names that call sites have, where there are any.
    coverage.libraries = Coverage.libraries(
      among: drain.sites.modules.map(\.path) + files.paths + [program])
    try writer.setCoverage(coverage)
    try writer.finish(duration: duration)
  }
}
