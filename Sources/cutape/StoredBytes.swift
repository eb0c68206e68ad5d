/// The bytes of copies, from the trace.

import CutapeReplay
import CutapeStore
import CutapeTrace

/// Answers the replay, which knows no files; it takes what cannot be read for not recorded.
final class StoredBytes: RecordedBytes {
  private let contents: ContentReader
  /// Why contents could not be read, the first time.
  private(set) var failure: StoreError?

  init(_ contents: ContentReader) {
    self.contents = contents
  }

  func bytes(of content: ContentKey, range: ByteRange) -> [UInt8]? {
    do {
      return try contents.bytes(of: content, range: range)
    } catch {
      failure = failure ?? error
      return nil
    }
  }
}
