/// The blob `call.rest`: 64-bit words as LEB128, seven bits a byte, the lowest first.
///
/// Small numbers take one byte, addresses seven; nothing says how many words there are but the end of the blob.

/// Encodes and decodes word lists.
enum WordList {
  static func append(_ word: UInt64, to bytes: inout [UInt8]) {
    var rest = word
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }

  /// The words of `bytes`, or nil when they are not a word list.
  static func words(of bytes: UnsafeRawBufferPointer) -> [UInt64]? {
    var words: [UInt64] = []
    var word: UInt64 = 0
    var shift: UInt64 = 0
    for byte in bytes {
      let bits = UInt64(byte & 0x7f)
      guard shift < 63 || (shift == 63 && bits <= 1) else { return nil }
      word |= bits << shift
      if byte & 0x80 == 0 {
        words.append(word)
        word = 0
        shift = 0
      } else {
        shift += 7
      }
    }
    return shift == 0 ? words : nil
  }
}
