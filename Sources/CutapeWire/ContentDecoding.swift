/// From a record of the spool to a piece of a content.
///
/// It is no call: it goes to the table of contents, and its bytes are taken from the record at once.

package import CutapeABI
package import CutapeTrace

extension RecordDecoder {
  /// The piece that the published record holds, nothing of which is trusted.
  ///
  /// - Parameter available: how many slots of the segment are left, this one included.
  package func contentPiece(
    _ record: UnsafePointer<CUTRecord>, available: Int
  ) throws(WireError) -> ContentPiece {
    let id = UInt16(truncatingIfNeeded: cut_recordState(record) >> 48)
    let slots = Self.slots(of: record)
    guard slots <= available else { throw .pastSegment(function: id, slots: slots, available: available) }
    let key = ContentKey(hash: cut_recordWord(record, 0), bytes: cut_recordWord(record, 1))
    let (offset, words) = (cut_recordWord(record, 2), cut_recordWord(record, 3))
    let room = UInt64(slots - 1) * UInt64(CUT_SLOT_WORDS)
    guard words > 0, words <= room else {
      throw .tooShort(function: id, words: Int(room) + Int(CUT_CONTENT_WORDS), needed: words)
    }
    let (left, overflow) = key.bytes.subtractingReportingOverflow(offset)
    guard !overflow, left > (words - 1) * 8 else { throw .impossibleLength(function: id, length: key.bytes) }
    let bytes = UnsafeRawBufferPointer(
      start: UnsafeRawPointer(record) + Int(CUT_RECORD_BYTES), count: Int(min(left, words * 8)))
    return ContentPiece(key: key, offset: offset, data: Array(bytes))
  }
}
