import CutapeEmulator
import CutapeTrace

// What discards left undefined in one object.
//
// A write or a prefetch ends it, byte for byte. The host writes managed memory too, unseen: but before it may, it has
// to know that the discard is done. So a discard that the host knows of says nothing any more, and a read is judged
// only where no host could have written the bytes in between without a race of its own.

/// The discarded bytes of one object, and who discarded them.
struct Discards: Sendable {
  private struct Entry: Sendable {
    var range: ByteRange
    var operation: SubmittedOperation
  }

  /// The most ranges that are kept; older ones are forgotten, which can only hide findings.
  private static let limit = 1024
  /// Rows up to which a strided write is followed row by row.
  private static let spelledRows: UInt64 = 64
  private var entries: [Entry] = []

  var isEmpty: Bool { entries.isEmpty }

  mutating func add(_ range: ByteRange, by operation: SubmittedOperation) {
    remove(range)
    if entries.count >= Self.limit { entries.removeFirst() }
    entries.append(Entry(range: range, operation: operation))
  }

  /// The bytes are written, or prefetched.
  mutating func remove(_ footprint: Footprint) {
    guard !footprint.isContiguous, footprint.rows &* footprint.slices <= Self.spelledRows else {
      remove(footprint.hull)
      return
    }
    footprint.forEachRow { remove(ByteRange(start: $0, count: footprint.width)) }
  }

  private mutating func remove(_ range: ByteRange) {
    guard entries.contains(where: { $0.range.overlaps(range) }) else { return }
    var kept: [Entry] = []
    for entry in entries {
      guard entry.range.overlaps(range) else {
        kept.append(entry)
        continue
      }
      if entry.range.start < range.start {
        kept.append(
          Entry(
            range: ByteRange(start: entry.range.start, count: range.start - entry.range.start),
            operation: entry.operation))
      }
      if entry.range.end > range.end {
        kept.append(
          Entry(
            range: ByteRange(start: range.end, count: entry.range.end - range.end),
            operation: entry.operation))
      }
    }
    entries = kept
  }

  /// Forgets the discards that the host knows to be done.
  mutating func forget(known: (Epoch) -> Bool) { entries.removeAll { known($0.operation.epoch) } }

  /// The discarded bytes that `footprint` reads, and the discard of the first of them.
  func read(by footprint: Footprint) -> (overlap: Overlap, operation: SubmittedOperation)? {
    var found: (overlap: Overlap, operation: SubmittedOperation)?
    for entry in entries {
      let discarded = Footprint(
        object: footprint.object, memory: footprint.memory, start: entry.range.start, width: entry.range.count
      )
      guard let overlap = footprint.overlap(discarded) else { continue }
      found =
        found.map {
          (Overlap(first: $0.overlap.first, bytes: $0.overlap.bytes + overlap.bytes), $0.operation)
        }
        ?? (overlap, entry.operation)
    }
    return found
  }
}
