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
  fileprivate struct Write {
    var copy: SubmittedOperation
    var bytes: ByteRange
  }

  /// Copies whose bytes nothing can have read, by object.
  private var unread: [Int: [Write]] = [:]
  fileprivate static let limit = 8
  private var tally = Tally()
  private var sawKernel = false

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    switch replay.step.operation {
    case .copy, .copyBatch, .fill: follow(replay)
    case .launch:
      sawKernel = true
      unread.removeAll(keepingCapacity: true)
    case .free, .unregister:
      if let object = replay.step.released { unread[object.id] = nil }
    case .hostFunction, .unsupported: unread.removeAll(keepingCapacity: true)
    case .allocate, .allocateArray, .register, .hostDevicePointer, .registerBinary, .registerKernel,
      .registerVariable, .registerManaged, .advise, .pool, .interprocess, .getKernel, .symbolAddress,
      .callConfiguration, .createStream, .destroyStream,
      .synchronizeStream, .queryStream, .streamWaitEvent, .createEvent, .destroyEvent, .recordEvent,
      .synchronizeEvent, .queryEvent, .elapsedTime, .setDevice, .context, .synchronizeDevice, .enablePeer,
      .disablePeer,
      .takeLastError, .peekLastError, .describeError, .host, .neutral:
      break
    default: unread.removeAll(keepingCapacity: true)
    }
  }

  private mutating func follow(_ replay: Replay) {
    guard replay.step.succeeded, let submitted = replay.step.submitted else { return }
    for movement in replay.step.movements {
      guard let source = movement.source else { continue }
      if source.isSpanning { unread.removeAll(keepingCapacity: true) }
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
    if replay.step.conflicts.isEmpty {
      for dead in unread[object] ?? [] where bytes.contains(dead.bytes) {
        tally.add(dead.copy.event, bytes: dead.bytes.count) { (replay.call(dead.copy), [replay.call]) }
      }
    }
    guard unread[object] != nil else {
      unread[object] = [Write(copy: submitted, bytes: bytes)]
      return
    }
    unread[object]?.replace(bytes, by: submitted)
  }

  /// Forgets the copies whose bytes `footprint` may touch.
  private mutating func drop(_ footprint: Footprint, of object: Int) {
    guard !unread.isEmpty else { return }
    unread[object]?.removeAll { $0.bytes.overlaps(footprint.hull) }
  }

  mutating func finish(_ replay: Replay, _ reporter: inout Reporter) {
    guard sawKernel, replay.completeness.isGapless else { return }
    for entry in tally.entries where entry.largest > Threshold.large || entry.count >= Threshold.loop {
      reporter.report(Finding(Self.self, .dead(entry.largest), entry, help: .leaveOut))
    }
  }
}

extension [DeadCopy.Write] {
  /// Adds a copy, in place of those whose bytes it writes.
  fileprivate mutating func replace(_ bytes: ByteRange, by copy: SubmittedOperation) {
    removeAll { $0.bytes.overlaps(bytes) }
    if count == DeadCopy.limit { removeFirst() }
    append(DeadCopy.Write(copy: copy, bytes: bytes))
  }
}

extension Message {
  fileprivate static func dead(_ bytes: UInt64) -> Message {
    "the \(size(bytes)) that this copy writes are overwritten before anything reads them"
  }

  fileprivate static let leaveOut: Message =
    "leave the copy out, or see whether it was meant for another place"
}
