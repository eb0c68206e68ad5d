/// What follows the fixed arguments of a call: a string, or a list of items.
///
/// The layout is a contract with the shim (`cutape_api.def`, head).

extension Effect {
  /// How many words one item of role `items` takes in the tail.
  package var wordsPerItem: Int {
    switch self {
    case .launch: 2
    case .copyBatch: 4
    default: 1
    }
  }
}

extension [UInt64] {
  /// The string that the words hold: `byteCount` bytes, little endian; what is not UTF-8 is repaired.
  ///
  /// A length that the words do not have gives the bytes that are there.
  package func text(byteCount: Int) -> String {
    let wanted = Swift.max(0, Swift.min(byteCount, count * 8))
    let bytes = (0..<wanted).map { UInt8(truncatingIfNeeded: self[$0 / 8] >> UInt64($0 % 8 * 8)) }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The words that hold the bytes of `text`, zero padded.
  package init(text: String) {
    self = Array(repeating: 0, count: (text.utf8.count + 7) / 8)
    for (index, byte) in text.utf8.enumerated() { self[index / 8] |= UInt64(byte) << UInt64(index % 8 * 8) }
  }
}

extension Event {
  /// The string argument of the call, or nil when the function has none.
  package func text(of function: Function) -> String? {
    guard let index = function.index(of: .text), index < arguments.count else { return nil }
    return tail.text(byteCount: Int(clamping: arguments[index]))
  }
}
