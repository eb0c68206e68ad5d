import CutapeEmulator
import CutapeReplay
import CutapeTrace

/// An operation uses memory that `cudaFreeAsync` released, or is not ordered before the release.
///
/// The ban starts at the call for what is submitted later, on any stream, and at the release's place in its stream
/// for what was submitted before.
struct UseAfterAsyncFree: Rule {
  static let page = RulePage(
    code: "CT202", name: "use-after-async-free", severity: .error,
    summary: "an operation is submitted after the cudaFreeAsync of its memory, or not ordered before it",
    what: """
      After `cudaFreeAsync` no work may be submitted that uses the memory. Work that was submitted before must be \
      ordered before the release: by the same stream, or by an event that the releasing stream waits for.
      """,
    why: "The pool gives the memory to somebody else as soon as the releasing stream gets there.",
    example: """
      h1 = cudaMallocHost(4096)
      s1 = cudaStreamCreateWithFlags(1)
      d1 = cudaMallocAsync(4096, s1)
      cudaFreeAsync(d1, s1)
      cudaMemcpyAsync(d1, h1, 4096, H2D, s1) = 1
      cudaGetLastError() = 1
      """,
    instead: """
      h1 = cudaMallocHost(4096)
      s1 = cudaStreamCreateWithFlags(1)
      d1 = cudaMallocAsync(4096, s1)
      cudaMemcpyAsync(d1, h1, 4096, H2D, s1)
      cudaFreeAsync(d1, s1)
      """,
    reference: "CUDA Runtime API, \"Stream Ordered Memory Allocator\": \"use after free\"", since: "0.1")
  static let facts: Facts = [.oddities, .launches, .conflicts]

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    guard replay.completeness.isGapless else { return }
    if case .free(_, .async) = replay.step.operation { return checkRelease(replay, &reporter) }
    guard !replay.hasUnknownMemory, !replay.step.isDeferred else { return }
    for movement in replay.step.movements {
      for (role, side) in movement.sides where movement.namesBytes(side) && side.isFreed {
        guard let object = side.object, object.isFreedInStreamOrder, let freed = object.freedBy else {
          continue
        }
        reporter.report(
          Finding(
            Self.self, .error, .freed("the \(role.noun) is in", object.name, by: freed), call: replay.call,
            allocations: [replay.origin(object)], notes: [.fromTheCallOn] + replay.notes(on: movement),
            help: .freeLater(freed)))
        break
      }
    }
    guard replay.kernels == .write else { return }
    for (pointer, object) in replay.step.pointers {
      guard let object, object.isFreedInStreamOrder, let freed = object.freedBy else { continue }
      reporter.report(
        Finding(
          Self.self, .error,
          .freed("argument \(pointer.parameter) of the kernel points into", object.name, by: freed),
          call: replay.call, certainty: .may, allocations: [replay.origin(object)], notes: [.fromTheCallOn],
          help: .freeLater(freed)))
      break
    }
  }

  /// What was submitted before the release on other streams.
  private func checkRelease(_ replay: Replay, _ reporter: inout Reporter) {
    guard replay.step.succeeded, let object = replay.step.released else { return }
    let conflicts = replay.step.conflicts
    guard let conflict = conflicts.first(where: \.isObserved) ?? conflicts.first else { return }
    let noun = replay.noun(conflict.earlier)
    reporter.report(
      Finding(
        Self.self, conflict.isObserved ? .error : .warning,
        .notWaitedFor(
          object.name, replay.step.stream?.name ?? "its stream", noun,
          replay.emulator.stream(id: conflict.earlier.stream)?.name ?? "its stream"),
        call: replay.call, related: [replay.call(conflict.earlier)] + replay.origins(of: [conflict.earlier]),
        certainty: replay.isKernel(conflict.earlier) ? .may : .known, isDocumentedOnly: !conflict.isObserved,
        picture: replay.picture(inFlight: conflict), allocations: [replay.origin(object)],
        help: .orderByEvent(conflict, replay)))
  }
}

extension MemoryObject {
  /// Whether `cudaFreeAsync` released it.
  var isFreedInStreamOrder: Bool {
    if case .async = release { true } else { false }
  }
}

extension Message {
  fileprivate static func freed(_ place: String, _ name: String, by number: Int) -> Message {
    "\(place) \(name), which #\(number) released with cudaFreeAsync"
  }

  fileprivate static func notWaitedFor(_ name: String, _ stream: String, _ noun: String, _ other: String)
    -> Message
  {
    "\(name) is released on \(place(stream)), and nothing orders the \(noun) on \(place(other)) before that"
  }

  fileprivate static let fromTheCallOn: Message =
    "once cudaFreeAsync has returned no further work may use the memory, on no stream"
  fileprivate static func freeLater(_ number: Int) -> Message {
    "move the release #\(number) behind the last use"
  }
}
