/// A hash that is the same in every run, on every machine and in every version: Swift's own is seeded anew each time.
///
/// FNV-1a with 64 bits (Fowler, Noll, Vo). It tells apart what differs by accident, not what was made to collide.
package struct StableHash: Sendable, Hashable {
  package private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  package init() {}

  package mutating func combine(_ byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }

  package mutating func combine(_ word: UInt64) {
    for shift in stride(from: UInt64(0), to: 64, by: 8) { combine(UInt8(truncatingIfNeeded: word >> shift)) }
  }

  /// The bytes of `text`, and an end mark: two texts one after the other are not their concatenation.
  package mutating func combine(_ text: String) {
    for byte in text.utf8 { combine(byte) }
    combine(UInt8(0xff))
  }

  /// Sixteen hexadecimal digits.
  package var text: String { Self.text(value) }

  package static func text(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
