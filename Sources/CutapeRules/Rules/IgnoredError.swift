import CutapeEmulator
import CutapeReplay
import CutapeTrace

/// A call failed, nothing shows that the program noticed, and it went on.
///
/// A trace shows return codes, not `if`s. So a failure counts as noticed, for good, when its thread asks for the last
/// error, when anybody has an error put into words, when the thread's next call releases or destroys something, or
/// allocates (a retry, a fallback), or succeeds with the same memory or the same kernel, or when the program makes no
/// further work at all: that is what programs do that look at the code. What remains is a thread that submits other work as if nothing had
/// happened: a warning. It is an error when a copy then reads bytes that the failed copy should have written.
///
/// Codes that programs ask for on purpose are never failures: "not ready" of a query, peer access that is enabled
/// already, memory that is registered already; nor is it one that the runtime is unloading: the process ends then. A call
/// that is itself a misuse is told as that.
struct IgnoredError: Rule {
  static let page = RulePage(
    code: "CT601", name: "ignored-error", severity: .error,
    summary: "a call failed, and nothing shows that the program noticed",
    what: """
      The call returned an error. The thread went on with other work: it never asked for the last error, had no error put \
      into words, freed nothing and did not try again. An error when a copy reads what the failed call should have \
      written, else a warning.
      """,
    why: "The program computes with memory that was not allocated, or data that was not copied.",
    example: """
      d1 = cudaMalloc(64)
      cudaMemset(d1, 0, 64)
      failed = cudaMalloc(0x4000000000000) = 2
      cudaMemset(d1, 1, 64)
      """,
    instead: """
      d1 = cudaMalloc(64)
      cudaMemset(d1, 0, 64)
      failed = cudaMalloc(0x4000000000000) = 2
      cudaGetLastError() = 2
      cudaMemset(d1, 1, 64)
      """,
    reference: "CUDA Runtime API, \"Error handling\"", since: "0.1")
  static let facts: Facts = [.afterFailure]

  /// A failure that nothing has shown to be noticed.
  private struct Failure {
    var call: Finding.Call
    var result: Int32
    var function: UInt16
    /// What it acted on: the destination of a copy, the kernel of a launch; a retry acts on the same.
    var subject: UInt64
    /// What a failed copy or memset should have written.
    var destination: Footprint?
    /// Whether the thread's next call was seen.
    var isFollowed = false
    /// The work that went on, and the copy that read what is missing.
    var next: Finding.Call?
    var use: Finding.Call?

    /// Whether a call of `function` on `subject` is a second try, by the same function or another.
    func isRepeated(by function: UInt16, _ subject: UInt64) -> Bool {
      subject == self.subject && (subject != 0 || function == self.function)
    }
  }

  /// Failures by thread.
  private var open: [Int: [Failure]] = [:]
  private var count = 0

  /// Whether a context is broken: every later call returns the error of the first, which is the one to notice.
  private var isBroken = false
  /// The most failures that are kept open for a thread; of a program that fails without end the first tell it all.
  private static let limit = 64

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    if count > 0 { follow(replay) }
    let step = replay.step
    // The first of them may have been noticed before the recording began.
    let isEcho = isBroken || !replay.completeness.isFromStart
    if step.returned, ErrorCode.isDeferred(step.event.result) { isBroken = true }
    // The driver keeps no last error: whether a program looked at what a function returned does not show.
    guard step.returned, step.event.result != ErrorCode.success,
      !isEcho || !ErrorCode.isDeferred(step.event.result), replay.completeness.isGapless,
      !step.function.isDriver, Self.isFailure(step), open[step.event.thread, default: []].count < Self.limit
    else { return }
    open[step.event.thread, default: []].append(
      Failure(
        call: replay.call, result: step.event.result, function: step.function.id,
        subject: Self.subject(of: step),
        destination: step.movements.first.flatMap {
          $0.namesBytes($0.destination) ? $0.destination.footprint : nil
        }))
    count += 1
  }

  /// What the call says about earlier failures.
  private mutating func follow(_ replay: Replay) {
    let step = replay.step
    if case .describeError = step.operation {
      open = [:]
      count = 0
      return
    }
    markUses(replay)
    guard var failures = open[step.event.thread] else { return }
    count -= failures.count
    switch Self.reaction(of: step) {
    case .none: break
    case .notice: failures = []
    case .cleanUp: failures.removeAll { !$0.isFollowed }
    case .work:
      failures.removeAll {
        !$0.isFollowed && step.event.result == 0
          && $0.isRepeated(by: step.function.id, Self.subject(of: step))
      }
      for index in failures.indices where failures[index].next == nil { failures[index].next = replay.call }
    }
    if Self.reaction(of: step) != .none {
      for index in failures.indices { failures[index].isFollowed = true }
    }
    count += failures.count
    open[step.event.thread] = failures
  }

  /// Notes copies that read what a failed copy should have written, and forgets what was written after all.
  private mutating func markUses(_ replay: Replay) {
    guard replay.step.succeeded, !replay.step.isDeferred else { return }
    for movement in replay.step.movements where movement.namesBytes(movement.destination) {
      for thread in open.keys {
        for index in open[thread, default: []].indices {
          guard let missing = open[thread]?[index].destination else { continue }
          if let source = movement.source?.footprint, source.object == missing.object,
            open[thread]?[index].use == nil,
            missing.overlap(source) != nil
          {
            open[thread]?[index].use = replay.call
          }
          let destination = movement.destination.footprint
          if destination.object == missing.object, open[thread]?[index].use == nil,
            missing.overlap(destination) != nil
          {
            open[thread]?[index].destination = nil
          }
        }
      }
    }
  }

  private static func subject(of step: Step) -> UInt64 {
    if case .launch(let launch) = step.operation { return launch.kernel }
    return step.movements.first?.destination.pointer ?? 0
  }

  private enum Reaction { case none, notice, cleanUp, work }

  /// What a call after a failure says about the program.
  private static func reaction(of step: Step) -> Reaction {
    switch step.operation {
    case .takeLastError, .peekLastError, .describeError: .notice
    case .free, .unregister, .destroyStream, .destroyEvent, .resetDevice, .allocate, .allocateArray,
      .register, .pool, .graph(.destroy), .graph(.destroyExec):
      .cleanUp
    case .migrate, .copy, .copyBatch, .fill, .launch, .hostFunction, .recordEvent, .streamWaitEvent,
      .graph(.launch):
      .work
    case .hostDevicePointer, .advise, .interprocess, .virtualMemory, .registerBinary, .registerKernel,
      .registerVariable,
      .registerManaged, .getKernel, .symbolAddress, .callConfiguration, .createStream, .synchronizeStream,
      .queryStream, .createEvent, .synchronizeEvent, .queryEvent, .elapsedTime, .setDevice, .context,
      .synchronizeDevice, .enablePeer, .disablePeer, .capture, .graph,
      .host, .neutral, .unsupported:
      .none
    }
  }

  /// Whether a failure of the call is one that a program has to notice. That a capture is invalid follows from the call
  /// that made it so.
  private static func isFailure(_ step: Step) -> Bool {
    switch step.event.result {
    case ErrorCode.notReady, ErrorCode.unloading, ErrorCode.peerAccessAlreadyEnabled,
      ErrorCode.peerAccessNotEnabled,
      ErrorCode.hostMemoryAlreadyRegistered, ErrorCode.hostMemoryNotRegistered, ErrorCode.notSupported,
      ErrorCode.streamCaptureInvalidated:
      return false
    default: break
    }
    switch step.operation {
    case .allocate, .allocateArray, .copy, .copyBatch, .fill, .launch, .hostFunction, .recordEvent,
      .streamWaitEvent, .synchronizeStream, .synchronizeEvent, .synchronizeDevice, .graph(.instantiate),
      .graph(.launch), .capture(.begin), .capture(.end):
      return true
    case .free, .register, .unregister, .hostDevicePointer, .migrate, .advise, .pool, .interprocess,
      .virtualMemory, .registerBinary, .registerKernel, .registerVariable, .registerManaged, .getKernel,
      .symbolAddress,
      .callConfiguration, .createStream, .destroyStream, .queryStream,
      .createEvent,
      .destroyEvent, .queryEvent, .elapsedTime, .capture, .graph, .setDevice, .context, .resetDevice,
      .enablePeer,
      .disablePeer, .takeLastError, .peekLastError, .describeError, .host, .neutral, .unsupported:
      return false
    }
  }

  mutating func finish(_ replay: Replay, _ reporter: inout Reporter) {
    guard replay.completeness.isToEnd else { return }
    for failure in open.values.joined() where !reporter.hasError(failure.call.number) {
      guard let next = failure.use ?? failure.next else { continue }
      reporter.report(
        Finding(
          Self.self, failure.use == nil ? .warning : .error,
          failure.use == nil ? .ignored(failure.result) : .used(failure.result, by: next.number),
          call: failure.call,
          related: [next], notes: [.wentOn(next.number, next.text)], help: .look))
    }
  }
}

extension Message {
  fileprivate static func ignored(_ result: Int32) -> Message {
    "the call returned \(ResultName.description(result)), and there is no sign that the program noticed"
  }

  fileprivate static func used(_ result: Int32, by number: Int) -> Message {
    "the call returned \(ResultName.description(result)), and #\(number) uses what it should have written"
  }

  fileprivate static func wentOn(_ number: Int, _ text: String) -> Message {
    "the program went on with #\(number) \(text)"
  }

  fileprivate static let look: Message =
    "look at the result of the call, or ask cudaGetLastError before going on"
}
