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
