import CutapeEmulator
import CutapeTrace

// Which bytes of device memory something may have written.
//
// *Known* writers are copies and memsets, byte for byte. A kernel that could reach an object is a *may* writer of
// all of it: it ends every question about the object. Order does not matter here; a read that is not ordered with
// the write is a race, and reported as one.

/// Disjoint ranges in order; neighbours are joined.
struct RangeSet: Sendable {
  private var spans = SpanList<ByteRange>()

  /// How many ranges there are.
  var count: Int { spans.count }

  /// The ranges in order.
  var ranges: FlattenSequence<[[ByteRange]]> { spans.all }

  func covers(_ range: ByteRange) -> Bool {
    var position = spans.position(after: range.start)
    return spans.isValid(&position) && spans[position].contains(range)
  }

  mutating func insert(_ range: ByteRange) {
    guard !range.isEmpty else { return }
    // One that ends where the range begins is joined as well.
    var position = spans.position(after: range.start > 0 ? range.start - 1 : 0)
    guard spans.isValid(&position), spans[position].start <= range.end else {
      spans.insert(range, at: &position)
      return
    }
    let first = position
    let start = min(range.start, spans[first].start)
    var end = max(range.end, spans[first].end)
    position.index += 1
    while spans.isValid(&position), spans[position].start <= range.end {
      end = max(end, spans[position].end)
      spans.remove(at: &position)
    }
    spans[first] = ByteRange(start: start, count: end - start)
  }

  /// The parts of `range` that are in no range of the set, in order.
  func gaps(in range: ByteRange) -> [ByteRange] {
    var gaps: [ByteRange] = []
    var cursor = range.start
    var position = spans.position(after: range.start)
    while cursor < range.end {
      guard spans.isValid(&position), spans[position].start < range.end else {
        gaps.append(ByteRange(start: cursor, count: range.end - cursor))
        break
      }
      if spans[position].start > cursor {
        gaps.append(ByteRange(start: cursor, count: spans[position].start - cursor))
      }
      cursor = max(cursor, spans[position].end)
      position.index += 1
    }
    return gaps
  }
}

/// The written bytes of one object.
struct Initialization: Sendable {
  private var known = RangeSet()
  /// Strided writes that were too many rows to spell out.
  private var strided: [Footprint] = []
  /// Whether a writer that is not known byte for byte could have written any of it.
  var isUnknown = false

  /// Whether nothing can have written any of it.
  var isUntouched: Bool { !isUnknown && known.ranges.isEmpty && strided.isEmpty }

  /// Rows up to which a strided write is spelled out.
  private static let spelledRows: UInt64 = 64
  /// The most ranges to which rows are added: they go in between, and move what lies behind.
  private static let mostRanges = 4096
  /// The most strided writes that are kept; with more, the object counts as unknown.
  private static let stridedLimit = 1024

  mutating func write(_ footprint: Footprint) {
    guard !isUnknown else { return }
    if footprint.isContiguous {
      known.insert(footprint.hull)
    } else if footprint.rows &* footprint.slices <= Self.spelledRows, known.count < Self.mostRanges {
      footprint.forEachRow { known.insert(ByteRange(start: $0, count: footprint.width)) }
    } else {
      join(footprint.normalized)
    }
  }

  /// Adds a rectangle; one that continues another to the right makes one wider rectangle.
  private mutating func join(_ footprint: Footprint) {
    for index in strided.indices where strided[index].slices == 1 && footprint.slices == 1 {
      let old = strided[index]
      guard old.pitch == footprint.pitch, old.rows == footprint.rows else { continue }
      let left = old.start <= footprint.start ? old : footprint
      let right = old.start <= footprint.start ? footprint : old
      guard right.start - left.start <= left.width, right.start - left.start + right.width <= left.pitch
      else {
        continue
      }
      var joined = left
      joined.width = max(left.width, right.start - left.start + right.width)
      strided.remove(at: index)
      if joined.width == joined.pitch {
        known.insert(ByteRange(start: joined.start, count: joined.pitch * joined.rows))
      } else {
        strided.append(joined)
      }
      return
    }
    strided.append(footprint)
    if strided.count > Self.stridedLimit { isUnknown = true }
  }

  /// The bytes of `footprint` that nothing can have written; the padding between the rows of `layout` is not asked
  /// for.
  func unwritten(in footprint: Footprint, layout: Allocation.Rows?) -> Overlap? {
    guard !isUnknown, !footprint.isEmpty else { return nil }
    if known.covers(footprint.hull) { return nil }
    guard footprint.rows &* footprint.slices <= 1 << 20 else { return nil }
    var missing: Overlap?
    footprint.forEachRow { start in
      for gap in known.gaps(in: ByteRange(start: start, count: footprint.width)) {
        for part in withoutStrided(gap) {
          guard let found = Self.withoutPadding(part, layout) else { continue }
          missing = missing.map { Overlap(first: $0.first, bytes: $0.bytes &+ found.bytes) } ?? found
        }
      }
    }
    return missing
  }

  /// The parts of `gap` that no strided write covers.
  private func withoutStrided(_ gap: ByteRange) -> [ByteRange] {
    guard !strided.isEmpty else { return [gap] }
    var covered = RangeSet()
    for footprint in strided where footprint.hull.overlaps(gap) {
      guard footprint.rows &* footprint.slices <= 1 << 20 else { return [] }
      footprint.forEachRow { row in
        if let shared = ByteRange(start: row, count: footprint.width).intersection(gap) {
          covered.insert(shared)
        }
      }
    }
    return covered.gaps(in: gap)
  }

  /// The bytes of `range` that are in rows, not in the padding behind them; nil when there are none.
  private static func withoutPadding(_ range: ByteRange, _ layout: Allocation.Rows?) -> Overlap? {
    guard let layout, let pitch = layout.pitch, pitch > layout.width, !range.isEmpty else {
      return Overlap(first: range, bytes: range.count)
    }
    let (top, bottom) = (range.start / pitch, (range.end - 1) / pitch)
    func piece(of row: UInt64) -> ByteRange? {
      ByteRange(start: row * pitch, count: layout.width).intersection(range)
    }
    let head = piece(of: top)
    guard bottom > top else { return head.map { Overlap(first: $0, bytes: $0.count) } }
    guard let first = head ?? piece(of: top + 1) else { return nil }
    let inner = (bottom - top - 1) * layout.width
    return Overlap(first: first, bytes: (head?.count ?? 0) + inner + (piece(of: bottom)?.count ?? 0))
  }
}
