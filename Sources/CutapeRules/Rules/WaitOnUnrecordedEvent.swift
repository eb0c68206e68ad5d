import CutapeEmulator
import CutapeReplay
import CutapeTrace

/// A wait for an event that was never recorded: it waits for nothing.
///
/// Waiting before the first record is a common idiom of the first round of a loop, and harmless there. So a wait is a
/// finding only if a race results from it (an error), or if the event is not recorded for as long as the trace lasts
/// (a warning: such a wait cannot have been meant).
struct WaitOnUnrecordedEvent: Rule {
  static let page = RulePage(
    code: "CT408", name: "wait-on-unrecorded-event", severity: .error,
    summary: "a wait for an event that was not recorded before it, and a race follows or no record ever does",
    what: """
      An event that was never recorded stands for an empty set of work. Waiting for it succeeds at once and orders \
      nothing. It is an error when two operations race because of it, a warning when the event is never recorded.
      """,
    why: "The wait reads like protection, and there is none.",
    example: """
      d1 = cudaMalloc(4096)
      h1 = cudaMallocHost(4096)
      h2 = cudaMallocHost(4096)
      s1 = cudaStreamCreateWithFlags(1)
      s2 = cudaStreamCreateWithFlags(1)
      e1 = cudaEventCreate()
      cudaMemcpyAsync(d1, h1, 4096, H2D, s1)
      cudaStreamWaitEvent(s2, e1, 0)
      cudaMemcpyAsync(h2, d1, 4096, D2H, s2)
      """,
    instead: """
      d1 = cudaMalloc(4096)
      h1 = cudaMallocHost(4096)
      h2 = cudaMallocHost(4096)
      s1 = cudaStreamCreateWithFlags(1)
      s2 = cudaStreamCreateWithFlags(1)
      e1 = cudaEventCreate()
      cudaMemcpyAsync(d1, h1, 4096, H2D, s1)
      cudaEventRecord(e1, s1)
      cudaStreamWaitEvent(s2, e1, 0)
      cudaMemcpyAsync(h2, d1, 4096, D2H, s2)
      """,
    reference:
      "CUDA Runtime API, cudaStreamWaitEvent: an event that was not recorded \"represents an empty set of work\"",
    since: "0.1")
  static let facts: Facts = [.conflicts, .events]

  /// Waits that may still turn out to be harmless, by the address of their event.
  private var open: [Address: [Finding.Call]] = [:]
  /// The calls of all waits for nothing, to show one when a race follows.
  private var waits: [Int: Finding.Call] = [:]

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    switch replay.step.operation {
    case .recordEvent(let event, _, _) where replay.step.succeeded: open[event] = nil
    case .streamWaitEvent(_, let event, _), .synchronizeEvent(let event):
      guard replay.step.unrecorded != nil, replay.step.succeeded else { return }
      open[event, default: []].append(replay.call)
      waits[replay.step.event.number] = replay.call
    default: break
    }
    for conflict in replay.conflicts(.missingRecord) {
      guard case .unrecorded(let event, let number) = conflict.missed, let wait = waits[number],
        let missed = Message.missed(conflict)
      else { continue }
      for key in open.keys { open[key]?.removeAll { $0.number == number } }
      var finding = replay.unordered(
        Self.self, conflict, notes: [missed],
        help: .recordBefore(event, work: conflict.earlier.event.number, wait: number))
      finding.related = [finding.call] + finding.related
      finding.call = wait
      finding.message = .nothing(event, consequence: finding.message)
      reporter.report(finding)
    }
  }

  mutating func finish(_ replay: Replay, _ reporter: inout Reporter) {
    guard replay.completeness.isGapless, replay.completeness.isToEnd else { return }
    for wait in open.values.joined().sorted(by: { $0.number < $1.number }) {
      reporter.report(
        Finding(Self.self, .warning, .neverRecorded, call: wait, help: .recordOrRemove))
    }
  }
}

extension Message {
  fileprivate static func nothing(_ event: String, consequence: Message) -> Message {
    "this waits for \(event), which was never recorded: \(consequence.text)"
  }

  fileprivate static func recordBefore(_ event: String, work: Int, wait: Int) -> Message {
    "record \(event) after #\(work) and before #\(wait)"
  }

  fileprivate static let neverRecorded: Message =
    "this waits for an event that is never recorded, so it waits for nothing"
  fileprivate static let recordOrRemove: Message = "record the event before the wait, or remove the wait"
}
