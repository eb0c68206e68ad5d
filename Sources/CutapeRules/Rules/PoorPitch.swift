import CutapeEmulator
import CutapeReplay
import CutapeTrace

/// A strided copy whose shape defeats the copy engine: rows that start off 32 bytes, or many rows of a few bytes.
struct PoorPitch: Rule {
  static let page = RulePage(
    code: "CT909", name: "poor-pitch", severity: .perf,
    summary: "the pitch or the rows of a strided copy are ones that the device copies slowly",
    what: """
      More than 64 KiB are copied from or to device memory whose pitch is no multiple of 32 bytes, or a thousand rows \
      and more are shorter than 64 bytes. Copies of rows without gaps are not meant.
      """,
    why:
      "Device memory is read and written in pieces of 32 bytes. Rows that do not fit them move more than they hold.",
    example: """
      d1 = cudaMalloc(0x200000)
      h1 = cudaMallocHost(0x200000)
      cudaMemcpy2D(d1, 1000, h1, 990, 990, 1000, H2D)
      """,
    instead: """
      d1 = cudaMallocPitch(990, 1000)
      h1 = cudaMallocHost(0x200000)
      cudaMemcpy2D(d1, d1.pitch, h1, 990, 990, 1000, H2D)
      """,
    reference: "CUDA C++ Programming Guide, \"Device Memory\": cudaMallocPitch", since: "0.1")
  static let facts: Facts = [.rows]

  private static let piece: UInt64 = 32
  private static let shortRow: UInt64 = 64
  private static let fewRows: UInt64 = 64
  private static let manyRows: UInt64 = 1024
  private var narrow = Tally()
  private var misaligned = Tally()

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    guard replay.step.succeeded else { return }
    for movement in replay.step.movements {
      guard movement.extent.dimensions > 1, movement.copy != nil, !movement.extent.isEmpty else { continue }
      let rows = movement.extent.height.multipliedReportingOverflow(by: movement.extent.depth)
      let strided = movement.sides.map(\.side).filter {
        $0.pitch.map { $0 != movement.extent.width } ?? false
      }
      let onDevice = strided.filter { $0.memory == .device }
      guard !rows.overflow, rows.partialValue > 1, !strided.isEmpty else { continue }
      if movement.extent.width < Self.shortRow, rows.partialValue > Self.fewRows {
        narrow.add(replay, bytes: movement.bytes, rows: rows.partialValue)
      } else if onDevice.contains(where: Self.isMisaligned) {
        misaligned.add(replay, bytes: movement.bytes, rows: rows.partialValue)
      }
    }
  }

  /// Whether the rows start anywhere; a pitch that the driver chose is right.
  private static func isMisaligned(_ side: Side) -> Bool {
    guard let pitch = side.pitch, pitch % piece != 0 else { return false }
    return side.object?.rows?.pitch != pitch
  }

  mutating func finish(_ replay: Replay, _ reporter: inout Reporter) {
    for entry in narrow.entries where entry.rows >= Self.manyRows {
      reporter.report(
        Finding(
          Self.self, .narrow(rows: entry.rows, bytes: entry.bytes), entry,
          notes: Message.sum(entry, of: "copies"), help: .pack))
    }
    for entry in misaligned.entries where entry.bytes > Threshold.large {
      reporter.report(
        Finding(Self.self, .misaligned, entry, notes: Message.sum(entry, of: "copies"), help: .pitched))
    }
  }
}

extension Message {
  fileprivate static func narrow(rows: UInt64, bytes: UInt64) -> Message {
    "\(rows) rows of only \(bytes / max(rows, 1)) bytes are copied one by one"
  }

  fileprivate static let misaligned: Message =
    "the rows of the copy do not start at multiples of 32 bytes in device memory"

  fileprivate static let pack: Message =
    "pack the column on the side where it is made, and copy it in one piece"
  fileprivate static let pitched: Message =
    "allocate with cudaMallocPitch, or round the pitch up to a multiple of 32"
}
