import CutapeEmulator
import CutapeTrace
import Testing

@Suite("Footprints")
struct FootprintTests {
  @Test("touch a range exactly when one of their rows does")
  func touches() {
    for pitch in UInt64(3)...6 {
      for rows in UInt64(1)...3 {
        for slices in UInt64(1)...3 {
          let footprint = Footprint(
            object: nil, memory: .pageable, start: 10, width: 3, rows: rows, pitch: pitch, slices: slices,
            slicePitch: pitch * rows + 2)
          var bytes: Set<UInt64> = []
          footprint.forEachRow { start in bytes.formUnion(start..<start + 3) }
          for start in UInt64(5)..<70 {
            for count in UInt64(0)...9 {
              let range = ByteRange(start: start, count: count)
              #expect(
                footprint.touches(range) == (start..<start + count).contains { bytes.contains($0) },
                "\(footprint) and \(range)")
            }
          }
        }
      }
    }
  }

  @Test("are compared without looking at every row")
  func absurd() {
    let footprint = Footprint(
      object: nil, memory: .pageable, start: 4096, width: 1, rows: 1 << 61, pitch: 2)
    #expect(footprint.touches(ByteRange(start: 1 << 40, count: 2)))
    #expect(!footprint.touches(ByteRange(start: (1 << 40) + 1, count: 1)))
  }
}
