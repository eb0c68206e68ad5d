/// The other side of a spool, written in Swift: what the preload library does, step by step, so that a test decides
/// what happens between the steps.

import CutapeABI
import CutapeRecorder
import CutapeTrace
import CutapeWire
import Glibc
import Testing

/// One thread of a program that never was.
final class SpoolWriter {
  private let session: UnsafeMutableRawPointer
  let thread: UInt32
  private var segment: UnsafeMutablePointer<CUTSegment>?
  private var slot = 0
  private var sequence: UInt64 = 0
  private var lost: UInt64 = 0

  convenience init(_ spool: Spool) {
    self.init(session: UnsafeMutableRawPointer(spool.session))
  }

  private init(session: UnsafeMutableRawPointer) {
    self.session = session
    thread = cut_addRelaxed32(&session.assumingMemoryBound(to: CUTSession.self).pointee.threads, 1) + 1
  }

  /// Begins a call; nil when no segment is free.
  @discardableResult
  func begin(
    _ name: String, at time: UInt64, words: [UInt64] = [], tail: [UInt64] = [], site: UInt64 = 0x1000,
    form: UInt64 = 4
  ) -> UnsafeMutablePointer<CUTRecord>? {
    let all = words + tail
    let slots = max(0, (all.count - Int(CUT_RECORD_WORDS) + 7) / 8)
    if segment == nil || slot + 1 + slots > 16382 {
      close()
      guard open(at: time) else {
        lost += 1
        cut_addRelaxed64(&session.assumingMemoryBound(to: CUTSession.self).pointee.lost, 1)
        return nil
      }
    }
    guard let segment, let function = ApiTable.functions.named(name) else { return nil }
    let record = cut_recordAt(segment, UInt32(slot))
    slot += 1 + slots
    record.pointee.begin = time
    record.pointee.kind = 1
    let target = UnsafeMutableRawPointer(record).advanced(by: 32).assumingMemoryBound(to: UInt64.self)
    for (index, word) in all.enumerated() { target[index] = word }
    record.pointee.state = UInt64(function.id) << 48 | CUT_IN_FLIGHT
    cut_storeRelease64(&record.pointee.site, site | UInt64(slots) << 48 | form << 56)
    return record
  }

  /// Completes a call.
  func end(_ record: UnsafeMutablePointer<CUTRecord>?, at time: UInt64, result: Int32 = 0) {
    guard let record else { return }
    record.pointee.result = result
    let id = record.pointee.state >> 48
    cut_storeRelease64(&record.pointee.state, id << 48 | (time - record.pointee.begin))
  }

  /// A whole copy whose byte count tells it apart.
  func copy(_ count: UInt64, from begin: UInt64, to end: UInt64) {
    self.end(self.begin("cudaMemcpyAsync", at: begin, words: [1, 2, count, 0]), at: end)
  }

  /// Sends a piece of a content.
  func piece(_ key: ContentKey, offset: UInt64 = 0, _ data: [UInt8]) {
    let record = begin(
      "cutape_content", at: 1, words: [key.hash, key.bytes, offset, UInt64(data.count + 7) / 8],
      tail: (0..<(data.count + 7) / 8).map { word in
        data.dropFirst(word * 8).prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
      })
    self.end(record, at: 1)
  }

  /// Sends the frames of a stack, from the call outwards.
  func frames(_ stack: UInt64, _ addresses: [UInt64], isWhole: Bool = true) {
    let record = begin(
      "cutape_frames", at: 1, words: [stack, isWhole ? 1 : 0, UInt64(addresses.count)], tail: addresses)
    self.end(record, at: 1)
  }

  /// Says what the stack of the next call is.
  func callStack(_ stack: UInt64) { self.end(begin("cutape_call_stack", at: 1, words: [stack]), at: 1) }

  /// Reports an object that calls CUDA.
  func module(path: String, base: UInt64, end: UInt64) {
    let record = begin(
      "cutape_module", at: 1, words: [base, end, 0, 0, 0, 0, UInt64(path.utf8.count)],
      tail: [UInt64](text: path))
    self.end(record, at: 1)
  }

  /// Takes another segment while a call in this one has not returned. Returns the one that was left, still open.
  func leave() -> UnsafeMutablePointer<CUTSegment>? {
    defer { segment = nil }
    return segment
  }

  /// Ends, and leaves the rest of the segment to a new thread, which is returned.
  func bequeath() -> SpoolWriter {
    let heir = SpoolWriter(session: session)
    bequeath(to: heir)
    return heir
  }

  /// Ends, and leaves the rest of the segment to `heir`, which gives up its own.
  func bequeath(to heir: SpoolWriter) {
    heir.close()
    (heir.segment, heir.slot) = (segment, slot)
    segment = nil
    let name = [UInt64](text: "heir")
    heir.end(
      heir.begin(
        "cutape_thread", at: 1,
        words: [UInt64(heir.thread), 200 + UInt64(heir.thread), heir.sequence, heir.lost, name[0], 0]),
      at: 1)
    heir.sequence += 1
  }

  /// Hands the segment back, as a thread does that ends.
  func close() {
    if let segment { cut_storeRelease32(&segment.pointee.state, CUT_SEGMENT_CLOSED.rawValue) }
    segment = nil
  }

  private func open(at time: UInt64) -> Bool {
    let index = cut_freeListPop(session, .max)
    guard index >= 0 else { return false }
    let new: UnsafeMutablePointer<CUTSegment> = cut_segmentAt(session, UInt32(index))
    new.pointee.thread = thread
    new.pointee.tid = 100 + thread
    new.pointee.sequence = sequence
    new.pointee.opened = time
    new.pointee.lostBefore = lost
    withUnsafeMutableBytes(of: &new.pointee.name) { $0.copyBytes(from: "worker".utf8) }
    cut_storeRelease32(&new.pointee.state, CUT_SEGMENT_OPEN.rawValue)
    segment = new
    slot = 0
    sequence += 1
    return true
  }
}

/// Keeps what is drained.
final class MemorySink: CallSink {
  struct Full: Error {}

  var events: [Event] = []
  var threads: [RecordedThread] = []
  var sites: [Int: CallSite] = [:]
  var modules: [String] = []
  var frames: [StackFrame] = []
  /// What was stored of contents that are not whole, and those that are.
  var parts: [Int: [UInt8]] = [:]
  var contents: [ContentKey: [UInt8]] = [:]
  var isFull = false

  func add(_ thread: RecordedThread) throws { threads.append(thread) }
  func add(_ module: ShimModule) throws { modules.append(module.path) }
  func add(_ site: CallSite, key: Int) throws { sites[key] = site }

  func add(_ frames: [StackFrame], from first: Int) throws {
    if isFull { throw Full() }
    #expect(first == self.frames.count + 1)
    self.frames += frames
  }

  func append(_ events: [Event]) throws -> Int {
    if isFull { throw Full() }
    self.events += events
    return self.events.count - events.count + 1
  }

  func hasContent(_ key: ContentKey) throws -> Bool { contents[key] != nil }

  func add(_ batch: ContentBatch) throws {
    if isFull { throw Full() }
    for part in batch.parts { parts[part.content, default: []] += part.data }
    for whole in batch.whole { contents[whole.key] = parts.removeValue(forKey: whole.content) }
    for dropped in batch.dropped { parts[dropped] = nil }
  }

  func complete(_ number: Int, with event: Event) throws { events[number - 1] = event }

  /// The addresses of the frames of a call's stack, the call first; nil when it has none.
  func stack(of event: Event) -> [Address]? {
    StackTable(frames)[event.stack]?.sites.compactMap { sites[$0]?.address }
  }

  /// The byte counts of the copies, in order: what ``SpoolWriter/copy(_:from:to:)`` put there.
  var copies: [UInt64] { events.compactMap { $0.arguments.count == 5 ? $0.arguments[2] : nil } }
}

/// A spool in a folder of its own, with a drain that keeps calls in memory. One tick is one nanosecond.
struct Bench {
  let directory: String
  let spool: Spool
  let sink = MemorySink()
  let drain: Drain<MemorySink>

  init() throws {
    var template = Array("/tmp/cutape-test.XXXXXX\0".utf8CString)
    directory = String(cString: mkdtemp(&template))
    spool = try Spool.create(
      in: directory, clock: Clock(source: .monotonic), budget: SpoolBudget(firstSegments: 4, maxSegments: 8))
    let start = CUTCalibration(ticks: 0, nanoseconds: 1_000_000)
    var timeline = Timeline(first: start)
    timeline.append(CUTCalibration(ticks: 1_000_000, nanoseconds: 2_000_000))
    drain = Drain(spool: spool, sink: sink, timeline: timeline, workingDirectory: "/opt")
  }

  func remove() {
    spool.remove()
    rmdir(directory)
  }

  /// Reads, and writes what took effect before `horizon`.
  func drain(to horizon: UInt64) throws {
    repeat {
      _ = drain.poll(horizon: horizon)
      try drain.write()
    } while drain.isBehind
  }
}
