import CutapeEmulator
import CutapeReplay
import CutapeTrace

/// The host waits for streams in which nothing is pending, again and again.
///
/// Judged by call site: sixteen waits for nothing, and hardly one for something. The kernels of a library that brings a
/// CUDA runtime of its own are not in the trace, so a wait that took long waited for something, and a program of which no
/// kernel was seen is not judged.
struct OverSynchronization: Rule {
  static let page = RulePage(
    code: "CT907", name: "over-synchronization", severity: .perf,
    summary: "a synchronisation has nothing to wait for, again and again",
    what: """
      When the call is made, the host knows already that all work in its scope is complete: it has waited for it \
      before, or nothing was submitted since.
      """,
    why: "Each such call costs microseconds, and hides which of the waits the program needs.",
    example: """
      d1 = cudaMalloc(4096)
      s1 = cudaStreamCreate()
      repeat 16
      scale<<<s1>>>(d1)
      cudaStreamSynchronize(s1)
      cudaDeviceSynchronize()
      end
      """,
    instead: """
      d1 = cudaMalloc(4096)
      s1 = cudaStreamCreate()
      repeat 16
      scale<<<s1>>>(d1)
      cudaStreamSynchronize(s1)
      end
      """,
    reference: "CUDA Runtime API, cudaStreamSynchronize, cudaDeviceSynchronize", since: "0.1")
  static let facts: Facts = [.synchronizations, .launches]

  private struct Site: Hashable {
    var function: UInt16
    var site: Int
  }

  private var idle = Tally()
  /// How often each site waited for something.
  private var useful: [Site: Int] = [:]
  private var sawKernel = false
  private static let least = 16
  /// Nanoseconds that a call without anything to wait for stays below.
  private static let longest: Int64 = 50_000

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    switch replay.step.operation {
    case .launch, .graph(.launch): if replay.step.runsKernels { sawKernel = true }
    case .synchronizeStream, .synchronizeDevice:
      guard replay.step.succeeded, replay.step.event.site != 0 else { return }
      if replay.step.isHostWiser || (replay.step.event.duration ?? 0) > Self.longest {
        useful[Site(function: replay.step.function.id, site: replay.step.event.site), default: 0] += 1
      } else {
        idle.add(replay)
      }
    default: break
    }
  }

  mutating func finish(_ replay: Replay, _ reporter: inout Reporter) {
    guard sawKernel, replay.completeness.isGapless, replay.completeness.isFromStart else { return }
    for entry in idle.entries where entry.count >= Self.least {
      let useful = useful[Site(function: entry.call.function, site: entry.call.site)] ?? 0
      guard useful * 10 <= entry.count else { continue }
      reporter.report(
        Finding(Self.self, .idle(entry.count, of: entry.count + useful), entry, help: .leaveOut))
    }
  }
}

extension Message {
  fileprivate static func idle(_ count: Int, of all: Int) -> Message {
    "the host had nothing to wait for here in \(count) of \(all) calls"
  }

  fileprivate static let leaveOut: Message = "leave the call out, or wait only where a result is needed"
}
