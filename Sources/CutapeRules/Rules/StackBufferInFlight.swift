import CutapeEmulator
import CutapeReplay
import CutapeTrace

/// An asynchronous copy uses memory on the stack, and the function that owns it has returned before the copy is known
/// to be complete.
///
/// That a function has returned is proved by the stack pointer of a later call of its thread, or by the thread's end. A
/// later function in the same place of the stack hides it: then nothing is said.
struct StackBufferInFlight: Rule {
  static let page = RulePage(
    code: "CT207", name: "stack-buffer-in-flight", severity: .error,
    summary: "an asynchronous copy uses a stack frame whose function returns before it completes",
    what: """
      The host side of an asynchronous copy is a local variable. Its function returned before anything that the host did \
      says that the copy is complete. From page-locked memory the copy is really under way then: an error. From \
      ordinary stack memory the bytes are seen to be staged before the call returns, which nothing promises: a warning.
      """,
    why: """
      The next function that is called uses the same stack. The copy then reads what that function stores there, or \
      writes over its variables and return addresses.
      """,
    example: """
      d1 = cudaMalloc(64)
      s1 = cudaStreamCreate()
      k1 = stack(64)
      cudaMemcpyAsync(d1, k1, 64, H2D, s1)
      leave(k1)
      cudaStreamSynchronize(s1)
      """,
    instead: """
      d1 = cudaMalloc(64)
      s1 = cudaStreamCreate()
      k1 = stack(64)
      cudaMemcpyAsync(d1, k1, 64, H2D, s1)
      cudaStreamSynchronize(s1)
      leave(k1)
      """,
    reference:
      "CUDA Runtime API, \"API synchronization behavior\": asynchronous copies from pageable memory \"might be synchronous\"",
    since: "0.1")
  static let facts: Facts = [.leftFrames]

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    let isThreadEnd = replay.step.function.effect.isInternal
    for frame in replay.step.leftFrames {
      let stream = replay.emulator.stream(id: frame.copy.stream)?.name ?? "its stream"
      reporter.report(
        Finding(
          Self.self, frame.isObserved ? .error : .warning,
          .gone(frame, stream), call: replay.call(frame.copy),
          related: isThreadEnd ? [] : [replay.call], isDocumentedOnly: !frame.isObserved,
          notes: [
            isThreadEnd ? .threadEnded(frame.copy.event.thread) : .calledFromAbove(replay.step.event.number)
          ]
            + (frame.isObserved ? [] : [.isStaged]), help: .synchronize(stream)))
    }
  }
}

extension Message {
  fileprivate static func gone(_ frame: LeftFrame, _ stream: String) -> Message {
    let doing = frame.role == .source ? "reads" : "writes"
    let what = "the copy on \(place(stream)) \(doing) \(size(frame.bytes.count)) of a function's stack"
    return frame.isObserved
      ? "\(what), and may still do so after the function has returned"
      : "\(what), and nothing promises that it is done when the function returns"
  }

  fileprivate static func calledFromAbove(_ number: Int) -> Message {
    "#\(number) is called from above that part of the stack: the function has returned by then"
  }

  fileprivate static func threadEnded(_ thread: Int) -> Message { "thread T\(thread) ended before the copy" }

  fileprivate static let isStaged: Message =
    "on hardware a copy with pageable memory is done with it when the call returns"

  fileprivate static func synchronize(_ stream: String) -> Message {
    "synchronize \(place(stream)) before the function returns, or use memory that outlives it"
  }
}
