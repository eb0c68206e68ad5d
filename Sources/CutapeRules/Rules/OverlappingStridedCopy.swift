import CutapeEmulator
import CutapeReplay
import CutapeTrace

/// A row of the destination of a strided copy meets a row of its source.
///
/// Rows are compared, never hulls: copying one column of a matrix to another is legal and common.
struct OverlappingStridedCopy: Rule {
  static let page = RulePage(
    code: "CT102", name: "overlapping-strided-copy", severity: .error,
    summary: "a row of the destination of a 2D or 3D copy meets a row of its source",
    what: """
      The rows of a 2D or 3D copy may not meet the rows of its source. Columns of one matrix that lie side by side do \
      not meet, however their rows interleave.
      """,
    why: "The rows are moved in any order, so a row may be overwritten before it is read.",
    example: """
      d1 = cudaMalloc(65536)
      cudaMemset(d1, 0, 65536)
      cudaMemcpy2DAsync(d1+0x80, 1024, d1, 1024, 256, 64, D2D, 0)
      """,
    instead: """
      d1 = cudaMalloc(65536)
      cudaMemset(d1, 0, 65536)
      cudaMemcpy2DAsync(d1+0x100, 1024, d1, 1024, 256, 64, D2D, 0)
      """,
    reference: "CUDA Runtime API, cudaMemcpy2DAsync: \"the memory areas may not overlap\"", since: "0.1")
  static let facts: Facts = [.oddities]

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    for movement in replay.step.movements {
      guard let copy = movement.copy, copy.extent.dimensions > 1, let overlap = movement.overlap else {
        continue
      }
      reporter.report(
        Finding(
          Self.self, .error, .rowsMeet(overlap.bytes), call: replay.call,
          picture: replay.picture(of: movement, overlap), notes: replay.notes(on: movement),
          help: .goThroughAnotherBuffer))
    }
  }
}

extension Message {
  fileprivate static func rowsMeet(_ bytes: UInt64) -> Message {
    "rows of the destination meet rows of the source in \(bytes) bytes"
  }
}
