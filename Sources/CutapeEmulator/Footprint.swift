package import CutapeTrace

/// The bytes that one side of a copy or a memset touches, row by row.
///
/// Positions are offsets from the start of the object, so that the bytes of one object have one name whichever
/// address reached them: the host's, the device's view of registered memory, an array handle or a host shadow.
/// Memory that CUDA does not know has no object; there positions are addresses.
package struct Footprint: Sendable, Hashable {
  /// The id of the object that holds the first byte; nil for memory that CUDA does not know.
  package var object: Int?
  package var memory: MemoryClass
  /// The position of the first byte of the first row.
  package var start: UInt64
  /// Bytes of one row.
  package var width: UInt64
  /// Rows of one slice.
  package var rows: UInt64
  /// Bytes from one row to the next.
  package var pitch: UInt64
  package var slices: UInt64
  /// Bytes from one slice to the next.
  package var slicePitch: UInt64

  package init(
    object: Int?, memory: MemoryClass, start: UInt64, width: UInt64, rows: UInt64 = 1, pitch: UInt64? = nil,
    slices: UInt64 = 1, slicePitch: UInt64? = nil
  ) {
    self.object = object
    self.memory = memory
    self.start = start
    self.width = width
    self.rows = rows
    self.pitch = pitch ?? width
    self.slices = slices
    self.slicePitch = slicePitch ?? self.pitch &* rows
  }

  package var isEmpty: Bool { width == 0 || rows == 0 || slices == 0 }

  /// Whether all bytes follow each other without a gap.
  package var isContiguous: Bool {
    (rows == 1 || pitch == width) && (slices == 1 || slicePitch == width &* rows)
  }

  /// One past the last byte: the last row ends after `width` bytes, not after `pitch`. Nil when the position does
  /// not fit in 64 bits.
  package var end: UInt64? {
    guard !isEmpty else { return start }
    let down = pitch.multipliedReportingOverflow(by: rows - 1)
    let deep = slicePitch.multipliedReportingOverflow(by: slices - 1)
    guard !down.overflow, !deep.overflow else { return nil }
    var sum = start
    for part in [down.partialValue, deep.partialValue, width] {
      let (next, overflow) = sum.addingReportingOverflow(part)
      guard !overflow else { return nil }
      sum = next
    }
    return sum
  }

  /// From the first byte to the last, gaps included; up to the end of the address space when it does not fit.
  package var hull: ByteRange {
    ByteRange(start: start, count: (end ?? .max) - start)
  }

  /// Whether a row meets `range`. No row is visited: a recorded height may be absurd. The footprint's end must fit
  /// in 64 bits, and neither rows nor slices may overlap each other.
  package func touches(_ range: ByteRange) -> Bool {
    guard !isEmpty, !range.isEmpty, hull.overlaps(range) else { return false }
    let sliceLength = (rows - 1) * pitch + width
    let slice = Self.first(
      of: slices, every: slicePitch, from: start, length: sliceLength, after: range.start)
    guard let slice, slice < range.end else { return false }
    let row = Self.first(of: rows, every: pitch, from: slice, length: width, after: range.start)
    if let row, row < range.end { return true }
    // The range begins behind the last row of that slice, or between two rows; the next slice begins with a row.
    let next = slice.addingReportingOverflow(slicePitch)
    return !next.overflow && next.partialValue < range.end && next.partialValue < hull.end
  }

  /// The start of the first of `count` runs that ends after `position`; nil when none does.
  private static func first(
    of count: UInt64, every step: UInt64, from start: UInt64, length: UInt64, after position: UInt64
  ) -> UInt64? {
    guard start + length <= position else { return start }
    guard step > 0 else { return nil }
    let index = (position - start - length) / step + 1
    return index < count ? start + index * step : nil
  }

  /// Calls `body` with the position of each row, from the first to the last.
  package func forEachRow(_ body: (UInt64) -> Void) {
    for slice in 0..<slices {
      for row in 0..<rows { body(start &+ slice &* slicePitch &+ row &* pitch) }
    }
  }

  /// Calls `body` with the position and length of each run of bytes without a gap: one run when all rows touch.
  func forEachRun(_ body: (UInt64, UInt64) -> Void) {
    if isContiguous { return body(start, width * rows * slices) }
    forEachRow { body($0, width) }
  }
}
