import CutapeTrace

/// The bytes that a memset repeats: one, two or four of them, in the order of memory. What repeats with a shorter length
/// is told by that: elements of `0x0707` are bytes `0x07`.
package struct Pattern: Sendable, Hashable {
  package let bytes: [UInt8]

  init(_ value: UInt32, elementSize: UInt32) {
    let all = (0..<4).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    var bytes = Array(all.prefix(Int(clamping: max(elementSize, 1))))
    while bytes.count.isMultiple(of: 2),
      bytes[..<(bytes.count / 2)].elementsEqual(bytes[(bytes.count / 2)...])
    {
      bytes.removeLast(bytes.count / 2)
    }
    self.bytes = bytes
  }

  /// `count` bytes of it from `offset` on.
  func repeated(from offset: UInt64, count: UInt64) -> [UInt8] {
    bytes.count == 1
      ? Array(repeating: bytes[0], count: Int(count))
      : (0..<count).map { bytes[Int((offset + $0) % UInt64(bytes.count))] }
  }
}
