import CutapeEmulator
import CutapeReplay
import CutapeTrace

/// The kind of a copy is no `cudaMemcpyKind`.
struct UnknownKind: Rule {
  static let page = RulePage(
    code: "CT105", name: "unknown-kind", severity: .error, summary: "the kind of a copy is outside 0 to 4",
    what:
      "`cudaMemcpyKind` has the values 0 to 4. Any other number is refused with `cudaErrorInvalidMemcpyDirection`.",
    why: "The copy does not happen. Often two arguments changed places, or a variable was not set.",
    example: """
      d1 = cudaMalloc(4096)
      h1 = cudaMallocHost(4096)
      cudaMemcpy(d1, h1, 4096, 7) = 21
      cudaGetLastError() = 21
      """,
    instead: """
      d1 = cudaMalloc(4096)
      h1 = cudaMallocHost(4096)
      cudaMemcpy(d1, h1, 4096, H2D)
      """,
    reference: "CUDA Runtime API, cudaMemcpy: cudaErrorInvalidMemcpyDirection", since: "0.1")
  static let facts: Facts = [.oddities]

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    for movement in replay.step.movements where !movement.hasKnownKind {
      reporter.report(
        Finding(
          Self.self, .error, .unknown(movement.copy?.kind ?? 0), call: replay.call,
          notes: replay.notes(on: movement),
          help: .useDefault))
    }
  }
}

extension Message {
  fileprivate static func unknown(_ kind: Int32) -> Message {
    "the kind of this copy is \(kind), and cudaMemcpyKind goes from 0 to 4"
  }

  fileprivate static let useDefault: Message = "pass the direction, or cudaMemcpyDefault"
}
