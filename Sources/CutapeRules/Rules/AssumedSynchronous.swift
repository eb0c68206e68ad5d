import CutapeEmulator
import CutapeReplay
import CutapeTrace

/// The result of a copy within devices or of a memset is used as if the call had waited for it.
struct AssumedSynchronous: Rule {
  static let page = RulePage(
    code: "CT404", name: "device-copy-assumed-synchronous", severity: .error,
    summary: "a copy between device memory or a memset without a stream is used as if it were complete",
    what: """
      `cudaMemcpy` between device buffers and `cudaMemset` of device memory take no stream, and do not wait either: \
      they are submitted to the legacy stream and return. A stream that does not wait for the legacy stream may touch \
      the bytes before.
      """,
    why: """
      The functions have `Async` siblings, so they pass for synchronous. For memory on the device they are not, and \
      the race shows only under load.
      """,
    example: """
      d1 = cudaMalloc(4096)
      h1 = cudaMallocHost(4096)
      s1 = cudaStreamCreateWithFlags(1)
      cudaMemset(d1, 0, 4096)
      cudaMemcpyAsync(h1, d1, 4096, D2H, s1)
      """,
    instead: """
      d1 = cudaMalloc(4096)
      h1 = cudaMallocHost(4096)
      s1 = cudaStreamCreateWithFlags(1)
      cudaMemsetAsync(d1, 0, 4096, s1)
      cudaMemcpyAsync(h1, d1, 4096, D2H, s1)
      """,
    reference:
      "CUDA Runtime API, \"API synchronization behavior\": \"no host-side synchronization is performed\"",
    since: "0.1")
  static let facts: Facts = [.conflicts]

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    replay.report(.assumedSynchronous, as: Self.self, to: &reporter) {
      .returnsAtOnce(replay.noun($0.earlier), $0.earlier.event.number)
    }
  }
}

extension Message {
  fileprivate static func returnsAtOnce(_ noun: String, _ number: Int) -> Message {
    "the \(noun) #\(number) takes no stream and does not wait: with device memory the call returns before it is done"
  }
}
