/// A half-open range of bytes `[start, start + count)` in the address space of the recorded program.
package struct ByteRange: Sendable, Hashable {
  /// The first byte.
  package var start: Address
  /// How many bytes; may be zero.
  package var count: UInt64

  @inlinable
  package init(start: Address, count: UInt64) {
    self.start = start
    self.count = count
  }

  /// One past the last byte; saturates at the end of the address space.
  @inlinable package var end: Address {
    let (sum, overflow) = start.addingReportingOverflow(count)
    return overflow ? .max : sum
  }

  @inlinable package var isEmpty: Bool { count == 0 }

  @inlinable
  package func contains(_ address: Address) -> Bool { address >= start && address < end }

  @inlinable
  package func contains(_ other: ByteRange) -> Bool { other.start >= start && other.end <= end }

  @inlinable
  package func overlaps(_ other: ByteRange) -> Bool { start < other.end && other.start < end }

  /// The bytes that both ranges have, or nil when they have none.
  @inlinable
  package func intersection(_ other: ByteRange) -> ByteRange? {
    let low = Swift.max(start, other.start)
    let high = Swift.min(end, other.end)
    return low < high ? ByteRange(start: low, count: high - low) : nil
  }
}

/// An address in the recorded program: host or device, both live in one unified address space.
package typealias Address = UInt64
