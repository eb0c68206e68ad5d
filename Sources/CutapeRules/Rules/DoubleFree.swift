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
    guard let again = Again(replay.step.operation), let object = replay.step.released,
      let freed = object.freedBy, replay.completeness.isGapless,
      !replay.hasUnknownMemory, object.kind != .registered, object.kind != .symbol,
      !replay.resets.contains(freed)
    else { return }
    guard again.isPossible(of: object) else { return }
    reporter.report(
      Finding(
        Self.self, .error, .again(again, object.name, by: freed), call: replay.call,
        allocations: [replay.origin(object)], notes: replay.resultNotes, help: again.help))
  }
}

/// What a call ends that may have ended before.
private enum Again {
  case memory(isArray: Bool)
  case mapping
  case handle

  init?(_ operation: Operation) {
    switch operation {
    case .free(let address, .array) where address != 0: self = .memory(isArray: true)
    case .free(let address, _) where address != 0: self = .memory(isArray: false)
    case .virtualMemory(.unmap): self = .mapping
    case .virtualMemory(.release): self = .handle
    default: return nil
    }
  }

  func isPossible(of object: MemoryObject) -> Bool {
    switch self {
    case .memory(let isArray): !isArray || object.kind == .array
    case .mapping: object.kind == .mapped
    case .handle: object.kind == .physical
    }
  }

  var verb: (now: String, before: String) {
    switch self {
    case .memory: ("frees", "freed")
    case .mapping: ("unmaps", "unmapped")
    case .handle: ("releases", "freed")
    }
  }

  var help: Message {
    switch self {
    case .memory: .setToNull
    case .mapping: .unmapOnce
    case .handle: .releaseOnce
    }
  }
}

extension Message {
  fileprivate static func again(_ again: Again, _ name: String, by number: Int) -> Message {
    "this \(again.verb.now) \(name), which #\(number) \(again.verb.before) already"
  }

  fileprivate static let unmapOnce: Message = "unmap it once"
  fileprivate static let releaseOnce: Message =
    "release it once for each time that it was created, imported or retained"

  fileprivate static let setToNull: Message =
    "free it once, and set the pointer to null then: freeing null does nothing"
}
