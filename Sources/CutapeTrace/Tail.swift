/// What follows the fixed arguments of a call: a string, or lists.
///
/// The layout is a contract with the shim (`cutape_api.def`, head).

extension Effect {
  /// How many words one item of role `items` takes in the tail.
  package var wordsPerItem: Int {
    switch self {
    case .launch, .launchNode, .anyNode, .addEdges, .removeEdges, .discardBatch: 2
    case .setPoolAccess, .setAccess: 3
    case .copyBatch, .prefetchBatch, .discardPrefetchBatch: 4
    case .copyBatch3D: 14
    default: 1
    }
  }
}

extension Role {
  /// Whether the argument counts a list in the tail, or says that it is not known.
  package var isList: Bool { self == .items || self == .dependencies || self == .nodeWords }

  /// How many words of the tail an argument of this role stands for; nil when it says nothing about the tail.
  ///
  /// A list that is not known (`UInt64.max`) has none.
  package func tailWords(_ word: UInt64, _ effect: Effect) -> UInt64? {
    switch self {
    case .text: return word / 8 + (word % 8 == 0 ? 0 : 1)
    case .dependencies, .nodeWords: return word == .max ? 0 : word
    case .items:
      if word == .max { return 0 }
      let (words, overflow) = word.multipliedReportingOverflow(by: UInt64(effect.wordsPerItem))
      return overflow ? .max : words
    default: return nil
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
