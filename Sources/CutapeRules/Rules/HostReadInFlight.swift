import CutapeEmulator
import CutapeReplay
import CutapeTrace

/// The host, or a copy, uses host memory that a copy from a device may still be writing.
///
/// What the program passes to another copy is in every trace. What it reads or writes itself is there where it says so
/// (`cutape.h`) or was watched.
struct HostReadInFlight: Rule {
  static let page = RulePage(
    code: "CT406", name: "host-read-in-flight", severity: .error,
    summary: "the host or a copy uses host memory that an earlier copy from a device may still be writing",
    what: """
      A download to page-locked memory returns before it is complete. Until a synchronisation or an event covers it, \
      nobody may use its destination; here another copy reads it, or the program itself reads or writes it. A program \
      says what it does itself with `CUTAPE_HOST_READ` and `CUTAPE_HOST_WRITE` of `cutape.h`; `record --watch-host` sees \
      some of it.
      """,
    why: "The reader passes on whatever the buffer held before, or a mixture.",
    example: """
      d1 = cudaMalloc(4096)
      d2 = cudaMalloc(4096)
      h1 = cudaMallocHost(4096)
      s1 = cudaStreamCreateWithFlags(1)
      s2 = cudaStreamCreateWithFlags(1)
      cudaMemsetAsync(d1, 0, 4096, s1)
      cudaMemcpyAsync(h1, d1, 4096, D2H, s1)
      cudaMemcpyAsync(d2, h1, 4096, H2D, s2)
      """,
    instead: """
      d1 = cudaMalloc(4096)
      d2 = cudaMalloc(4096)
      h1 = cudaMallocHost(4096)
      s1 = cudaStreamCreateWithFlags(1)
      s2 = cudaStreamCreateWithFlags(1)
      cudaMemsetAsync(d1, 0, 4096, s1)
      cudaMemcpyAsync(h1, d1, 4096, D2H, s1)
      cudaStreamSynchronize(s1)
      cudaMemcpyAsync(d2, h1, 4096, H2D, s2)
      """,
    reference: "CUDA Runtime API, \"API synchronization behavior\": asynchronous copies", since: "0.1")
  static let facts: Facts = [.conflicts]

  /// The copies whose use by the host was told: what a program says of itself may be seen as well.
  private var told = ToldUses()

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    for conflict in replay.conflicts(.readInFlight) {
      if conflict.later == nil, !told.insert(conflict.earlier, conflict.object) { continue }
      reporter.report(
        replay.unordered(
          Self.self, conflict, notes: [.notCovered(conflict.earlier.event.number)],
          help: .orderByEvent(conflict, replay)))
    }
  }
}

extension Message {
  fileprivate static func notCovered(_ number: Int) -> Message {
    "no synchronisation and no event covers the download #\(number) by then"
  }
}
