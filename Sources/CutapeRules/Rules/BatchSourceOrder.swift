import CutapeEmulator
import CutapeReplay
import CutapeTrace

/// A batch may read a source out of stream order, and earlier work of a stream still writes it.
struct BatchSourceOrder: Rule {
  static let page = RulePage(
    code: "CT413", name: "batch-source-order", severity: .error,
    summary: "a batch reads a source out of stream order while earlier work may still write it",
    what: """
      With `cudaMemcpySrcAccessOrderDuringApiCall` or `...Any` the source of an entry may be read before the batch's \
      turn in its stream. What the stream has still to do is then not before the read, not even in the same stream: \
      only what the host has waited for is.
      """,
    why: "The batch copies what the source held before the earlier work.",
    example: """
      d1 = cudaMalloc(4096)
      d2 = cudaMalloc(4096)
      h1 = cudaMallocHost(4096)
      s1 = cudaStreamCreate()
      cudaMemcpyAsync(d1, h1, 4096, H2D, s1)
      cudaMemcpyBatchAsync(s1, d2 d1 4096 Any)
      """,
    instead: """
      d1 = cudaMalloc(4096)
      d2 = cudaMalloc(4096)
      h1 = cudaMallocHost(4096)
      s1 = cudaStreamCreate()
      cudaMemcpyAsync(d1, h1, 4096, H2D, s1)
      cudaMemcpyBatchAsync(s1, d2 d1 4096)
      """,
    reference:
      "CUDA Runtime API, cudaMemcpySrcAccessOrder: \"access to the source pointer can be out of stream order\"",
    since: "0.1")
  static let facts: Facts = [.conflicts]

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    var told: Set<Int> = []
    for conflict in replay.conflicts(.sourceOutOfOrder)
    where told.insert(conflict.earlier.event.number).inserted {
      reporter.report(
        replay.unordered(Self.self, conflict, notes: [.readsEarly], help: .useStreamOrder))
    }
  }
}

extension Message {
  fileprivate static let readsEarly: Message =
    "the entry allows its source to be read before the batch's turn, so the order of the stream does not protect it"
  fileprivate static let useStreamOrder: Message =
    "pass cudaMemcpySrcAccessOrderStream, or let the host wait for the earlier work"
}
