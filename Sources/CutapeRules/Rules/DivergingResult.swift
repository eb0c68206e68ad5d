import CutapeEmulator
import CutapeReplay
import CutapeTrace

/// A call returned another code than the runtime gives for it.
///
/// Only where the emulator is sure: errors that may belong to earlier work, memory that ran out and the answers of
/// queries are not compared, nor calls that have an error of their own.
struct DivergingResult: Rule {
  static let page = RulePage(
    code: "CT603", name: "diverging-result", severity: .warning,
    summary: "the recorded return code is not what the emulated runtime gives",
    what: """
      The call was recorded with one result, and by the documented rules of the runtime it has another. The \
      environment differs, or the program relies on what one driver happens to accept.
      """,
    why: "What one driver accepts another refuses.",
    example: """
      s1 = cudaStreamCreate()
      e1 = cudaEventCreate()
      e2 = cudaEventCreate()
      cudaEventRecord(e1, s1)
      cudaEventElapsedTime(e1, e2)
      """,
    instead: """
      s1 = cudaStreamCreate()
      e1 = cudaEventCreate()
      e2 = cudaEventCreate()
      cudaEventRecord(e1, s1)
      cudaEventRecord(e2, s1)
      cudaEventSynchronize(e2)
      cudaEventElapsedTime(e1, e2)
      """,
    reference: "CUDA Runtime API, the return codes of each function", since: "0.1")
  static let facts: Facts = [.divergence]

  private var calls: [(finding: Finding, number: Int)] = []

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    // Which codes the driver gives where they differ from those of the runtime is not modelled.
    guard replay.seesAllMemory, replay.step.returned, !replay.step.function.isDriver else { return }
    switch replay.step.operation {
    // What a launch and a registration check depends on the device and the system.
    case .launch, .register, .enablePeer, .disablePeer, .setDevice, .allocate, .allocateArray: return
    default: break
    }
    calls.append(
      (
        Finding(
          Self.self, .warning, .diverges(replay.step.event.result, from: replay.step.judged),
          call: replay.call,
          help: .lookUp), replay.step.event.number
      ))
  }

  mutating func finish(_ replay: Replay, _ reporter: inout Reporter) {
    for (finding, number) in calls where !reporter.hasError(number) { reporter.report(finding) }
  }
}

extension Message {
  fileprivate static func diverges(_ recorded: Int32, from judged: Int32) -> Message {
    "the call returned \(ResultName.description(recorded)), and the runtime gives \(ResultName.description(judged))"
  }

  fileprivate static let lookUp: Message = "look up what the function documents for these arguments"
}
