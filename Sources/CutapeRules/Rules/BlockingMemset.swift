import CutapeEmulator
import CutapeReplay
import CutapeTrace

/// A synchronous memset of page-locked or managed memory: more than 64 KiB, or in a loop.
struct BlockingMemset: Rule {
  static let page = RulePage(
    code: "CT903", name: "blocking-memset", severity: .perf,
    summary: "a memset of page-locked or managed memory makes the host wait",
    what: """
      `cudaMemset` of device memory returns at once. With page-locked host memory or managed memory it returns when \
      the bytes are set, after all work before it in the stream.
      """,
    why: "The host waits for the device to do what it could do itself, or need not wait for.",
    example: """
      m1 = cudaMallocManaged(0x100000, 1)
      cudaMemset(m1, 0, 0x100000)
      """,
    instead: """
      m1 = cudaMallocManaged(0x100000, 1)
      s1 = cudaStreamCreate()
      cudaMemsetAsync(m1, 0, 0x100000, s1)
      cudaStreamSynchronize(s1)
      """,
    reference: "CUDA Runtime API, \"API synchronization behavior\", Memset", since: "0.1")
  static let facts: Facts = [.defaultStreams]

  private var tally = Tally()

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    guard replay.step.succeeded, case .fill(let fill) = replay.step.operation, !fill.isAsync,
      let movement = replay.step.movements.first, !movement.extent.isEmpty
    else { return }
    switch movement.destination.memory {
    case .pinned, .managed: tally.add(replay, bytes: movement.bytes)
    case .device, .pageable: break
    }
  }

  mutating func finish(_ replay: Replay, _ reporter: inout Reporter) {
    for entry in tally.entries where entry.count >= Threshold.loop || entry.largest > Threshold.large {
      reporter.report(
        Finding(
          Self.self, .blocking(entry.largest), entry, notes: Message.sum(entry, of: "memsets"), help: .async))
    }
  }
}

extension Message {
  fileprivate static func blocking(_ bytes: UInt64) -> Message {
    "the host waits for a memset of \(size(bytes)) of memory that is not the device's alone"
  }

  fileprivate static let async: Message =
    "use memset on the host, or cudaMemsetAsync on a stream, and wait where the data is needed"
}
