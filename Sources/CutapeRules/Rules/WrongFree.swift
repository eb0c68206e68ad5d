import CutapeEmulator
import CutapeReplay
import CutapeTrace

/// Memory is freed by the wrong function, or through a pointer into its middle.
struct WrongFree: Rule {
  static let page = RulePage(
    code: "CT205", name: "wrong-free", severity: .error,
    summary: "memory is freed by the wrong function or through an interior pointer",
    what: """
      `cudaFree` is for device, managed and stream-ordered memory, `cudaFreeHost` for `cudaMallocHost` and \
      `cudaHostAlloc`, `cudaFreeArray` for arrays, `cudaFreeAsync` for `cudaMallocAsync`; registered memory is \
      unregistered, and then freed as it was made. Each wants the address that the allocation gave.
      """,
    why: "The call fails and the memory leaks. Nothing else shows it.",
    example: """
      h1 = cudaMallocHost(4096)
      cudaFree(h1) = 1
      cudaGetLastError() = 1
      cudaFreeHost(h1)
      """,
    instead: """
      h1 = cudaMallocHost(4096)
      cudaFreeHost(h1)
      """,
    reference: "CUDA Runtime API, cudaFree, cudaFreeHost: cudaErrorInvalidValue", since: "0.1")
  static let facts: Facts = [.releases]

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    if case .virtualMemory(.unmap(let range)) = replay.step.operation {
      return check(range, replay, &reporter)
    }
    guard case .free(let address, let release) = replay.step.operation, address != 0 else { return }
    guard let object = replay.step.released else {
      guard replay.seesAllMemory else { return }
      reporter.report(
        Finding(
          Self.self, .error, .foreign(address), call: replay.call, notes: replay.resultNotes, help: .asMade))
      return
    }
    guard object.isAlive, replay.completeness.isGapless else { return }
    guard let right = object.release(than: release) else {
      guard object.range.start != address, object.deviceAlias == nil else { return }
      reporter.report(
        Finding(
          Self.self, .error,
          .interior(replay.position(address &- object.range.start, in: object.name), object.name),
          call: replay.call, allocations: [replay.origin(object)], notes: replay.resultNotes, help: .asMade))
      return
    }
    reporter.report(
      Finding(
        Self.self, .error, .wrongFunction(object.name, right: right), call: replay.call,
        allocations: [replay.origin(object)], notes: replay.resultNotes, help: .use(right)))
  }
}

extension WrongFree {
  /// A mapping is unmapped as a whole.
  private func check(_ range: ByteRange, _ replay: Replay, _ reporter: inout Reporter) {
    guard replay.completeness.isGapless, let object = replay.step.released, object.kind == .mapped,
      object.range.overlaps(range), !range.contains(object.range), !replay.step.succeeded
    else { return }
    reporter.report(
      Finding(
        Self.self, .error, .partOf(object.name), call: replay.call, allocations: [replay.origin(object)],
        notes: replay.resultNotes, help: .asMapped))
  }
}

extension MemoryObject {
  /// The function that frees such memory, if it is not `release`.
  fileprivate func release(than release: Release) -> String? {
    if kind == .managed, symbolName != nil { return "nothing: it lives as long as its module" }
    if pool != nil, case .array = release { return "cudaFreeAsync" }
    if pool != nil, case .host = release { return "cudaFreeAsync" }
    if pool != nil { return nil }
    return switch (kind, release) {
    case (.device, .device), (.device, .async), (.managed, .device), (.async, .device), (.async, .async),
      (.pinned, .host), (.array, .array):
      // Plain memory may be freed in stream order as well.
      nil
    case (.device, _), (.managed, _), (.async, _): "cudaFree"
    case (.pinned, _): "cudaFreeHost"
    case (.registered, _): "cudaHostUnregister"
    case (.array, _): "cudaFreeArray"
    case (.symbol, _): "nothing: it lives as long as its module"
    case (.mapped, _): "cuMemUnmap"
    case (.physical, _): "cuMemRelease"
    }
  }
}

extension Message {
  fileprivate static func foreign(_ address: Address) -> Message {
    "0x\(String(address, radix: 16)) is not an allocation of CUDA"
  }

  fileprivate static func interior(_ position: String, _ name: String) -> Message {
    "\(position) points into \(name), and only its start can be freed"
  }

  fileprivate static func wrongFunction(_ name: String, right: String) -> Message {
    "\(name) is not freed by this function but by \(right)"
  }

  fileprivate static func partOf(_ name: String) -> Message {
    "the range has a part of a mapping of \(name), which can only be unmapped as a whole"
  }

  fileprivate static let asMapped: Message = "unmap the ranges that cuMemMap was given"
  fileprivate static let asMade: Message = "free the address that the allocation gave"
  fileprivate static func use(_ function: String) -> Message { "use \(function)" }
}
