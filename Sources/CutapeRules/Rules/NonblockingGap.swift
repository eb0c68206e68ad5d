import CutapeEmulator
import CutapeReplay
import CutapeTrace

/// The legacy stream and a non-blocking stream touch the same bytes with nothing between them.
struct NonblockingGap: Rule {
  static let page = RulePage(
    code: "CT402", name: "nonblocking-gap", severity: .error,
    summary: "the legacy stream and a non-blocking stream touch the same bytes, and nothing orders them",
    what: """
      The legacy default stream waits for blocking streams and they wait for it. A stream made with \
      `cudaStreamNonBlocking` takes no part in that: it needs an event or a synchronisation like any other stream.
      """,
    why: """
      Code that was right with `cudaStreamCreate` breaks when the flag is added: the implicit order that it relied on \
      is gone, and the race shows only under load.
      """,
    example: """
      d1 = cudaMalloc(4096)
      h1 = cudaMallocHost(4096)
      s1 = cudaStreamCreateWithFlags(1)
      cudaMemsetAsync(d1, 0, 4096, 0)
      cudaMemcpyAsync(h1, d1, 4096, D2H, s1)
      """,
    instead: """
      d1 = cudaMalloc(4096)
      h1 = cudaMallocHost(4096)
      s1 = cudaStreamCreateWithFlags(0)
      cudaMemsetAsync(d1, 0, 4096, 0)
      cudaMemcpyAsync(h1, d1, 4096, D2H, s1)
      """,
    reference: "CUDA Runtime API, \"Stream synchronization behavior\"", since: "0.1")
  static let facts: Facts = [.conflicts]

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    for conflict in replay.conflicts(.legacyBesideNonBlocking) {
      let streams = [replay.step.stream, replay.emulator.stream(id: conflict.earlier.stream)]
      guard let nonBlocking = streams.compactMap({ $0 }).first(where: \.isNonBlocking) else { continue }
      reporter.report(
        replay.unordered(
          Self.self, conflict,
          notes: [
            .isNonBlocking(nonBlocking.name, createdBy: nonBlocking.createdBy),
            .nothingElse(conflict.earlier.event.number, replay.step.event.number),
          ],
          help: .orderByEvent(conflict, replay)))
    }
  }
}

extension Message {
  fileprivate static func isNonBlocking(_ stream: String, createdBy number: Int) -> Message {
    "\(stream) was created non-blocking by #\(number): it does not wait for the legacy stream, nor that for it"
  }

  fileprivate static func nothingElse(_ earlier: Int, _ later: Int) -> Message {
    "no event, wait or synchronize between #\(earlier) and #\(later) orders the two"
  }
}
