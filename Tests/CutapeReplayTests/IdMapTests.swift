import Testing

@testable import CutapeReplay

/// The table of numbers, against a dictionary.
struct IdMapTests {
  @Test func `A value is found under its key alone, whatever came and went`() {
    var map = IdMap<[Int]>()
    var dictionary: [Int: [Int]] = [:]
    var random: UInt64 = 7
    for step in 0..<20_000 {
      random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      // Small numbers, and some that have only high bits.
      let key = Int(random >> 40 % 300) << (random >> 33 & 1 == 0 ? 0 : 48)
      switch random >> 60 {
      case 0..<6:
        map[key] = [step]
        dictionary[key] = [step]
      case 6..<12:
        map[key] = nil
        dictionary[key] = nil
      default:
        map[key]?.append(step)
        dictionary[key]?.append(step)
      }
      #expect(map[key] == dictionary[key])
      #expect(map.count == dictionary.count)
    }
    #expect(!dictionary.isEmpty)
    for (key, value) in dictionary { #expect(map[key] == value) }
  }

  @Test func `An empty one has nothing, and takes any number but the smallest`() {
    var map = IdMap<Int>()
    #expect(map[0] == nil)
    #expect(map[.min] == nil)
    map[-1] = 1
    map[.max] = 2
    map[0] = 3
    #expect(map[-1] == 1)
    #expect(map[.max] == 2)
    map.removeAll()
    #expect(map.isEmpty)
    #expect(map[0] == nil)
  }
}
