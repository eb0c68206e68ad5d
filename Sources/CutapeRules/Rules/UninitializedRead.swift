import CutapeEmulator
import CutapeReplay
import CutapeTrace

/// A copy reads device bytes that nothing can have written.
///
/// Copies and memsets are known byte for byte. A kernel that got a pointer into the allocation, or one whose
/// arguments are not known, may have written all of it and ends the question. Padding of pitched memory is read by
/// honest programs and not asked for. Host and managed memory is written by the program itself.
struct UninitializedRead: Rule {
  static let page = RulePage(
    code: "CT301", name: "uninitialized-read", severity: .error,
    summary: "a copy reads device bytes that nothing has written",
    what: """
      Since the memory was allocated, no copy, memset or kernel can have written some of the bytes that the copy reads. \
      The memory of `cudaMalloc` is not cleared.
      """,
    why:
      "The bytes are those of whoever had the memory before: another run, another program, or zero by luck.",
    example: """
      d1 = cudaMalloc(4096)
      h1 = cudaMallocHost(4096)
      cudaMemcpy(d1, h1, 1024, H2D)
      cudaMemcpy(h1, d1, 4096, D2H)
      """,
    instead: """
      d1 = cudaMalloc(4096)
      h1 = cudaMallocHost(4096)
      cudaMemset(d1, 0, 4096)
      cudaMemcpy(d1, h1, 1024, H2D)
      cudaMemcpy(h1, d1, 4096, D2H)
      """,
    reference: "CUDA Runtime API, cudaMalloc: \"the memory is not cleared\"", since: "0.1")
  static let facts: Facts = [.unwritten]

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    for unwritten in replay.step.unwritten {
      let total = unwritten.footprint.width &* unwritten.footprint.rows &* unwritten.footprint.slices
      let first = replay.position(unwritten.overlap.first.start, in: unwritten.object.name)
      let call = replay.call(unwritten.operation)
      reporter.report(
        Finding(
          Self.self, .error, .unwritten(unwritten.overlap.bytes, of: total, first: first), call: call,
          related: replay.origins(of: [unwritten.operation]),
          picture: Finding.Picture(
            title: replay.origin(unwritten.object),
            accesses: [.init(call: call, unwritten.footprint, writes: false)],
            marked: unwritten.overlap.first,
            caption: Finding.Picture.caption(
              unwritten.overlap.bytes, first: unwritten.overlap.first, "never written")),
          help: .writeFirst))
    }
  }
}

extension Message {
  fileprivate static func unwritten(_ bytes: UInt64, of total: UInt64, first: String) -> Message {
    "\(bytes) of the \(total) bytes that this copy reads were never written, from \(first)"
  }

  fileprivate static let writeFirst: Message =
    "write the bytes first (cudaMemset), or copy only what was written"
}
