import CutapeEmulator
import CutapeReplay
import CutapeTrace

/// Memory is freed that was freed already.
struct DoubleFree: Rule {
  static let page = RulePage(
    code: "CT204", name: "double-free", severity: .error, summary: "one allocation is freed a second time",
    what: """
      The address belonged to an allocation that was freed, and to none since. Freeing a null pointer is harmless.
      """,
    why: """
      The second call fails, if it is lucky: had the driver given the address to another allocation meanwhile, that \
      would have been freed.
      """,
    example: """
      d1 = cudaMalloc(4096)
      cudaFree(d1)
      cudaFree(d1) = 1
      cudaGetLastError() = 1
      """,
    instead: """
      d1 = cudaMalloc(4096)
      cudaFree(d1)
      """,
    reference: "CUDA Runtime API, cudaFree: freeing twice \"an error is returned\"", since: "0.1")
  static let facts: Facts = [.releases]

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    guard case .free(let address, let release) = replay.step.operation, address != 0,
      let object = replay.step.released, let freed = object.freedBy, replay.completeness.isGapless,
      !replay.hasUnknownMemory, object.kind != .registered, object.kind != .symbol,
      !replay.resets.contains(freed)
    else { return }
    if case .array = release { guard object.kind == .array else { return } }
    reporter.report(
      Finding(
        Self.self, .error, .again(object.name, by: freed), call: replay.call,
        allocations: [replay.origin(object)], notes: replay.resultNotes, help: .setToNull))
  }
}

extension Message {
  fileprivate static func again(_ name: String, by number: Int) -> Message {
    "this frees \(name), which #\(number) freed already"
  }

  fileprivate static let setToNull: Message =
    "free it once, and set the pointer to null then: freeing null does nothing"
}
