import CutapeEmulator
import CutapeReplay
import CutapeTrace

/// A call returned an error of work that was submitted before it.
///
/// The sticky errors of a context never belong to the arguments of the call that returns them. The first suspect is the
/// first kernel that the host did not know to be complete, or else the first other operation; everything after it, and
/// every later call, is a consequence.
struct LateError: Rule {
  static let page = RulePage(
    code: "CT602", name: "late-error", severity: .info,
    summary: "the error that a call returned belongs to earlier work",
    what: """
      An illegal address, a failed launch or a failed assertion is found while the device works, and told by whichever \
      call comes next. From then on every call of the process returns it.
      """,
    why: "The call that returns the error is innocent. Looking at its arguments leads nowhere.",
    example: """
      d1 = cudaMalloc(64)
      s1 = cudaStreamCreate()
      scale<<<s1>>>(d1)
      cudaStreamSynchronize(s1) = 700
      cudaGetLastError() = 700
      """,
    instead: """
      d1 = cudaMalloc(64)
      s1 = cudaStreamCreate()
      scale<<<s1>>>(d1)
      cudaStreamSynchronize(s1)
      """,
    reference: "CUDA Runtime API, cudaError_t: cudaErrorIllegalAddress and others", since: "0.1")
  static let facts: Facts = [.movements, .launches, .synchronizations, .failures]

  /// The first kernel and the first other operation of a stream since the host last waited for it.
  private struct Pending {
    var kernel: SubmittedOperation?
    var other: SubmittedOperation?
  }

  private var pending: [Int: Pending] = [:]
  private var isBroken = false

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    guard !isBroken, replay.completeness.isGapless, replay.completeness.isFromStart else { return }
    if replay.step.returned, ErrorCode.isDeferred(replay.step.event.result),
      replay.step.judged != replay.step.event.result
    {
      report(replay, &reporter)
      return
    }
    guard replay.step.succeeded else { return }
    if let submitted = replay.step.submitted { add(submitted, replay) }
    if replay.step.isHostWiser { clear(replay) }
  }

  private mutating func add(_ submitted: SubmittedOperation, _ replay: Replay) {
    if replay.step.runsKernels {
      guard pending[submitted.stream]?.kernel == nil else { return }
      pending[submitted.stream, default: Pending()].kernel = submitted
    } else if pending[submitted.stream]?.other == nil {
      pending[submitted.stream, default: Pending()].other = submitted
    }
  }

  /// The host has waited for work, which was without error therefore.
  private mutating func clear(_ replay: Replay) {
    switch replay.step.operation {
    case .synchronizeDevice, .resetDevice: pending = [:]
    case .synchronizeStream, .queryStream, .copy:
      if let stream = replay.step.stream { pending[stream.id] = nil }
    default: break
    }
  }

  private mutating func report(_ replay: Replay, _ reporter: inout Reporter) {
    isBroken = true
    let kernel = pending.values.compactMap(\.kernel).min { $0.event.number < $1.event.number }
    let other = pending.values.compactMap(\.other).min { $0.event.number < $1.event.number }
    let suspect = (kernel ?? other).map(replay.call)
    reporter.report(
      Finding(
        Self.self, .info, .late(replay.step.event.result, isDriver: replay.step.function.isDriver),
        call: replay.call,
        related: suspect.map { [$0] } ?? [],
        certainty: .may, notes: suspect.map { [.suspect($0.number)] } ?? [], help: .wait))
    pending = [:]
  }
}

extension Message {
  fileprivate static func late(_ result: Int32, isDriver: Bool) -> Message {
    "\(ResultName.description(result, isDriver: isDriver)) belongs to work that was submitted before this call"
  }

  fileprivate static func suspect(_ number: Int) -> Message {
    "the first suspect is #\(number): nothing shows that it was complete, or what came after it"
  }

  fileprivate static let wait: Message =
    "run with CUDA_LAUNCH_BLOCKING=1, or synchronize after each kernel, to see which one it is"
}
