/// The dictionary of shapes, and the coding of word lists.

import Testing

@testable import CutapeStore

@Suite("Shape dictionary")
struct ShapeDictionaryTests {
  @Test("equal keys have one number, different keys have others, whatever their number")
  func numbers() {
    var shapes = ShapeDictionary()
    for round in 0..<2 {
      for key in 0..<20000 {
        let shape = shapes.number(of: [UInt64(key % 7), UInt64(key)])
        #expect(shape == (number: key + 1, isNew: round == 0))
      }
    }
    #expect(shapes.number(of: [0, 0, 0]).number == 20001)
  }

  @Test("numbers that were rolled back are given again")
  func rollBack() {
    var shapes = ShapeDictionary()
    for key in 0..<3000 { _ = shapes.number(of: [UInt64(key)]) }
    shapes.rollBack(to: 1001)
    #expect(shapes.number(of: [5]) == (6, false))
    #expect(shapes.number(of: [2000]) == (1001, true))
    shapes.rollBack(to: 1)
    #expect(shapes.number(of: [5]) == (1, true))
  }

  @Test("when it is full it forgets, and its numbers stay unique")
  func limit() {
    let limit = 5000
    var shapes = ShapeDictionary(limit: limit)
    for key in 0..<limit { _ = shapes.number(of: [UInt64(key)]) }
    #expect(shapes.number(of: [0]) == (1, false))
    #expect(shapes.number(of: [.max]) == (limit + 1, true))
    #expect(shapes.number(of: [0]) == (limit + 2, true))
    shapes.rollBack(to: limit)
    #expect(shapes.number(of: [7]) == (limit, true))
  }
}

@Suite("Word list")
struct WordListTests {
  @Test("words go to bytes and back")
  func roundTrip() {
    let words: [UInt64] = [0, 1, 127, 128, 16383, 16384, 1 << 47, 1 << 63, .max]
    var bytes: [UInt8] = []
    for word in words { WordList.append(word, to: &bytes) }
    #expect(bytes.withUnsafeBytes { WordList.words(of: $0) } == words)
  }

  @Test(
    "bytes that are no word list are refused",
    arguments: [
      [0x80], [0xff, 0xff], Array(repeating: 0xff, count: 9) + [0x02], Array(repeating: 0x80, count: 12),
    ] as [[UInt8]])
  func refused(bytes: [UInt8]) {
    #expect(bytes.withUnsafeBytes { WordList.words(of: $0) } == nil)
  }
}
