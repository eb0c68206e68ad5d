import CutapeEmulator
import CutapeReplay
import CutapeTrace

/// A null pointer with something to copy.
struct NullCopy: Rule {
  static let page = RulePage(
    code: "CT111", name: "null-copy", severity: .error,
    summary: "a null pointer is copied from, copied to or set",
    what: "A null pointer names no memory. With a count of zero it is harmless, and left alone.",
    why: "The call is refused and nothing is copied. Most often an allocation failed and nobody looked.",
    example: """
      d1 = cudaMalloc(4096)
      cudaMemcpy(d1, NULL, 4096, H2D) = 1
      cudaGetLastError() = 1
      """,
    instead: """
      d1 = cudaMalloc(4096)
      cudaMemcpy(d1, NULL, 0, H2D)
      """,
    reference: "CUDA Runtime API, cudaMemcpy: cudaErrorInvalidValue", since: "0.1")
  static let facts: Facts = [.oddities]

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    for movement in replay.step.movements where !movement.extent.isEmpty && movement.hasKnownKind {
      for (role, side) in movement.sides where side.pointer == 0 && !side.isSymbol {
        reporter.report(
          Finding(
            Self.self, .error, .null(role), call: replay.call, notes: replay.notes(on: movement),
            help: .lookAtAllocation))
        break
      }
    }
  }
}

extension Message {
  fileprivate static func null(_ role: OperandRole) -> Message { "the \(role.noun) is a null pointer" }
  fileprivate static let lookAtAllocation: Message =
    "look at what the allocation returned before its result is used"
}
