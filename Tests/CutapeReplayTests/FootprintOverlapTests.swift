import CutapeEmulator
import CutapeReplay
import CutapeTrace
import CutapeTestSupport
import Testing

/// The arithmetic of rows, against going through every byte.
struct FootprintOverlapTests {
  private static func footprint(_ random: inout Dice) -> Footprint {
    let width = 1 + random.next() % 12
    let pitch = width + random.next() % 8
    let rows = 1 + random.next() % 5
    let slices = 1 + random.next() % 3
    return Footprint(
      object: 1, memory: .device, start: random.next() % 60, width: width, rows: rows, pitch: pitch,
      slices: slices,
      slicePitch: pitch * (rows + random.next() % 2))
  }

  private static func bytes(_ footprint: Footprint) -> Set<UInt64> {
    var bytes: Set<UInt64> = []
    footprint.forEachRow { row in for offset in 0..<footprint.width { bytes.insert(row + offset) } }
    return bytes
  }

  @Test("Overlaps are those of the bytes", arguments: 0..<400)
  func agrees(_ seed: Int) {
    var random = Dice(seed: UInt64(seed))
    let left = Self.footprint(&random)
    let right = Self.footprint(&random)
    let shared = Self.bytes(left).intersection(Self.bytes(right))
    let overlap = left.overlap(right)
    #expect((overlap != nil) == !shared.isEmpty, "\(left) \(right)")
    #expect(overlap?.bytes ?? 0 == UInt64(shared.count), "\(left) \(right)")
    #expect(overlap?.first.start == shared.min(), "\(left) \(right)")
    #expect(Self.bytes(left.normalized) == Self.bytes(left))
  }

  @Test("Absurd extents give an answer at once")
  func absurd() {
    let left = Footprint(
      object: 1, memory: .device, start: 0, width: 1, rows: 1 << 40, pitch: 2, slices: 1 << 40, slicePitch: 3)
    let right = Footprint(
      object: 1, memory: .device, start: 1, width: 1, rows: 1 << 40, pitch: 5, slices: 1 << 40, slicePitch: 7)
    #expect(left.overlap(right) == nil)
    let rows = Footprint(object: 1, memory: .device, start: 0, width: 2, rows: 1000, pitch: 1 << 50)
    let slices = Footprint(
      object: 1, memory: .device, start: 1, width: 1, rows: 2, pitch: 3, slices: 1 << 40, slicePitch: 1 << 20)
    #expect(rows.overlap(slices)?.bytes == 1000)
    #expect(slices.overlap(row: ByteRange(start: 0, count: .max)) == nil)
  }
}
