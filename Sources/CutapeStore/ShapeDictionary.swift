/// The shapes that a writer has given out: an open hash table over flat words, since every call looks one up.

import CutapeTrace

/// From what calls have in common to the number of their shape.
struct ShapeDictionary {
  /// When the table is this large its entries are forgotten: shapes that come again get a second number, which costs
  /// space in the trace, but the writer's memory stays bounded when a program's "constants" are none.
  private let limit: Int

  /// The words of all shapes that are known, one after the other.
  private var words: [UInt64] = []
  /// Where the words of an entry start; one more at the end.
  private var starts: [Int] = [0]
  /// Entries by hash; -1 is free. The count is a power of two.
  private var buckets: [Int32] = Array(repeating: -1, count: 1024)
  /// The number of the first entry.
  private var base = 1

  init(limit: Int = 1 << 19) {
    self.limit = limit
  }

  /// The number that the next new shape gets.
  private(set) var next = 1

  /// The number of the shape that `key` describes, and whether it is new.
  mutating func number(of key: [UInt64]) -> (number: Int, isNew: Bool) {
    var bucket = Self.hash(key) & (buckets.count - 1)
    while buckets[bucket] >= 0 {
      let entry = Int(buckets[bucket])
      if matches(entry, key) { return (base + entry, false) }
      bucket = (bucket + 1) & (buckets.count - 1)
    }
    if starts.count - 1 >= limit { forget(from: next) }
    add(key)
    defer { next += 1 }
    return (next, true)
  }

  /// Forgets the shapes from `number` on: their transaction was rolled back.
  mutating func rollBack(to number: Int) {
    guard number < next else { return }
    next = number
    if number <= base {
      forget(from: number)
      return
    }
    starts.removeSubrange((number - base + 1)...)
    words.removeSubrange((starts.last ?? 0)...)
    rehash(buckets.count)
  }

  private mutating func forget(from number: Int) {
    words = []
    starts = [0]
    buckets = Array(repeating: -1, count: 1024)
    base = number
  }

  private mutating func add(_ key: [UInt64]) {
    words.append(contentsOf: key)
    starts.append(words.count)
    if starts.count * 2 > buckets.count {
      rehash(buckets.count * 2)
    } else {
      insert(starts.count - 2, hash: Self.hash(key))
    }
  }

  private mutating func rehash(_ count: Int) {
    buckets = Array(repeating: -1, count: count)
    for entry in 0..<starts.count - 1 {
      insert(entry, hash: Self.hash(words[starts[entry]..<starts[entry + 1]]))
    }
  }

  private mutating func insert(_ entry: Int, hash: Int) {
    var bucket = hash & (buckets.count - 1)
    while buckets[bucket] >= 0 { bucket = (bucket + 1) & (buckets.count - 1) }
    buckets[bucket] = Int32(entry)
  }

  private func matches(_ entry: Int, _ key: [UInt64]) -> Bool {
    let start = starts[entry]
    guard starts[entry + 1] - start == key.count else { return false }
    for index in 0..<key.count where words[start + index] != key[index] { return false }
    return true
  }

  /// A multiply-and-fold hash; the words come from the program, but a bad distribution only costs time.
  private static func hash(_ key: some Collection<UInt64>) -> Int {
    var hash: UInt64 = 0x9e37_79b9_7f4a_7c15
    for word in key {
      let product = (hash ^ word).multipliedFullWidth(by: 0xd6e8_feb8_6659_fd93)
      hash = product.high ^ product.low
    }
    return Int(truncatingIfNeeded: hash >> 1)
  }
}
