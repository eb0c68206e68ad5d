import CutapeEmulator
import CutapeReplay
import CutapeTrace

/// A copy uploads the bytes that are there already.
///
/// That the bytes are the same is known from their hashes. They are still there if no copy, memset or kernel that may
/// reach them came between; what is not modelled counts as such. Only where kernels are seen: a program that launches
/// them by other means may change memory at any time.
struct RedundantTransfer: Rule {
  static let page = RulePage(
    code: "CT904", name: "redundant-transfer", severity: .perf,
    summary: "a copy uploads the same bytes to the same place, and nothing wrote there in between",
    what: """
      Two uploads to the same device memory carry equal bytes, by their hashes, and no copy, memset or kernel between \
      them can have changed the destination. Only traces with hashes show it: `cutape record --payload hash`.
      """,
    why: "The second upload takes time on the bus and changes nothing.",
    example: """
      h1 = cudaMallocHost(0x100000)
      d1 = cudaMalloc(0x100000)
      d2 = cudaMalloc(0x100000)
      hash(0x100000, 0xaa)
      cudaMemcpy(d1, h1, 0x100000, H2D)
      kernel<<<0>>>(const d1, d2)
      hash(0x100000, 0xaa)
      cudaMemcpy(d1, h1, 0x100000, H2D)
      kernel<<<0>>>(const d1, d2)
      """,
    instead: """
      h1 = cudaMallocHost(0x100000)
      d1 = cudaMalloc(0x100000)
      d2 = cudaMalloc(0x100000)
      hash(0x100000, 0xaa)
      cudaMemcpy(d1, h1, 0x100000, H2D)
      kernel<<<0>>>(const d1, d2)
      kernel<<<0>>>(const d1, d2)
      """,
    reference: "CUDA C++ Best Practices Guide, \"Data Transfer Between Host and Device\"", since: "0.1")
  static let facts: Facts = [.actions]

  private struct Upload: Sendable {
    var copy: SubmittedOperation
    var target: Footprint
    var hash: UInt64
  }

  /// By object: what was uploaded and is still there.
  private var uploads: [Int: [Upload]] = [:]
  private var sawKernel = false
  private var tally = Tally()
  /// The most uploads that are kept for one object.
  private static let limit = 64

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    guard !uploads.isEmpty || !replay.step.sourceHashes.isEmpty else {
      if case .launch = replay.step.operation { sawKernel = true }
      return
    }
    switch replay.step.operation {
    case .copy, .copyBatch, .fill: follow(replay)
    case .launch(let launch):
      sawKernel = true
      if launch.pointers?.contains(where: \.isDeep) ?? true { uploads = [:] }
      for (pointer, object) in replay.step.pointers where !pointer.isConst {
        if let object { uploads[object.id] = nil }
      }
    case .free, .unregister:
      if let object = replay.step.released { uploads[object.id] = nil }
    case .hostFunction, .unsupported, .capture, .graph, .resetDevice: uploads = [:]
    default: break
    }
  }

  private mutating func follow(_ replay: Replay) {
    for (entry, movement) in replay.step.movements.enumerated() {
      let target = movement.destination.footprint
      guard let object = target.object else { continue }
      let same = uploads[object]?.last {
        $0.hash == replay.step.sourceHashes[entry] && $0.target.isSameBytes(as: target)
      }
      if let same, replay.step.conflicts.isEmpty {
        tally.add(replay.step.event, bytes: movement.bytes) { (replay.call, [replay.call(same.copy)]) }
      }
      uploads[object]?.removeAll { $0.target.overlap(target) != nil || !replay.step.succeeded }
      guard let hash = replay.step.sourceHashes[entry], let submitted = replay.step.submitted,
        let kind = movement.destination.object?.kind, kind == .device || kind == .async,
        movement.destination.isInside
      else { continue }
      if uploads[object, default: []].count == Self.limit { uploads[object]?.removeFirst() }
      uploads[object, default: []].append(Upload(copy: submitted, target: target, hash: hash))
    }
  }

  mutating func finish(_ replay: Replay, _ reporter: inout Reporter) {
    guard sawKernel, replay.completeness.isGapless else { return }
    for entry in tally.entries where entry.largest > Threshold.large || entry.count >= Threshold.loop {
      reporter.report(
        Finding(
          Self.self, .same(entry.largest), entry, notes: Message.sum(entry, of: "copies"), help: .leaveOut))
    }
  }
}

extension Message {
  fileprivate static func same(_ bytes: UInt64) -> Message {
    "this copy uploads \(size(bytes)) that are there already"
  }

  fileprivate static let leaveOut: Message =
    "leave the copy out where the host has not changed the bytes since the last one"
}
