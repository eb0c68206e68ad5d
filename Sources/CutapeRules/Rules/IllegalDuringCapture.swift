import CutapeEmulator
import CutapeReplay
import CutapeTrace

/// A call that makes a capture invalid.
///
/// The call that is refused is told, not the calls after it, which all give `cudaErrorStreamCaptureInvalidated`. What
/// counts is what the runtime returned: a call that it accepted was legal in that mode.
struct IllegalDuringCapture: Rule {
  static let page = RulePage(
    code: "CT501", name: "illegal-during-capture", severity: .error,
    summary: "a call makes a capture invalid",
    what: """
      While a stream captures, nothing runs in it, so nothing may wait for it or ask about it; the legacy stream is \
      unusable while a blocking stream captures; work of outside may not become part of a capture, and what streams \
      that were forked have added must be joined again before it ends. Unless it captures in relaxed mode, calls that may \
      synchronise, such as `cudaMalloc`, are refused too.
      """,
    why: """
      The call fails, and with it the whole capture: every later call in its streams fails, the end of the capture gives \
      no graph, and the message names the end, not the cause.
      """,
    example: """
      s1 = cudaStreamCreateWithFlags(1)
      d1 = cudaMalloc(4096)
      cudaStreamBeginCapture(s1, Global)
      cudaMemsetAsync(d1, 0, 4096, s1)
      cudaStreamSynchronize(s1) = 900
      cudaStreamEndCapture(s1) = 901
      cudaGetLastError() = 901
      """,
    instead: """
      s1 = cudaStreamCreateWithFlags(1)
      d1 = cudaMalloc(4096)
      cudaStreamBeginCapture(s1, Global)
      cudaMemsetAsync(d1, 0, 4096, s1)
      g1 = cudaStreamEndCapture(s1)
      x1 = cudaGraphInstantiate(g1)
      cudaGraphLaunch(x1, s1)
      cudaStreamSynchronize(s1)
      """,
    reference:
      "CUDA C++ Programming Guide, \"Creating a Graph Using Stream Capture\": prohibited and unhandled operations",
    since: "0.1")
  static let facts: Facts = [.invalidations]

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    guard replay.completeness.isGapless, let capture = replay.step.invalidated else { return }
    let code = replay.step.event.result
    let stream = replay.emulator.stream(id: capture.origin)?.name ?? "its stream"
    reporter.report(
      Finding(
        Self.self, .error, .refused(replay.step, code, stream), call: replay.call,
        notes: [.capturesSince(stream, capture.begunBy)] + replay.resultNotes,
        help: .remedy(replay.step, code)))
  }
}

extension Message {
  fileprivate static func refused(_ step: Step, _ code: Int32, _ stream: String) -> Message {
    let consequence = "which makes the capture in \(place(stream)) invalid"
    return switch code {
    case ErrorCode.streamCaptureImplicit:
      "this uses the legacy stream while a blocking stream captures, \(consequence)"
    case ErrorCode.streamCaptureIsolation: "this waits for work outside of the capture, \(consequence)"
    case ErrorCode.streamCaptureMerge: "this would join two captures, \(consequence)"
    case ErrorCode.capturedEvent: "this uses an event that stands for captured work, \(consequence)"
    case ErrorCode.streamCaptureUnjoined:
      "the capture in \(place(stream)) ends while work of other streams in it is not joined"
    default: "this is not permitted during a capture, \(consequence)"
    }
  }

  fileprivate static func capturesSince(_ stream: String, _ number: Int) -> Message {
    "\(place(stream)) captures since #\(number)"
  }

  fileprivate static func remedy(_ step: Step, _ code: Int32) -> Message {
    switch code {
    case ErrorCode.streamCaptureImplicit:
      "use the asynchronous form in the capturing stream, or make the streams with cudaStreamNonBlocking"
    case ErrorCode.streamCaptureIsolation:
      "wait before the capture begins, or record the event in a stream of the capture"
    case ErrorCode.streamCaptureMerge: "end one capture before the other needs its work"
    case ErrorCode.streamCaptureUnjoined:
      "record an event in each forked stream and let the first stream wait for it before the end"
    case ErrorCode.capturedEvent: "use an event of its own outside of the capture"
    default:
      switch step.operation {
      case .allocate, .allocateArray, .free:
        "do it before the capture, use cudaMallocAsync in the stream, or capture with cudaStreamCaptureModeRelaxed"
      case .synchronizeStream, .synchronizeDevice, .queryStream, .synchronizeEvent, .queryEvent:
        "wait for the launch of the graph instead: nothing runs during a capture"
      default: "move the call out of the capture"
      }
    }
  }
}
