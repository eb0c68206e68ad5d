/// A dictionary from numbers or addresses, for those that every call looks something up in: an open hash table with the
/// values in place, so that changing one moves nothing and allocates nothing.
struct IdMap<Value> {
  /// The keys by bucket; their count is a power of two, or 0.
  private var keys: [Int] = []
  private var values: [Value?] = []
  private(set) var count = 0
  /// What is left of a hash is the number of a bucket.
  private var shift = 64

  /// The key of an empty bucket. It has no value, ever.
  private static var none: Int { .min }

  var isEmpty: Bool { count == 0 }

  /// Multiplied, the bits of a number have an effect on the highest ones (Knuth, 6.4).
  private func home(of key: Int) -> Int {
    Int(truncatingIfNeeded: (UInt64(bitPattern: Int64(key)) &* 0x9e37_79b9_7f4a_7c15) >> UInt64(shift))
  }

  /// The bucket of `key`, or nil when it has no value.
  private func bucket(of key: Int) -> Int? {
    guard count > 0, key != Self.none else { return nil }
    var bucket = home(of: key)
    while keys[bucket] != key {
      guard keys[bucket] != Self.none else { return nil }
      bucket = (bucket + 1) & (keys.count - 1)
    }
    return bucket
  }

  subscript(key: Int) -> Value? {
    _read {
      if let bucket = bucket(of: key) { yield values[bucket] } else { yield nil }
    }
    _modify {
      if let bucket = bucket(of: key) {
        defer { if values[bucket] == nil { empty(bucket) } }
        yield &values[bucket]
      } else {
        var value: Value?
        defer { if let value { insert(key, value) } }
        yield &value
      }
    }
  }

  mutating func removeAll() {
    guard count > 0 else { return }
    self = IdMap()
  }

  private mutating func insert(_ key: Int, _ value: Value) {
    precondition(key != Self.none, "the smallest number is no key")
    if count >= keys.count / 4 * 3 { grow() }
    var bucket = home(of: key)
    while keys[bucket] != Self.none { bucket = (bucket + 1) & (keys.count - 1) }
    keys[bucket] = key
    values[bucket] = value
    count += 1
  }

  private mutating func grow() {
    var old = IdMap()
    swap(&old, &self)
    let size = max(8, old.keys.count * 2)
    keys = Array(repeating: Self.none, count: size)
    values = Array(repeating: nil, count: size)
    shift = 64 - size.trailingZeroBitCount
    for bucket in old.keys.indices {
      if let value = old.values[bucket].take() { insert(old.keys[bucket], value) }
    }
  }

  /// Takes the key out of a bucket without a value, and closes the gap: a key is never behind an empty bucket.
  private mutating func empty(_ bucket: Int) {
    let mask = keys.count - 1
    var hole = bucket
    keys[hole] = Self.none
    count -= 1
    var next = (hole + 1) & mask
    while keys[next] != Self.none {
      if (next - home(of: keys[next])) & mask >= (next - hole) & mask {
        keys.swapAt(hole, next)
        values.swapAt(hole, next)
        hole = next
      }
      next = (next + 1) & mask
    }
  }
}

extension IdMap: Sendable where Value: Sendable {}
