import CutapeEmulator
import CutapeReplay
import CutapeTrace

/// A synchronous copy of more than 64 KiB between host and device, at a call site that is a loop.
///
/// A program that copies once, or a few times through one helper, loses nothing worth a word: eight calls of a site
/// make a loop.
struct BlockingCopy: Rule {
  static let page = RulePage(
    code: "CT902", name: "blocking-copy", severity: .perf,
    summary: "a synchronous copy of more than 64 KiB is made again and again at one call site",
    what: """
      The copy waits for the work before it, and the host waits for the copy. In a loop neither the host nor the device \
      has anything to do meanwhile.
      """,
    why: "The copies of one step could run while the host or a kernel works at another.",
    example: """
      d1 = cudaMalloc(0x100000)
      h1 = cudaMallocHost(0x100000)
      repeat 10
      cudaMemcpy(d1, h1, 0x100000, H2D)
      scale<<<0>>>(d1)
      end
      """,
    instead: """
      d1 = cudaMalloc(0x100000)
      h1 = cudaMallocHost(0x100000)
      s1 = cudaStreamCreate()
      repeat 10
      cudaMemcpyAsync(d1, h1, 0x100000, H2D, s1)
      scale<<<s1>>>(d1)
      end
      cudaStreamSynchronize(s1)
      """,
    reference: "CUDA C++ Best Practices Guide, \"Asynchronous and Overlapping Transfers with Computation\"",
    since: "0.1")
  static let facts: Facts = [.defaultStreams]

  private var tally = Tally()

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    guard replay.step.succeeded, replay.step.event.site != 0, let movement = replay.step.movements.first,
      let copy = movement.copy, !copy.isAsync, let source = movement.source,
      movement.destination.memory.isHost != source.memory.isHost, movement.bytes > Threshold.large,
      replay.seesAllMemory || movement.sides.allSatisfy({ $0.side.object != nil })
    else { return }
    tally.add(replay, bytes: movement.bytes)
  }

  mutating func finish(_ replay: Replay, _ reporter: inout Reporter) {
    for entry in tally.entries where entry.count >= Threshold.loop {
      reporter.report(
        Finding(
          Self.self, .blocking(entry.count, entry.largest), entry, notes: Message.sum(entry, of: "copies"),
          help: .overlap))
    }
  }
}

extension Message {
  fileprivate static func blocking(_ count: Int, _ bytes: UInt64) -> Message {
    "\(count) synchronous copies of up to \(size(bytes)) each made the host wait"
  }

  fileprivate static let overlap: Message =
    "use cudaMemcpyAsync with page-locked memory and a stream, and wait only where the data is needed"
}
