/// From the spool to the sink: reads what the threads wrote, puts it in order, and gives the segments back.
///
/// Words used here:
///
///   time       when a call takes effect, in ticks: its end if its effect is at return, else its begin
///   read       the thread's cursor has passed the record
///   staged     read, its time is known, waiting for its turn
///   waiting    read, still running, takes effect at return: its time is not known yet
///   batch      its turn has come: to be written with others, in one step
///   open       written while still running: to be completed
///   hold-back  how long a call is staged. A thread can be interrupted between reading the clock and publishing
///              the record; a call that shows up later than the hold-back is written behind its place
///
/// A record stays in its segment until it has been written and completed; only then is the segment zeroed and used
/// again. So a thread can still complete a call in a segment that it has closed, and what a full disk did not take
/// is still in the spool.

private import CutapeABI
package import CutapeTrace
private import CutapeWire

/// Drains one spool.
package final class Drain<Sink: CallSink> {
  /// What could not be told.
  package struct Losses: Sendable, Hashable {
    /// Calls that the program could not write, for want of a free segment.
    package var dropped = 0
    /// Records that made no sense.
    package var unreadable = 0
    /// Dropped calls by thread, as far as a later segment of the thread says so.
    package var byThread: [Int: Int] = [:]
    package var total: Int { dropped + unreadable }
  }

  /// The most calls that are in memory to be written: more wait in the spool, which is bounded.
  private static var mostBatched: Int { 16384 }
  /// The most pieces of contents that are written in one step, 4 MiB, and before the next look at calls.
  private static var piecesOfStep: Int { 256 }
  private static var mostPieces: Int { 1024 }

  package private(set) var losses = Losses()
  /// How many calls were written.
  package private(set) var calls = 0
  /// Calls that were written while in flight and have not returned.
  package var inFlight: Int { open.count }
  package var sites: CallSites
  package var timeline: Timeline

  private let spool: Spool
  private let sink: Sink
  private let functions: FunctionTable
  private let decoder: RecordDecoder
  private var segments: [SegmentState] = []
  /// Threads that may write something yet, or have: those that have ended are forgotten once they are read.
  private var threads: [Int: ThreadState] = [:]
  private var staged: [Staged] = []
  /// Where those of ``staged`` begin that were not taken, and where those begin that are not sorted.
  private var firstStaged = 0
  private var firstUnsorted = 0
  /// Whether the batch became full before all calls had their turn.
  private var isBatchFull = false
  /// Pieces of contents that were read and not written, in each thread's order.
  private var pieces: [Place] = []
  private var hasPiecesLeft = false
  private var contents = ContentAssembly()
  private var waiting: [Place] = []
  private var open: [Open] = []
  private var order: UInt64 = 0
  private var newThreads: [RecordedThread] = []
  private var newModules: [ShimModule] = []
  private var newSites: [(key: Int, site: CallSite)] = []
  private var stacks = CallStacks()
  /// Frames that were not written, and how many were.
  private var newFrames: [StackFrame] = []
  private var frameCount = 0
  /// Calls that name a stack whose frames could not be read.
  package private(set) var unknownStacks = 0
  /// By thread: the site of the configuration that was pushed for the next launch.
  private var launchSites: [Int: Int] = [:]
  private var batch: [Event] = []
  /// How many of the batch are calls of the program: no parts of others, and nothing that the shim wrote.
  private var batchCalls = 0
  /// Where the events of the batch came from.
  private var batchPlaces: [Place] = []

  private struct SegmentState {
    var isTaken = false
    /// Whose records are read now.
    var thread = 0
    /// The first slot that was not read.
    var next = 0
    /// Records that were read and are not done with.
    var pending = 0
    /// The slot behind the last record that names the stack of what comes next; 0 for none.
    var slotWithStack = 0
    /// Read to its end, and nothing comes behind it.
    var isRead = false
  }

  private struct ThreadState {
    /// Segments to read, by increasing sequence.
    var queue: [(sequence: UInt64, segment: Int)] = []
    var nextSequence: UInt64 = 0
  }

  private struct Place {
    var segment: Int32
    var slot: Int32
    /// Whose record it is: several threads may have used the segment one behind the other.
    var thread: Int32
    /// Whether the slot in front of it names its call stack.
    var hasStack: Bool
  }

  private struct Staged {
    var time: UInt64
    /// Breaks ties as the calls were read: in each thread's order.
    var order: UInt64
    var place: Place
  }

  private struct Open {
    var place: Place
    var number: Int
    var site: Int
    var stack: Int
  }

  package init(
    spool: Spool, sink: Sink, timeline: Timeline, workingDirectory: String,
    functions: FunctionTable = ApiTable.functions
  ) {
    self.spool = spool
    self.sink = sink
    self.timeline = timeline
    self.functions = functions
    decoder = RecordDecoder(functions: functions)
    sites = CallSites(workingDirectory: workingDirectory)
  }

  /// Reads what is there and batches calls that took effect before `horizon` ticks. Returns how many records were
  /// read.
  package func poll(horizon: UInt64) -> Int {
    let read = readPublished(isFinal: false)
    takeTurns(until: horizon)
    return read
  }

  /// Reads and writes everything, after the program has ended. Calls that take effect at return and never returned
  /// come last.
  package func finish() throws {
    losses.dropped = Int(clamping: cut_loadRelaxed64(&spool.session.pointee.lost))
    _ = readPublished(isFinal: true)
    repeat {
      takeTurns(until: .max)
      try write()
    } while isBehind
    contents.dropOpen()
    for place in waiting.sorted(by: { begin(of: $0) < begin(of: $1) }) { addToBatch(place) }
    waiting = []
    try write()
  }

  /// Writes the batch and completes calls that have returned. What an error left unwritten is written by the next
  /// call that succeeds.
  package func write() throws {
    while let thread = newThreads.first {
      try sink.add(thread)
      newThreads.removeFirst()
    }
    while let module = newModules.first {
      try sink.add(module)
      newModules.removeFirst()
    }
    while let (key, site) = newSites.first {
      try sink.add(site, key: key)
      newSites.removeFirst()
    }
    if !newFrames.isEmpty {
      try sink.add(newFrames, from: frameCount + 1)
      frameCount += newFrames.count
      newFrames = []
    }
    try completeOpen()
    try writeBatch()
    try writeContents()
  }

  private func writeBatch() throws {
    guard !batch.isEmpty else { return }
    let first = try sink.append(batch)
    for (index, event) in batch.enumerated() {
      if event.isInFlight {
        open.append(
          Open(place: batchPlaces[index], number: first + index, site: event.site, stack: event.stack))
      } else {
        done(batchPlaces[index])
      }
    }
    calls += batchCalls
    batchCalls = 0
    batch.removeAll(keepingCapacity: true)
    batchPlaces.removeAll(keepingCapacity: true)
  }

  /// How many calls wait to be written.
  package var batchCount: Int { batch.count }

  /// Whether enough pieces of contents wait for a step of their own.
  package var hasManyPieces: Bool { pieces.count >= Self.piecesOfStep }

  /// Whether the last ``write()`` left something behind, because there was too much.
  package var isBehind: Bool { isBatchFull || hasPiecesLeft }

  /// Gives the segments back whose calls are all written and completed. Only for a program that still runs.
  package func recycle() {
    for index in segments.indices
    where segments[index].isRead && segments[index].pending == 0 && isClosed(index) {
      let used = segments[index].next
      segments[index] = SegmentState()
      spool.recycle(index, slots: used)
    }
  }

  // MARK: - Reading

  private func readPublished(isFinal: Bool) -> Int {
    takeSegments()
    var read = 0
    var numbers = threads.lazy.filter { !$0.value.queue.isEmpty }.map(\.key).sorted()[...]
    while let number = numbers.popFirst() {
      let (records, heir) = readThread(number, isFinal: isFinal)
      read += records
      if let heir { numbers.append(heir) }
    }
    return read
  }

  /// Finds the segments that threads have taken since the last time.
  private func takeSegments() {
    spool.look()
    while segments.count < spool.readySegments { segments.append(SegmentState()) }
    for index in segments.indices where !segments[index].isTaken {
      let header = spool.segment(index)
      guard cut_loadAcquire32(&header.pointee.state) != CUT_SEGMENT_FREE.rawValue else { continue }
      let number = Int(header.pointee.thread)
      segments[index].isTaken = true
      enqueue(
        index,
        for: ShimThread(
          number: number, systemID: Int(header.pointee.tid), name: name(of: header.pointee),
          sequence: header.pointee.sequence, lost: Int(clamping: header.pointee.lostBefore)))
    }
  }

  /// Takes note that what is to be read next in segment `index` is of `thread`.
  private func enqueue(_ index: Int, for thread: ShimThread) {
    let number = thread.number
    segments[index].thread = number
    if threads[number] == nil {
      threads[number] = ThreadState()
      newThreads.append(RecordedThread(number: number, systemID: thread.systemID, name: thread.name))
    }
    if thread.lost > losses.byThread[number, default: 0] { losses.byThread[number] = thread.lost }
    threads[number]?.queue.append((thread.sequence, index))
    threads[number]?.queue.sort { $0.sequence < $1.sequence }
  }

  private func name(of header: CUTSegment) -> String {
    withUnsafeBytes(of: header.name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }

  /// Reads what thread `number` has published. At the end a missing segment does not hold up those behind it. Returns
  /// how many records there were, and who goes on in its segment when the thread has ended.
  private func readThread(_ number: Int, isFinal: Bool) -> (records: Int, heir: Int?) {
    guard var state = threads[number] else { return (0, nil) }
    var read = 0
    while let first = state.queue.first, isFinal || first.sequence <= state.nextSequence {
      // A thread leaves a segment before it takes the next, even one that a running call keeps open.
      let isLeft = isFinal || state.queue.count > 1 && state.queue[1].sequence == first.sequence &+ 1
      let (records, heir) = readSegment(first.segment, isLeft: isLeft)
      read += records
      if let heir {
        threads[number] = nil
        enqueue(first.segment, for: heir)
        return (read, heir.number)
      }
      guard segments[first.segment].isRead else { break }
      state.queue.removeFirst()
      state.nextSequence = first.sequence &+ 1
      if spool.segment(first.segment).pointee.isLast != 0, state.queue.isEmpty {
        threads[number] = nil
        return (read, nil)
      }
    }
    threads[number] = state
    return (read, nil)
  }

  private func readSegment(_ index: Int, isLeft: Bool) -> (records: Int, heir: ShimThread?) {
    // Whether it is closed is read first: what the thread published before closing is then seen below.
    let isComplete = isLeft || isClosed(index)
    var next = segments[index].next
    var read = 0
    let thread = Int32(truncatingIfNeeded: segments[index].thread)
    while next < Spool.slotsPerSegment {
      let record = spool.record(index, slot: next)
      guard cut_recordSite(record) != 0 else { break }
      let slots = RecordDecoder.slots(of: record)
      let place = Place(
        segment: Int32(index), slot: Int32(next), thread: thread,
        hasStack: next > 0 && segments[index].slotWithStack == next)
      segments[index].pending += 1
      next += slots
      read += 1
      if let heir = stage(place, record: record) {
        segments[index].next = next
        return (read, heir)
      }
    }
    segments[index].next = next
    segments[index].isRead = isComplete
    return (read, nil)
  }

  private func isClosed(_ index: Int) -> Bool {
    cut_loadAcquire32(&spool.segment(index).pointee.state) == CUT_SEGMENT_CLOSED.rawValue
  }

  /// Keeps the record for its turn. Returns who the following records are of, when it says so.
  private func stage(_ place: Place, record: UnsafeMutablePointer<CUTRecord>) -> ShimThread? {
    let state = cut_recordState(record)
    let effect = functions[UInt16(truncatingIfNeeded: state >> 48)]?.effect ?? .neutral
    let duration = state & CUT_IN_FLIGHT
    if effect == .shimModule {
      addModule(place)
    } else if effect == .shimContent {
      pieces.append(place)
    } else if effect == .shimFrames {
      if case .frames(let frames)? = decode(place) { stacks.add(frames) }
      done(place)
    } else if effect == .shimCallStack {
      segments[Int(place.segment)].slotWithStack = Int(place.slot) + 1
      done(place)
    } else if effect == .shimThread {
      defer { done(place) }
      if case .thread(let thread)? = decode(place) { return thread }
    } else if !effect.isAtReturn {
      append(place, time: record.pointee.begin)
    } else if duration == CUT_IN_FLIGHT {
      waiting.append(place)
    } else {
      append(place, time: record.pointee.begin &+ duration)
    }
    return nil
  }

  private func append(_ place: Place, time: UInt64) {
    staged.append(Staged(time: time, order: order, place: place))
    order += 1
  }

  /// Modules are not calls: they apply from when they are read, which is before the calls that need them are added.
  private func addModule(_ place: Place) {
    if case .module(let module)? = decode(place), sites.add(module) {
      newModules.append(module)
      stacks.forgetMeanings()
    }
    done(place)
  }

  // MARK: - Ordering and writing

  private func takeTurns(until horizon: UInt64) {
    stageReturned()
    if firstUnsorted < staged.count {
      staged.removeFirst(firstStaged)
      firstStaged = 0
      staged.sort { ($0.time, $0.order) < ($1.time, $1.order) }
      firstUnsorted = staged.count
    }
    isBatchFull = false
    while firstStaged < staged.count, staged[firstStaged].time <= horizon {
      if batch.count >= Self.mostBatched {
        isBatchFull = true
        return
      }
      addToBatch(staged[firstStaged].place)
      firstStaged += 1
    }
  }

  private func stageReturned() {
    waiting.removeAll { place in
      let record = record(at: place)
      let duration = cut_recordState(record) & CUT_IN_FLIGHT
      guard duration != CUT_IN_FLIGHT else { return false }
      append(place, time: record.pointee.begin &+ duration)
      return true
    }
  }

  private func addToBatch(_ place: Place) {
    guard case .call(var call)? = decode(place) else {
      done(place)
      return
    }
    if functions[call.event.function]?.effect.isInternal != true {
      let (key, newSite) = sites.key(for: call.returnAddress)
      if let newSite { newSites.append((key, newSite)) }
      call.event.site = site(of: call.event, returningTo: key)
      if place.hasStack { call.event.stack = stack(of: place) }
      if !call.event.isPart { batchCalls += 1 }
    }
    batch.append(call.event)
    batchPlaces.append(place)
  }

  /// The stack that the record in front of the one at `place` names; 0 when its frames are not there.
  private func stack(of place: Place) -> Int {
    let name = cut_recordWord(spool.record(Int(place.segment), slot: Int(place.slot) - 1), 0)
    guard let (number, new) = stacks.number(of: name, in: &sites, newSites: &newSites) else {
      unknownStacks += 1
      return 0
    }
    newFrames += new
    return number
  }

  /// Where the program made the call. A launch `kernel<<<...>>>` becomes three calls: the program's own line pushes the
  /// configuration, and code that nvcc generated pops it and launches. The launch is said to be where the push was.
  private func site(of event: Event, returningTo key: Int) -> Int {
    switch functions[event.function]?.effect {
    case .pushConfiguration:
      launchSites[event.thread] = event.result == 0 ? key : nil
      return key
    case .launch:
      return launchSites.removeValue(forKey: event.thread) ?? key
    default:
      return key
    }
  }

  private func completeOpen() throws {
    var index = 0
    while index < open.count {
      let entry = open[index]
      if cut_recordState(record(at: entry.place)) & CUT_IN_FLIGHT != CUT_IN_FLIGHT,
        case .call(var call)? = decode(entry.place)
      {
        call.event.site = entry.site
        call.event.stack = entry.stack
        try sink.complete(entry.number, with: call.event)
        done(entry.place)
        open.remove(at: index)
      } else {
        index += 1
      }
    }
  }

  /// Writes pieces of contents, some of them: calls must not wait for long.
  private func writeContents() throws {
    var written = 0
    defer {
      pieces.removeFirst(written)
      hasPiecesLeft = !pieces.isEmpty
    }
    repeat {
      let step = pieces[written...].prefix(min(Self.piecesOfStep, Self.mostPieces - written))
      var assembly = contents
      for place in step {
        let thread = Int(place.thread)
        if let piece = try? decoder.contentPiece(record(at: place), available: slotsLeft(from: place)) {
          try assembly.add(piece, by: thread, isStored: sink.hasContent)
        } else {
          assembly.fail(thread)
        }
      }
      let batch = assembly.takeBatch()
      if !batch.isEmpty { try sink.add(batch) }
      contents = assembly
      for place in step { done(place) }
      written += step.count
    } while written < min(pieces.count, Self.mostPieces)
  }

  /// The record at `place`, or nil when it makes no sense; that is counted.
  private func decode(_ place: Place) -> WireRecord? {
    let record = record(at: place)
    let scale = timeline.scale(at: record.pointee.begin)
    do {
      let decoded = try decoder.decode(
        record, available: slotsLeft(from: place), thread: Int(place.thread), scale: scale)
      guard case .call(var call)? = decoded, call.event.duration != nil else { return decoded }
      // A call that outlasts a sample of the clock ends by another scale: by that the calls behind it begin.
      let end = record.pointee.begin &+ (cut_recordState(record) & CUT_IN_FLIGHT)
      let scaleAtEnd = timeline.scale(at: end)
      if scaleAtEnd != scale {
        call.event.duration = max(0, scaleAtEnd.nanoseconds(at: end) &- call.event.begin)
      }
      return .call(call)
    } catch {
      losses.unreadable += 1
      return nil
    }
  }

  /// How many slots the segment has from `place` on.
  private func slotsLeft(from place: Place) -> Int { Spool.slotsPerSegment - Int(place.slot) }

  private func record(at place: Place) -> UnsafeMutablePointer<CUTRecord> {
    spool.record(Int(place.segment), slot: Int(place.slot))
  }

  private func begin(of place: Place) -> UInt64 { record(at: place).pointee.begin }

  private func done(_ place: Place) { segments[Int(place.segment)].pending -= 1 }
}
