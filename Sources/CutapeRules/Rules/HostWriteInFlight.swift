import CutapeEmulator
import CutapeReplay
import CutapeTrace

/// The host writes memory that an asynchronous copy may still be reading.
///
/// A store is no call. It is in the trace where the program says so (`cutape.h`) or was watched. With pageable memory
/// the copy is seen to have read its source when it returns, and does not promise it: a warning.
struct HostWriteInFlight: Rule {
  static let page = RulePage(
    code: "CT405", name: "host-write-in-flight", severity: .error,
    summary: "the host writes memory that an asynchronous copy may still be reading",
    what: """
      An upload from page-locked memory returns before it has read its source. The program writes to the source before \
      a synchronisation or an event says that the copy is complete. A program says that it writes with \
      `CUTAPE_HOST_WRITE` of `cutape.h`; `record --watch-host` sees some writes by itself.
      """,
    why: "The device gets old bytes, new bytes or a mixture.",
    example: """
      d1 = cudaMalloc(4096)
      h1 = cudaMallocHost(4096)
      s1 = cudaStreamCreate()
      cudaMemcpyAsync(d1, h1, 4096, H2D, s1)
      CUTAPE_HOST_WRITE(h1, 4096)
      """,
    instead: """
      d1 = cudaMalloc(4096)
      h1 = cudaMallocHost(4096)
      s1 = cudaStreamCreate()
      cudaMemcpyAsync(d1, h1, 4096, H2D, s1)
      cudaStreamSynchronize(s1)
      CUTAPE_HOST_WRITE(h1, 4096)
      """,
    reference: "CUDA Runtime API, \"API synchronization behavior\": asynchronous copies", since: "0.1")
  static let facts: Facts = .conflicts

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    for conflict in replay.conflicts(.writeInFlight) {
      reporter.report(
        replay.unordered(
          Self.self, conflict, notes: [.notCovered(conflict.earlier.event.number)],
          help: .orderByEvent(conflict, replay)))
    }
  }
}

extension Message {
  fileprivate static func notCovered(_ number: Int) -> Message {
    "no synchronisation and no event covers the copy #\(number) by then"
  }
}
