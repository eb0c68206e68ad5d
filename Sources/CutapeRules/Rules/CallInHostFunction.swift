import CutapeEmulator
import CutapeReplay
import CutapeTrace

/// A function of CUDA was called from inside a host function.
///
/// A trace does not say what a thread was in the middle of. The runtime's answer does: it gives "not permitted" for
/// calls that need none of the permissions of other functions, and the program has queued a host function before.
struct CallInHostFunction: Rule {
  static let page = RulePage(
    code: "CT411", name: "cuda-call-in-host-callback", severity: .error,
    summary: "a function of CUDA was called from inside a host function and refused",
    what: """
      What `cudaLaunchHostFunc` and `cudaStreamAddCallback` run may not call CUDA. The runtime answered a call with \
      `cudaErrorNotPermitted` after a host function had been queued.
      """,
    why: """
      Refusing is not promised: the call may just as well wait for the very stream that waits for the host function, \
      and hang.
      """,
    example: """
      s1 = cudaStreamCreate()
      cudaLaunchHostFunc(s1, 0x1000, 0)
      T2: d1 = cudaMalloc(64) = 800
      T2: cudaGetLastError() = 800
      """,
    instead: """
      s1 = cudaStreamCreate()
      cudaLaunchHostFunc(s1, 0x1000, 0)
      cudaStreamSynchronize(s1)
      d1 = cudaMalloc(64)
      """,
    reference: "CUDA Runtime API, cudaLaunchHostFunc: \"the host function must not make any CUDA API calls\"",
    since: "0.1")
  static let facts: Facts = [.hostFunctions, .failures]

  /// The host function that was queued last.
  private var queued: Finding.Call?

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    let step = replay.step
    if case .hostFunction = step.operation, step.succeeded { queued = replay.call }
    guard step.returned, step.event.result == ErrorCode.notPermitted, let queued,
      replay.completeness.isGapless, Self.isOrdinary(step.operation)
    else { return }
    reporter.report(
      Finding(
        Self.self, .error, .calledInside, call: replay.call, related: [queued], notes: replay.resultNotes,
        help: .moveOut))
  }

  /// Whether the call is refused as not permitted for no other reason.
  private static func isOrdinary(_ operation: Operation) -> Bool {
    switch operation {
    case .allocate, .allocateArray, .free, .migrate, .copy, .copyBatch, .fill, .launch, .hostFunction,
      .createStream,
      .destroyStream, .synchronizeStream, .queryStream, .streamWaitEvent, .createEvent, .destroyEvent,
      .recordEvent, .synchronizeEvent, .queryEvent, .synchronizeDevice:
      true
    case .register, .unregister, .hostDevicePointer, .advise, .pool, .interprocess, .virtualMemory,
      .registerBinary,
      .registerKernel, .registerVariable, .registerManaged, .getKernel, .symbolAddress, .callConfiguration,
      .elapsedTime, .setDevice, .context, .resetDevice, .enablePeer,
      .disablePeer, .takeLastError, .peekLastError, .describeError, .host, .neutral, .unsupported, .capture,
      .graph:
      false
    }
  }
}

extension Message {
  fileprivate static let calledInside: Message =
    "this call was made inside a host function, where CUDA may not be called"
  fileprivate static let moveOut: Message =
    "let the host function wake a thread of the program, and call CUDA there"
}
