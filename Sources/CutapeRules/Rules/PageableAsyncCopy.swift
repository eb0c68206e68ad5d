import CutapeEmulator
import CutapeReplay
import CutapeTrace

/// An asynchronous copy of more than 64 KiB with pageable host memory.
///
/// Only where every allocation was seen: memory that something unseen has page-locked is not pageable. Copies between
/// two host buffers are left out, they are the processor's work in any case.
struct PageableAsyncCopy: Rule {
  static let page = RulePage(
    code: "CT901", name: "pageable-async-copy", severity: .perf,
    summary: "an asynchronous copy of more than 64 KiB uses pageable host memory",
    what: """
      The host side of the copy is ordinary memory. The runtime copies it through a page-locked buffer of its own, \
      piece by piece, and the call returns only when that is done, or when all is done.
      """,
    why: """
      The copy is slower than from page-locked memory, and it overlaps neither with the host nor with kernels: \
      what the asynchronous function was chosen for.
      """,
    example: """
      p1 = malloc(0x100000)
      d1 = cudaMalloc(0x100000)
      s1 = cudaStreamCreate()
      cudaMemcpyAsync(d1, p1, 0x100000, H2D, s1)
      cudaStreamSynchronize(s1)
      """,
    instead: """
      h1 = cudaMallocHost(0x100000)
      d1 = cudaMalloc(0x100000)
      s1 = cudaStreamCreate()
      cudaMemcpyAsync(d1, h1, 0x100000, H2D, s1)
      cudaStreamSynchronize(s1)
      """,
    reference: """
      CUDA Runtime API, "API synchronization behavior"; CUDA C++ Best Practices Guide, "Pinned Memory"
      """,
    since: "0.1")
  static let facts: Facts = [.pageable]

  private var tally = Tally()

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    guard replay.step.succeeded, replay.seesAllMemory else { return }
    var bytes: UInt64 = 0
    for movement in replay.step.movements where movement.copy?.isAsync == true {
      guard let source = movement.source,
        (source.memory == .pageable) != (movement.destination.memory == .pageable)
      else { continue }
      let other = source.memory == .pageable ? movement.destination : source
      guard !other.memory.isHost else { continue }
      bytes &+= movement.bytes
    }
    if bytes > Threshold.large { tally.add(replay, bytes: bytes) }
  }

  mutating func finish(_ replay: Replay, _ reporter: inout Reporter) {
    for entry in tally.entries {
      reporter.report(
        Finding(
          Self.self, .pageable(entry.largest), entry, notes: Message.sum(entry, of: "copies"), help: .pin))
    }
  }
}

extension Message {
  fileprivate static func pageable(_ bytes: UInt64) -> Message {
    "an asynchronous copy of \(size(bytes)) with pageable memory is staged, and overlaps with nothing"
  }

  fileprivate static let pin: Message =
    "allocate the host memory with cudaMallocHost, or page-lock it once with cudaHostRegister"
}
