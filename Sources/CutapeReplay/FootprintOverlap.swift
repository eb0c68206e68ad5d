package import CutapeEmulator
package import CutapeTrace

// Which bytes two footprints have in common, exactly, without going through rows where arithmetic can tell.
// Hulls alone would blame interleaved columns of one matrix, the commonest legal use of strided copies.

/// The bytes that two footprints share.
package struct Overlap: Sendable, Hashable {
  /// The first run of shared bytes, as positions in the object.
  package var first: ByteRange
  /// How many bytes they share in all.
  package var bytes: UInt64

  package init(first: ByteRange, bytes: UInt64) {
    self.first = first
    self.bytes = bytes
  }
}

extension Footprint {
  /// The most rows and slices that are visited for one answer.
  private static let mostSteps: UInt64 = 1 << 24

  /// The same bytes with as few dimensions as possible: rows without gaps are one row.
  package var normalized: Footprint {
    var result = self
    if result.slices > 1, result.slicePitch == result.pitch &* result.rows {
      result.rows = result.rows &* result.slices
      result.slices = 1
    } else if result.slices > 1, result.rows == 1 {
      result.rows = result.slices
      result.pitch = result.slicePitch
      result.slices = 1
    }
    if result.slices == 1, result.rows > 1, result.pitch == result.width {
      result.width = result.width &* result.rows
      result.rows = 1
    }
    if result.rows == 1 { result.pitch = result.width }
    if result.slices == 1 { result.slicePitch = result.pitch &* result.rows }
    return result
  }

  /// Whether both name the same rows of the same object.
  package func isSameBytes(as other: Footprint) -> Bool {
    let mine = normalized
    let theirs = other.normalized
    return mine.start == theirs.start && mine.width == theirs.width && mine.rows == theirs.rows
      && mine.pitch == theirs.pitch && mine.slices == theirs.slices && mine.slicePitch == theirs.slicePitch
  }

  /// The bytes that both have; nil when they have none. Both must lie in the same object.
  package func overlap(_ other: Footprint) -> Overlap? {
    guard isPossible, other.isPossible, let shared = hull.intersection(other.hull)
    else {
      return nil
    }
    let mine = normalized
    let theirs = other.normalized
    if mine.isOneRow, theirs.isOneRow { return Overlap(first: shared, bytes: shared.count) }
    if mine.slices == 1, theirs.slices == 1, mine.pitch == theirs.pitch, mine.rows > 1,
      theirs.rows > 1,
      !mine.meetsInPhase(theirs)
    {
      return nil
    }
    let (few, many) = mine.rowCount <= theirs.rowCount ? (mine, theirs) : (theirs, mine)
    // No real copy has so many rows; going through them would take for ever.
    let steps = few.rowCount.multipliedReportingOverflow(by: many.slicesMeeting(few.width))
    guard !steps.overflow, steps.partialValue <= Self.mostSteps else { return nil }
    var overlap: Overlap?
    few.forEachRow { position in
      guard let found = many.overlap(row: ByteRange(start: position, count: few.width)) else { return }
      if let sofar = overlap {
        overlap = Overlap(
          first: found.first.start < sofar.first.start ? found.first : sofar.first,
          bytes: sofar.bytes + found.bytes)
      } else {
        overlap = found
      }
    }
    return overlap
  }

  package var isOneRow: Bool { rows == 1 && slices == 1 }

  /// Whether the rows are ones that a runtime accepts: they fit in the address space and do not meet each other.
  private var isPossible: Bool {
    !isEmpty && end != nil && (rows == 1 || pitch >= width) && (slices == 1 || slicePitch >= width)
  }

  /// Rows over all slices; saturates.
  private var rowCount: UInt64 {
    let (product, overflow) = rows.multipliedReportingOverflow(by: slices)
    return overflow ? .max : product
  }

  /// From the first byte of a slice to the last.
  private var sliceLength: UInt64 { (rows - 1) * pitch + width }

  /// The most slices that a run of `count` bytes can meet.
  private func slicesMeeting(_ count: UInt64) -> UInt64 {
    slices == 1 ? 1 : min(slices, count / slicePitch + sliceLength / slicePitch + 2)
  }

  /// Of two rectangles of equal pitch, whether a row of one meets a row of the other: columns that do not meet
  /// never do, whatever the rows.
  private func meetsInPhase(_ other: Footprint) -> Bool {
    guard start <= other.start else { return other.meetsInPhase(self) }
    let distance = other.start - start
    let (row, column) = distance.quotientAndRemainder(dividingBy: pitch)
    if column < width, row < rows { return true }
    // The other's rows run past the pitch into this one's next row.
    return column + other.width > pitch && row + 1 < rows
  }

  /// The bytes that `row` shares with this footprint, which is normalized.
  package func overlap(row: ByteRange) -> Overlap? {
    guard start < row.end else { return nil }
    var overlap: Overlap?
    let before = row.start - min(row.start, start + sliceLength)
    let firstSlice = slices == 1 ? 0 : min(slices, before / slicePitch)
    let lastSlice = slices == 1 ? 0 : min(slices - 1, (row.end - 1 - start) / slicePitch)
    guard firstSlice <= lastSlice, lastSlice - firstSlice <= Self.mostSteps else { return nil }
    for slice in firstSlice...lastSlice {
      let base = start + slice * slicePitch
      let end = base + sliceLength
      guard base < row.end, row.start < end else { continue }
      guard pitch > 0, rows > 1 else {
        if let shared = ByteRange(start: base, count: width).intersection(row) {
          overlap =
            overlap.map { Overlap(first: $0.first, bytes: $0.bytes + shared.count) }
            ?? Overlap(first: shared, bytes: shared.count)
        }
        continue
      }
      // Only the rows around both ends can be cut; those between count in full.
      let first = row.start <= base ? 0 : (row.start - base) / pitch
      let last = min(rows - 1, (row.end - 1 - base) / pitch)
      guard first <= last else { continue }
      var bytes: UInt64 = 0
      var firstShared: ByteRange?
      var index = first
      while index <= last {
        if let shared = ByteRange(start: base + index * pitch, count: width).intersection(row) {
          bytes += shared.count
          if firstShared == nil { firstShared = shared }
        }
        index += 1
        if index == first + 2, last > index {
          bytes += (last - index) * width
          index = last
        }
      }
      guard let firstShared else { continue }
      overlap =
        overlap.map { Overlap(first: $0.first, bytes: $0.bytes + bytes) }
        ?? Overlap(first: firstShared, bytes: bytes)
    }
    return overlap
  }
}
