import CutapeEmulator
import CutapeReplay
import CutapeTrace

/// What a synchronous copy uploads from pageable memory is used on a stream that does not wait for it.
///
/// The documentation promises only that such a copy has staged its source when it returns. On hardware it is seen to
/// be complete, so this exists under the documented profile alone.
struct SyncUploadThenNonblocking: Rule {
  static let page = RulePage(
    code: "CT403", name: "sync-upload-then-nonblocking", severity: .warning,
    summary: "a synchronous upload from pageable memory is used on a stream that does not wait for it",
    what: """
      `cudaMemcpy` from pageable memory returns once the data is staged; the transfer to the device may still be going \
      on. A blocking stream waits for it through the legacy stream. A non-blocking stream does not.
      """,
    why: """
      The name of the function says that the copy is done, and mostly it is. Where it is not, the other stream reads \
      old bytes.
      """,
    example: """
      d1 = cudaMalloc(4096)
      p1 = malloc(4096)
      h1 = cudaMallocHost(4096)
      s1 = cudaStreamCreateWithFlags(1)
      cudaMemcpy(d1, p1, 4096, H2D)
      cudaMemcpyAsync(h1, d1, 4096, D2H, s1)
      """,
    instead: """
      d1 = cudaMalloc(4096)
      p1 = malloc(4096)
      h1 = cudaMallocHost(4096)
      s1 = cudaStreamCreateWithFlags(1)
      cudaMemcpyAsync(d1, p1, 4096, H2D, s1)
      cudaMemcpyAsync(h1, d1, 4096, D2H, s1)
      """,
    reference:
      "CUDA Runtime API, \"API synchronization behavior\": \"the DMA to final destination may not have completed\"",
    since: "0.1")
  static let facts: Facts = [.conflicts]

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    replay.report(.stagedUpload, as: Self.self, to: &reporter) { .staged($0.earlier.event.number) }
  }
}

extension Message {
  fileprivate static func staged(_ number: Int) -> Message {
    "#\(number) promises only that its source has been read when it returns"
  }
}
