import CutapeTestSupport
import CutapeTrace
import Testing

@testable import CutapeReplay

/// The written bytes of an object, against a list of single bytes.
struct RangeSetTests {
  @Test("A range covers what was put in, byte by byte, and neighbours are one", arguments: 0..<10)
  func bytes(_ seed: Int) {
    var random = Dice(seed: UInt64(seed))
    var set = RangeSet()
    var bytes = [Bool](repeating: false, count: 2000)
    for _ in 0..<1000 {
      // Mostly small, so that there are more ranges than a chunk takes.
      let start = random.below(1900)
      let range = ByteRange(
        start: UInt64(start), count: UInt64(random.below(random.below(20) == 0 ? 100 : 3)))
      set.insert(range)
      for byte in start..<start + Int(range.count) { bytes[byte] = true }
      let asked = ByteRange(start: UInt64(random.below(1900)), count: UInt64(1 + random.below(40)))
      let wanted = Int(asked.start)..<Int(asked.end)
      #expect(set.covers(asked) == bytes[wanted].allSatisfy { $0 })
      #expect(
        Set(set.gaps(in: asked).flatMap { Int($0.start)..<Int($0.end) })
          == Set(wanted.filter { !bytes[$0] }))
    }
    let ranges = Array(set.ranges)
    #expect(ranges.count == set.count)
    #expect(zip(ranges, ranges.dropFirst()).allSatisfy { $0.end < $1.start })
    #expect(ranges.reduce(0) { $0 + $1.count } == UInt64(bytes.count { $0 }))
  }
}
