import CutapeEmulator
import CutapeReplay
import CutapeTrace

/// Memory is freed or unregistered while an operation may still touch it.
///
/// `cudaFree` and `cudaFreeHost` of plain memory are known to wait for the device and do not promise it: a warning.
/// For memory of `cudaMallocAsync` and for registered memory nothing waits.
struct FreeInFlight: Rule {
  static let page = RulePage(
    code: "CT206", name: "free-in-flight", severity: .error,
    summary: "memory is freed or unregistered while an operation may still touch it",
    what: """
      An operation on the memory was submitted, and nothing that the host did since says that it is complete. \
      `cudaFree` "may perform implicit synchronization", and is seen to: then it is a warning. `cudaFree` of memory \
      from `cudaMallocAsync` will not, nor does anything promise it for `cudaHostUnregister`: an error.
      """,
    why: "The copy then works on memory that is gone, or belongs to somebody else.",
    example: """
      p1 = malloc(8192)
      d1 = cudaMalloc(8192)
      s1 = cudaStreamCreate()
      h1 = cudaHostRegister(p1, 8192)
      cudaMemcpyAsync(d1, h1, 8192, H2D, s1)
      cudaHostUnregister(h1)
      """,
    instead: """
      p1 = malloc(8192)
      d1 = cudaMalloc(8192)
      s1 = cudaStreamCreate()
      h1 = cudaHostRegister(p1, 8192)
      cudaMemcpyAsync(d1, h1, 8192, H2D, s1)
      cudaStreamSynchronize(s1)
      cudaHostUnregister(h1)
      """,
    reference: "CUDA Runtime API, cudaFree: \"this API may perform implicit synchronization\"", since: "0.1")
  static let facts: Facts = [.conflicts]

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    guard replay.step.succeeded, let object = replay.step.released,
      let conflict = replay.pendingConflict
    else { return }
    let waits: Bool
    switch replay.step.operation {
    case .free(_, .async): return
    case .free: waits = object.kind != .async
    case .unregister, .virtualMemory(.unmap): waits = false
    default: return
    }
    // What is complete on hardware before the release gets to wait, and what the program takes for synchronous, is
    // told by other rules.
    guard !waits || replay.isAsync(conflict.earlier) else { return }
    let stream = replay.emulator.stream(id: conflict.earlier.stream)?.name ?? "its stream"
    let noun = replay.noun(conflict.earlier)
    reporter.report(
      Finding(
        Self.self, waits ? .warning : .error,
        .inFlight(object.name, noun, stream, writes: conflict.earlierWrites),
        call: replay.call, related: [replay.call(conflict.earlier)] + replay.origins(of: [conflict.earlier]),
        certainty: replay.isKernel(conflict.earlier) ? .may : .known, isDocumentedOnly: waits,
        picture: replay.picture(inFlight: conflict),
        allocations: [replay.origin(object)],
        notes: (waits ? [.seenToWait] : [.doesNotWait])
          + (replay.step.conflicts.count > 1 ? [.more(replay.step.conflicts.count - 1)] : []),
        help: .synchronize(stream, before: replay.step.event.number)))
  }
}

extension Replay {
  /// The operation that is told: an asynchronous one if there is one.
  fileprivate var pendingConflict: Conflict? {
    let pending = step.conflicts.filter(\.isObserved)
    return pending.first { isAsync($0.earlier) } ?? pending.first
  }

  /// Whether the call takes a stream: those that do not are taken for synchronous by those who write them.
  fileprivate func isAsync(_ operation: SubmittedOperation) -> Bool {
    operation.node != nil || functions[operation.event.function]?.index(of: .stream) != nil
  }
}

extension Message {
  fileprivate static func inFlight(_ name: String, _ noun: String, _ stream: String, writes: Bool) -> Message
  {
    "\(name) goes away while the \(noun) on \(place(stream)) may still be \(writes ? "writing to" : "reading from") it"
  }

  fileprivate static let seenToWait: Message =
    "on hardware this call waits for the device, which the documentation leaves open"
  fileprivate static let doesNotWait: Message = "this call does not wait for work on the device"
  fileprivate static func more(_ count: Int) -> Message { "and \(count) more operations on it" }
  fileprivate static func synchronize(_ stream: String, before number: Int) -> Message {
    "synchronize \(place(stream)) before #\(number)"
  }
}
