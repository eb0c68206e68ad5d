import CutapeEmulator
import CutapeReplay
import CutapeTrace

/// The event that was waited for had been recorded again, elsewhere, before the wait.
struct RerecordedEvent: Rule {
  static let page = RulePage(
    code: "CT410", name: "rerecorded-event", severity: .error,
    summary: "an unordered pair whose event was recorded again before the wait",
    what: """
      An event holds one state: a record overwrites the one before. A wait uses the newest record at the time of the \
      call, so what an earlier record covered is lost.
      """,
    why:
      "An event that is shared by two streams, or a ring of events that wraps too early, orders the wrong work.",
    example: """
      d1 = cudaMalloc(4096)
      d2 = cudaMalloc(4096)
      h1 = cudaMallocHost(4096)
      h2 = cudaMallocHost(4096)
      s1 = cudaStreamCreateWithFlags(1)
      s2 = cudaStreamCreateWithFlags(1)
      s3 = cudaStreamCreateWithFlags(1)
      e1 = cudaEventCreate()
      cudaMemcpyAsync(d1, h1, 4096, H2D, s1)
      cudaEventRecord(e1, s1)
      cudaMemcpyAsync(d2, h1, 4096, H2D, s2)
      cudaEventRecord(e1, s2)
      cudaStreamWaitEvent(s3, e1, 0)
      cudaMemcpyAsync(h2, d1, 4096, D2H, s3)
      """,
    instead: """
      d1 = cudaMalloc(4096)
      d2 = cudaMalloc(4096)
      h1 = cudaMallocHost(4096)
      h2 = cudaMallocHost(4096)
      s1 = cudaStreamCreateWithFlags(1)
      s2 = cudaStreamCreateWithFlags(1)
      s3 = cudaStreamCreateWithFlags(1)
      e1 = cudaEventCreate()
      e2 = cudaEventCreate()
      cudaMemcpyAsync(d1, h1, 4096, H2D, s1)
      cudaEventRecord(e1, s1)
      cudaMemcpyAsync(d2, h1, 4096, H2D, s2)
      cudaEventRecord(e2, s2)
      cudaStreamWaitEvent(s3, e1, 0)
      cudaMemcpyAsync(h2, d1, 4096, D2H, s3)
      """,
    reference:
      "CUDA Runtime API, cudaEventRecord: a later call \"will overwrite the previously captured state\"",
    since: "0.1")
  static let facts: Facts = [.conflicts]

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    for conflict in replay.conflicts(.overwrittenEvent) {
      guard case .rerecorded(_, _, let other, _) = conflict.missed, let missed = Message.missed(conflict)
      else { continue }
      reporter.report(
        replay.unordered(Self.self, conflict, notes: [missed], help: .useTwoEvents(other: other)))
    }
  }
}

extension Message {
  fileprivate static func useTwoEvents(other: Int) -> Message {
    "use an event of its own for #\(other), or wait before it is recorded again"
  }
}
