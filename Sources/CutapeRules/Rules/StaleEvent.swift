import CutapeEmulator
import CutapeReplay
import CutapeTrace

/// The event that was waited for had been recorded before the work that it should cover.
struct StaleEvent: Rule {
  static let page = RulePage(
    code: "CT409", name: "stale-event", severity: .error,
    summary: "an unordered pair whose event was recorded before the conflicting work was submitted",
    what: """
      A record captures what the stream holds at the time of the call. Work that is submitted to the stream later is not \
      part of it, and a wait for the event does not wait for that work.
      """,
    why: "The program has a record and a wait, and looks right; they are only in the wrong order.",
    example: """
      d1 = cudaMalloc(4096)
      h1 = cudaMallocHost(4096)
      h2 = cudaMallocHost(4096)
      s1 = cudaStreamCreateWithFlags(1)
      s2 = cudaStreamCreateWithFlags(1)
      e1 = cudaEventCreate()
      cudaEventRecord(e1, s1)
      cudaMemcpyAsync(d1, h1, 4096, H2D, s1)
      cudaStreamWaitEvent(s2, e1, 0)
      cudaMemcpyAsync(h2, d1, 4096, D2H, s2)
      """,
    instead: """
      d1 = cudaMalloc(4096)
      h1 = cudaMallocHost(4096)
      h2 = cudaMallocHost(4096)
      s1 = cudaStreamCreateWithFlags(1)
      s2 = cudaStreamCreateWithFlags(1)
      e1 = cudaEventCreate()
      cudaMemcpyAsync(d1, h1, 4096, H2D, s1)
      cudaEventRecord(e1, s1)
      cudaStreamWaitEvent(s2, e1, 0)
      cudaMemcpyAsync(h2, d1, 4096, D2H, s2)
      """,
    reference:
      "CUDA Runtime API, cudaEventRecord: \"captures in event the contents of stream at the time of this call\"",
    since: "0.1")
  static let facts: Facts = [.conflicts]

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    for conflict in replay.conflicts(.earlyEvent) {
      guard case .stale(let event, _, _) = conflict.missed, let missed = Message.missed(conflict) else {
        continue
      }
      reporter.report(
        replay.unordered(
          Self.self, conflict, notes: [missed],
          help: .recordLater(event, work: conflict.earlier.event.number)))
    }
  }
}

extension Message {
  fileprivate static func recordLater(_ event: String, work: Int) -> Message {
    "record \(event) after #\(work)"
  }
}
