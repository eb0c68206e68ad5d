import CutapeEmulator
import CutapeReplay
import CutapeTrace

/// The pitch of a strided copy is smaller than its rows, or larger than any device allows.
struct ImpossiblePitch: Rule {
  static let page = RulePage(
    code: "CT110", name: "impossible-pitch", severity: .error,
    summary: "the pitch is smaller than the rows, or larger than the device's maximum",
    what: """
      The pitch is the distance from one row to the next, in bytes. It cannot be smaller than the row (with its offset \
      in x), nor larger than the maximum pitch of the device. A memset of a single row does not use its pitch.
      """,
    why:
      "The call is refused. Most often the width was given in elements, or width and pitch changed places.",
    example: """
      d1 = cudaMalloc(65536)
      h1 = cudaMallocHost(65536)
      cudaMemcpy2D(d1, 512, h1, 1024, 1024, 16, H2D) = 12
      cudaGetLastError() = 12
      """,
    instead: """
      d1 = cudaMalloc(65536)
      h1 = cudaMallocHost(65536)
      cudaMemcpy2D(d1, 1024, h1, 1024, 1024, 16, H2D)
      """,
    reference: "CUDA Runtime API, cudaMemcpy2D: \"width must not exceed either dpitch or spitch\"",
    since: "0.1")
  static let facts: Facts = [.oddities]

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    for movement in replay.step.movements where !movement.extent.isEmpty {
      for (role, side) in movement.sides where movement.isPitchImpossible(side) {
        reporter.report(
          Finding(
            Self.self, .error,
            .impossible(role, pitch: side.pitch ?? 0, x: side.x, width: movement.extent.width),
            call: replay.call,
            notes: replay.notes(on: movement), help: .pitchIsInBytes))
        break
      }
    }
  }
}

extension Message {
  fileprivate static func impossible(_ role: OperandRole, pitch: UInt64, x: UInt64, width: UInt64) -> Message
  {
    guard pitch <= Emulator.maxPitch else {
      return "the pitch of the \(role.noun) is \(pitch), and a device allows at most \(Emulator.maxPitch)"
    }
    let row = x == 0 ? "a row has \(width) bytes" : "a row of \(width) bytes starts at byte \(x)"
    return "the pitch of the \(role.noun) is \(pitch), and \(row)"
  }

  fileprivate static let pitchIsInBytes: Message =
    "pitch and width are in bytes: pass the distance between rows, as cudaMallocPitch gives it"
}
