import CutapeEmulator
import CutapeReplay
import CutapeTrace

/// Two operations are ordered only because an asynchronous copy to pageable memory happened to block.
///
/// Everything before such a copy in its stream is complete with it, so one copy that blocks gives one finding for each
/// operation that relies on it: the copy itself is told if it takes part, else the newest of the others.
struct PageableCopyReliance: Rule {
  static let page = RulePage(
    code: "CT407", name: "relies-on-blocking-pageable-copy", severity: .warning,
    summary: "two operations are ordered only because an asynchronous copy to pageable memory blocked",
    what: """
      An `Async` copy to pageable memory "might be synchronous". It is seen to return only when it is complete, and \
      the program depends on that: nothing else orders the two operations.
      """,
    why: "With page-locked memory, or another driver, the same call returns at once and the order is gone.",
    example: """
      d1 = cudaMalloc(4096)
      h1 = cudaMallocHost(4096)
      p1 = malloc(4096)
      s1 = cudaStreamCreateWithFlags(1)
      s2 = cudaStreamCreateWithFlags(1)
      cudaMemcpyAsync(d1, h1, 4096, H2D, s1)
      cudaMemcpyAsync(p1, d1, 4096, D2H, s1)
      cudaMemcpyAsync(d1, h1, 4096, H2D, s2)
      """,
    instead: """
      d1 = cudaMalloc(4096)
      h1 = cudaMallocHost(4096)
      p1 = malloc(4096)
      s1 = cudaStreamCreateWithFlags(1)
      s2 = cudaStreamCreateWithFlags(1)
      cudaMemcpyAsync(d1, h1, 4096, H2D, s1)
      cudaMemcpyAsync(p1, d1, 4096, D2H, s1)
      cudaStreamSynchronize(s1)
      cudaMemcpyAsync(d1, h1, 4096, H2D, s2)
      """,
    reference:
      "CUDA Runtime API, \"API synchronization behavior\": asynchronous copies \"might be synchronous\"",
    since: "0.1")
  static let facts: Facts = [.conflicts]

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    var told: Set<Int> = []
    let conflicts = replay.conflicts(.blockingDownload).sorted {
      $0.earlier.event.number > $1.earlier.event.number
    }
    for conflict in conflicts {
      guard let habit = conflict.habit, told.insert(habit.number).inserted else { continue }
      let chosen = conflicts.first { $0.earlier.event.number == habit.number } ?? conflict
      reporter.report(
        replay.unordered(
          Self.self, chosen, notes: [.noPromise(chosen, replay)], help: .orderByEvent(chosen, replay)))
    }
  }
}

extension Message {
  fileprivate static func noPromise(_ conflict: Conflict, _ replay: Replay) -> Message {
    "no event, wait or synchronize between #\(conflict.earlier.event.number) and #\(replay.step.event.number) promises the order"
  }
}
