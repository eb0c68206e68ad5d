import CutapeEmulator
import CutapeReplay
import CutapeTrace

/// Source and destination of a copy are the same bytes.
struct SelfCopy: Rule {
  static let page = RulePage(
    code: "CT103", name: "self-copy", severity: .info,
    summary: "source and destination of a copy are the same bytes",
    what: """
      The copy changes nothing. By the letter the areas overlap, which is undefined; every known driver leaves the \
      bytes as they are.
      """,
    why: "It costs time, and often one of the two pointers was meant to be another.",
    example: """
      d1 = cudaMalloc(4096)
      cudaMemset(d1, 0, 4096)
      cudaMemcpy(d1, d1, 4096, D2D)
      """,
    instead: """
      d1 = cudaMalloc(4096)
      d2 = cudaMalloc(4096)
      cudaMemset(d1, 0, 4096)
      cudaMemcpy(d2, d1, 4096, D2D)
      """,
    reference: "CUDA Runtime API, cudaMemcpyAsync: \"the memory areas may not overlap\"", since: "0.1")
  static let facts: Facts = [.oddities]

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    for movement in replay.step.movements where movement.copy != nil && movement.hasKnownKind {
      let destination = movement.destination
      guard let source = movement.source, movement.namesBytes(destination), movement.namesBytes(source),
        destination.footprint.object == source.footprint.object,
        (destination.isAlive && source.isAlive) || (destination.isUnknown && source.isUnknown),
        destination.isInside, source.isInside, destination.footprint.isSameBytes(as: source.footprint)
      else { continue }
      reporter.report(
        Finding(
          Self.self, .info, .copiesNothing, call: replay.call,
          allocations: destination.object.map { [replay.origin($0)] } ?? [], help: .leaveOut))
    }
  }
}

extension Message {
  fileprivate static let copiesNothing: Message = "source and destination of this copy are the same bytes"
  fileprivate static let leaveOut: Message = "leave the copy out, or look which pointer was meant"
}
