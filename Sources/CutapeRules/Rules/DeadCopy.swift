import CutapeEmulator
import CutapeReplay
import CutapeTrace

/// A copy to device memory whose bytes another copy overwrites before anything can have read them.
///
/// Any kernel, graph or call that is not modelled may read all memory, so only copies and memsets may stand between
/// the two. Host memory is left out: the host reads it without a call. The kernels of a library that brings a CUDA
/// runtime of its own are not in the trace, so a program of which no kernel was seen is not judged.
struct DeadCopy: Rule {
  static let page = RulePage(
    code: "CT911", name: "dead-copy", severity: .perf,
    summary: "what a copy wrote is overwritten by a copy before anything could read it",
    what: """
      Between the two copies no kernel ran and no copy read the bytes. Told from 64 KiB on, or when it happens again and \
      again at one call site.
      """,
    why: "The first copy was made for nothing, or it was meant for another place.",
    example: """
      d1 = cudaMalloc(0x100000)
      h1 = cudaMallocHost(0x100000)
      s1 = cudaStreamCreate()
      cudaMemcpyAsync(d1, h1, 0x100000, H2D, s1)
      cudaMemcpyAsync(d1, h1, 0x100000, H2D, s1)
      use<<<s1>>>(const d1)
      """,
    instead: """
      d1 = cudaMalloc(0x100000)
      h1 = cudaMallocHost(0x100000)
      s1 = cudaStreamCreate()
      cudaMemcpyAsync(d1, h1, 0x100000, H2D, s1)
      use<<<s1>>>(const d1)
      """,
    reference: "CUDA C++ Best Practices Guide, \"Data Transfer Between Host and Device\"", since: "0.1")
  static let facts: Facts = [.actions]

  /// A copy, and the contiguous bytes that it wrote.
  private struct Write {
    var copy: SubmittedOperation
    var bytes: ByteRange
  }

  /// Copies whose bytes nothing can have read, those to one object side by side. Apart from where an object has its own,
  /// so that they change in place.
  private var unread: [[Write]] = []
  private var places: [Int: Int] = [:]
  /// Places in `unread` without an object.
  private var vacant: [Int] = []
  private static let limit = 8
  private var tally = Tally()
  private var sawKernel = false

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    switch replay.step.operation {
    case .copy, .copyBatch, .fill: follow(replay)
    case .launch:
      sawKernel = true
      forgetAll()
    case .free, .unregister:
      if let object = replay.step.released, let place = places.removeValue(forKey: object.id) {
        unread[place] = []
        vacant.append(place)
      }
    case .hostFunction, .unsupported: forgetAll()
    case .allocate, .allocateArray, .register, .hostDevicePointer, .registerBinary, .registerKernel,
      .registerVariable, .registerManaged, .advise, .pool, .interprocess, .getKernel, .symbolAddress,
      .callConfiguration, .createStream, .destroyStream,
      .synchronizeStream, .queryStream, .streamWaitEvent, .createEvent, .destroyEvent, .recordEvent,
      .synchronizeEvent, .queryEvent, .elapsedTime, .setDevice, .context, .synchronizeDevice, .enablePeer,
      .disablePeer,
      .takeLastError, .peekLastError, .describeError, .host, .neutral:
      break
    default: forgetAll()
    }
  }

  private mutating func follow(_ replay: Replay) {
    guard replay.step.succeeded, let submitted = replay.step.submitted else { return }
    for movement in replay.step.movements {
      guard let source = movement.source else { continue }
      if source.isSpanning { forgetAll() }
      if let object = source.footprint.object { drop(source.footprint, of: object) }
    }
    guard replay.step.movements.count == 1, let movement = replay.step.movements.first, movement.copy != nil,
      movement.destination.memory == .device, !movement.destination.isArray,
      let target = submitted.operands.destination, target.isContiguous, let object = target.object
    else {
      for movement in replay.step.movements {
        let target = movement.destination.footprint
        if let object = target.object { drop(target, of: object) }
      }
      return
    }
    let bytes = target.hull
    let place = place(of: object)
    if replay.step.conflicts.isEmpty {
      for index in unread[place].indices where bytes.contains(unread[place][index].bytes) {
        let dead = unread[place][index]
        tally.add(dead.copy.event, bytes: dead.bytes.count) { (replay.call(dead.copy), [replay.call]) }
      }
    }
    drop(bytes, at: place)
    if unread[place].count == Self.limit { unread[place].removeFirst() }
    unread[place].append(Write(copy: submitted, bytes: bytes))
  }

  private mutating func place(of object: Int) -> Int {
    if let known = places[object] { return known }
    let place = vacant.popLast() ?? unread.count
    if place == unread.count { unread.append([]) }
    places[object] = place
    return place
  }

  private mutating func forgetAll() {
    guard !unread.isEmpty else { return }
    unread.removeAll(keepingCapacity: true)
    places.removeAll(keepingCapacity: true)
    vacant.removeAll(keepingCapacity: true)
  }

  /// Forgets the copies whose bytes `footprint` may touch.
  private mutating func drop(_ footprint: Footprint, of object: Int) {
    if let place = places[object] { drop(footprint.hull, at: place) }
  }

  private mutating func drop(_ bytes: ByteRange, at place: Int) {
    for index in unread[place].indices.reversed() where unread[place][index].bytes.overlaps(bytes) {
      unread[place].remove(at: index)
    }
  }

  mutating func finish(_ replay: Replay, _ reporter: inout Reporter) {
    guard sawKernel, replay.completeness.isGapless else { return }
    for entry in tally.entries where entry.largest > Threshold.large || entry.count >= Threshold.loop {
      reporter.report(Finding(Self.self, .dead(entry.largest), entry, help: .leaveOut))
    }
  }
}

extension Message {
  fileprivate static func dead(_ bytes: UInt64) -> Message {
    "the \(size(bytes)) that this copy writes are overwritten before anything reads them"
  }

  fileprivate static let leaveOut: Message =
    "leave the copy out, or see whether it was meant for another place"
}
