import CutapeEmulator
import CutapeReplay
import CutapeTrace

/// A copy reads managed memory that was discarded.
///
/// A write or a prefetch of the bytes ends a discard. A kernel that could reach the memory may have written it, and ends
/// the question; so does a wait of the host, since from then on the host may have.
struct DiscardedRead: Rule {
  static let page = RulePage(
    code: "CT302", name: "discarded-read", severity: .error,
    summary: "a copy reads managed memory after its discard, before a write or a prefetch of those bytes",
    what: """
      `cudaMemDiscardBatchAsync` says that nobody needs what the ranges hold. Until the bytes are written, or \
      prefetched, reading them gives an indeterminate value. The copy reads some of them.
      """,
    why: """
      The pages are dropped when the driver moves or evicts them, and otherwise keep what they held: the copy is right \
      on an idle machine and wrong under memory pressure.
      """,
    example: """
      m1 = cudaMallocManaged(4096, 1)
      h1 = cudaMallocHost(4096)
      s1 = cudaStreamCreate()
      cudaMemsetAsync(m1, 7, 4096, s1)
      cudaMemDiscardBatchAsync(s1, m1 4096)
      cudaMemcpyAsync(h1, m1, 4096, Default, s1)
      """,
    instead: """
      m1 = cudaMallocManaged(4096, 1)
      h1 = cudaMallocHost(4096)
      s1 = cudaStreamCreate()
      cudaMemDiscardBatchAsync(s1, m1 4096)
      cudaMemsetAsync(m1, 7, 4096, s1)
      cudaMemcpyAsync(h1, m1, 4096, Default, s1)
      """,
    reference: "CUDA Runtime API, cudaMemDiscardBatchAsync: reading \"will return an indeterminate value\"",
    since: "0.2")
  static let facts: Facts = [.discarded]

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    for discarded in replay.step.discarded {
      let first = replay.position(discarded.overlap.first.start, in: discarded.object.name)
      let (call, discard) = (replay.call(discarded.operation), replay.call(discarded.discard))
      reporter.report(
        Finding(
          Self.self, .error, .discarded(discarded.overlap.bytes, by: discard.number, first: first),
          call: call, related: [discard] + replay.origins(of: [discarded.operation]),
          picture: Finding.Picture(
            title: replay.origin(discarded.object),
            accesses: [.init(call: call, range: discarded.footprint.hull, writes: false)],
            marked: discarded.overlap.first,
            caption: "\(Message.bytes(discarded.overlap.first.count)), discarded"),
          help: .writeOrPrefetch(discard.number)))
    }
  }
}

extension Message {
  fileprivate static func discarded(_ bytes: UInt64, by number: Int, first: String) -> Message {
    "this copy reads \(Self.bytes(bytes)) that #\(number) discarded, from \(first)"
  }

  fileprivate static func writeOrPrefetch(_ number: Int) -> Message {
    "write the bytes after #\(number), prefetch them, or discard only what is not needed"
  }
}
