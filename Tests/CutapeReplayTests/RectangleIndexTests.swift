import CutapeEmulator
import CutapeTestSupport
import Testing

@testable import CutapeReplay

/// The index of strided accesses, against all of them.
struct RectangleIndexTests {
  private static func footprint(_ random: inout Dice) -> Footprint {
    let pitch = [UInt64(16), 48, 1000, 4096, 4096, 70000][random.below(6)]
    return Footprint(
      object: 1, memory: .device, start: random.next() % 200_000,
      width: 1 + random.next() % min(pitch - 1, random.below(4) == 0 ? 4000 : 30),
      rows: 1 + random.next() % 20, pitch: pitch, slices: random.below(8) == 0 ? 3 : 1, slicePitch: pitch * 40
    )
  }

  @Test("What meets an access is found, in the order in which it came", arguments: 0..<20)
  func found(_ seed: Int) {
    var random = Dice(seed: UInt64(seed))
    var index = RectangleIndex()
    var kept: [Footprint] = []
    for _ in 0..<400 {
      let access = Self.footprint(&random).normalized
      var numbers: [Int32] = []
      index.find(access, into: &numbers)
      let meeting = numbers.map { index[$0] }.filter {
        $0.access.exists && access.overlap($0.footprint) != nil
      }
      #expect(meeting.map(\.footprint) == kept.filter { access.overlap($0) != nil })
      if random.below(4) == 0, let victim = numbers.first(where: { index[$0].access.exists }) {
        kept.remove(at: kept.firstIndex(of: index[victim].footprint)!)
        index.remove(victim)
      }
      guard !access.isContiguous else { continue }
      kept.append(access)
      index.append(
        Rectangle(footprint: access, access: Access(slot: 1, count: 1, operation: 0), isWrite: true))
      #expect(index.count == kept.count)
      if random.below(100) == 0 {
        kept.removeFirst(min(3, kept.count))
        index.removeFirst(3)
      }
    }
  }
}
