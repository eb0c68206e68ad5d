import CutapeEmulator
import CutapeTrace

/// What the bytes of one object hold: disjoint ranges in order. What is in no range was not written yet.
///
/// Contiguous bytes cost the ranges that they replace; rows cost one range each.
struct ContentMap {
  struct Segment {
    var start: UInt64
    var end: UInt64
    var content: Content

    /// The part from `position` on.
    func cut(from position: UInt64) -> Segment {
      Segment(start: position, end: end, content: content.advanced(by: position - start))
    }

    /// Whether `next` goes on where this ends, brought by the same operation.
    func continues(with next: Segment) -> Bool {
      end == next.start && content.path === next.content.path
        && content.advanced(by: end - start).isSame(as: next.content)
    }
  }

  /// Copies of more rows are not followed row by row: what they write is unknown.
  static let rowLimit: UInt64 = 1 << 16

  private(set) var segments: [Segment] = []
  /// What bytes hold that no range says.
  private var rest: Rest

  private enum Rest {
    case before(object: Int)
    case unknown
  }

  init(object: Int) { rest = .before(object: object) }

  /// Forgets what all bytes hold.
  mutating func smear() {
    segments = []
    rest = .unknown
  }

  /// The index of the first segment that ends behind `position`.
  private func index(after position: UInt64) -> Int {
    var low = 0
    var high = segments.count
    while low < high {
      let middle = (low + high) / 2
      if segments[middle].end > position { high = middle } else { low = middle + 1 }
    }
    return low
  }

  private func rest(at position: UInt64) -> Content {
    switch rest {
    case .before(let object): Content(origin: .before(object: object), offset: position, path: nil)
    case .unknown: .unknown
    }
  }

  // MARK: Reading

  /// What the rows of `footprint` hold, one after the other.
  func pieces(of footprint: Footprint) -> [Piece] {
    guard footprint.isFollowed else {
      return [Piece(count: footprint.byteCount, content: .unknown)]
    }
    var pieces: [Piece] = []
    if footprint.isContiguous {
      read(footprint.hull, into: &pieces)
    } else {
      footprint.forEachRow { read(ByteRange(start: $0, count: footprint.width), into: &pieces) }
    }
    return pieces
  }

  private func read(_ range: ByteRange, into pieces: inout [Piece]) {
    var position = range.start
    var next = index(after: position)
    while position < range.end {
      guard next < segments.count, segments[next].start < range.end else {
        pieces.append(Piece(count: range.end - position, content: rest(at: position)))
        return
      }
      let segment = segments[next]
      if segment.start > position {
        pieces.append(Piece(count: segment.start - position, content: rest(at: position)))
        position = segment.start
      }
      let end = min(segment.end, range.end)
      pieces.append(
        Piece(count: end - position, content: segment.content.advanced(by: position - segment.start)))
      position = end
      next += 1
    }
  }

  // MARK: Writing

  /// Puts `pieces` into the rows of `footprint`, one after the other.
  mutating func write(_ pieces: [Piece], to footprint: Footprint) {
    guard footprint.isFollowed else {
      let hull = footprint.hull
      replace(with: [Segment(start: hull.start, end: hull.end, content: .unknown)])
      return
    }
    var fresh: [Segment] = []
    var rest = pieces[...]
    var used: UInt64 = 0
    func fill(_ range: ByteRange) {
      var position = range.start
      while position < range.end, let piece = rest.first {
        let count = min(piece.count - used, range.end - position)
        let segment = Segment(
          start: position, end: position + count, content: piece.content.advanced(by: used))
        if let last = fresh.last, last.continues(with: segment) {
          fresh[fresh.count - 1].end = segment.end
        } else if count > 0 {
          fresh.append(segment)
        }
        position += count
        used += count
        if used == piece.count {
          rest = rest.dropFirst()
          used = 0
        }
      }
    }
    if footprint.isContiguous {
      fill(footprint.hull)
    } else {
      footprint.forEachRow { fill(ByteRange(start: $0, count: footprint.width)) }
      // The slices of odd copies may be interleaved.
      if !zip(fresh, fresh.dropFirst()).allSatisfy({ $0.end <= $1.start }) {
        fresh.sort { $0.start < $1.start }
        guard zip(fresh, fresh.dropFirst()).allSatisfy({ $0.end <= $1.start }) else {
          let hull = footprint.hull
          fresh = [Segment(start: hull.start, end: hull.end, content: .unknown)]
          replace(with: fresh)
          return
        }
      }
    }
    replace(with: fresh)
  }

  /// Replaces what `fresh` covers, which is in order and disjoint.
  private mutating func replace(with fresh: [Segment]) {
    guard let first = fresh.first, let last = fresh.last else { return }
    let low = index(after: first.start)
    var high = low
    while high < segments.count, segments[high].start < last.end { high += 1 }
    var merged: [Segment] = []
    merged.reserveCapacity(fresh.count + 2)
    var old = segments[low..<high]
    var current = old.popFirst()
    for segment in fresh {
      while let before = current, before.start < segment.start {
        if before.end <= segment.start {
          merged.append(before)
          current = old.popFirst()
        } else {
          merged.append(Segment(start: before.start, end: segment.start, content: before.content))
          current = before.cut(from: segment.start)
        }
      }
      while let covered = current, covered.start < segment.end {
        current = covered.end <= segment.end ? old.popFirst() : covered.cut(from: segment.end)
      }
      merged.append(segment)
    }
    while let behind = current {
      merged.append(behind)
      current = old.popFirst()
    }
    segments.replaceSubrange(low..<high, with: merged)
  }
}

extension Footprint {
  /// How many bytes all rows have; saturates.
  var byteCount: UInt64 {
    let (bytes, overflow) = width.multipliedReportingOverflow(by: rows)
    let (all, isTooMuch) = bytes.multipliedReportingOverflow(by: slices)
    return overflow || isTooMuch ? .max : all
  }

  /// Whether its rows are few enough to be followed one by one.
  fileprivate var isFollowed: Bool {
    guard !isContiguous else { return true }
    let (count, overflow) = rows.multipliedReportingOverflow(by: slices)
    return !overflow && count <= ContentMap.rowLimit
  }
}
