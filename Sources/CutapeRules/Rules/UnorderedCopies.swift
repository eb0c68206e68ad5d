import CutapeEmulator
import CutapeReplay
import CutapeTrace

/// Two operations on different streams touch the same bytes, at least one writes, and nothing orders them.
struct UnorderedCopies: Rule {
  static let page = RulePage(
    code: "CT401", name: "unordered-copies", severity: .error,
    summary: "two operations touch the same bytes, at least one writes, and nothing orders them",
    what: """
      Work in different streams may run in any order, or at the same time. Two operations that touch the same bytes, \
      one of them writing, need an edge: the same stream, an event that is recorded after the first and waited for \
      before the second, or a synchronisation by the host between them.
      """,
    why: """
      Which operation comes first differs from run to run and from device to device. The reader gets old bytes, new \
      bytes or a mixture; of two writers either may win.
      """,
    example: """
      d1 = cudaMalloc(4096)
      h1 = cudaMallocHost(4096)
      h2 = cudaMallocHost(4096)
      s1 = cudaStreamCreateWithFlags(1)
      s2 = cudaStreamCreateWithFlags(1)
      cudaMemcpyAsync(d1, h1, 4096, H2D, s1)
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
    reference: "CUDA C++ Programming Guide, \"Asynchronous Concurrent Execution\": streams",
    since: "0.1")
  static let facts: Facts = [.conflicts]

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    replay.report(.noEdge, as: Self.self, to: &reporter) { .noEdge($0, replay) }
  }
}
