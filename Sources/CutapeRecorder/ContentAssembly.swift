/// Puts together what sources held, from the pieces that threads sent, and sees that it is whole.
///
/// A thread sends one content after the other, each from its first byte to its last. A content whose pieces do not follow
/// each other, whose bytes have another hash than they should, or that was not sent to its end, is dropped: what the trace
/// has is right. One content is kept once, whoever sends it.

private import CutapeABI
internal import CutapeTrace

/// The contents that are under way. A value: after an error the recorder goes back to what it was before.
struct ContentAssembly {
  private struct Open {
    var key: ContentKey
    /// What the store calls it; nil when it has the content already, or gets it from another thread.
    var number: Int?
    var next: UInt64 = 0
    var hash = cut_hashBegin()
  }

  private var open: [Int: Open] = [:]
  private var count = 0
  private var batch = ContentBatch()

  /// Adds the next piece of `thread`. `isStored`: whether a content is there already.
  mutating func add(
    _ piece: ContentPiece, by thread: Int, isStored: (ContentKey) throws -> Bool
  ) rethrows {
    if let current = open[thread], current.key != piece.key || current.next != piece.offset { drop(thread) }
    if open[thread] == nil {
      // The rest of one that was dropped.
      guard piece.offset == 0 else { return }
      let isKnown = try isUnderWay(piece.key) || isStored(piece.key)
      if !isKnown { count += 1 }
      open[thread] = Open(key: piece.key, number: isKnown ? nil : count)
    }
    guard var current = open[thread] else { return }
    current.next += UInt64(piece.data.count)
    if let number = current.number {
      piece.data.withUnsafeBytes { bytes in
        if let start = bytes.baseAddress { cut_hashAdd(&current.hash, start, UInt64(bytes.count)) }
      }
      batch.parts.append(ContentBatch.Part(piece, of: number))
    }
    open[thread] = current
    if current.next >= piece.key.bytes { finish(thread) }
  }

  /// A piece of `thread` could not be read.
  mutating func fail(_ thread: Int) { drop(thread) }

  /// No more pieces come.
  mutating func dropOpen() { for thread in open.keys.sorted() { drop(thread) } }

  /// What is to be stored since the last time.
  mutating func takeBatch() -> ContentBatch {
    defer { batch = ContentBatch() }
    return batch
  }

  private func isUnderWay(_ key: ContentKey) -> Bool {
    open.values.contains { $0.key == key && $0.number != nil } || batch.whole.contains { $0.key == key }
  }

  private mutating func finish(_ thread: Int) {
    guard let current = open[thread], let number = current.number else {
      open[thread] = nil
      return
    }
    let hash = withUnsafePointer(to: current.hash) { cut_hashEnd($0) }
    guard hash == current.key.hash else { return drop(thread) }
    open[thread] = nil
    batch.whole.append(.init(content: number, key: current.key))
  }

  private mutating func drop(_ thread: Int) {
    if let number = open.removeValue(forKey: thread)?.number { batch.dropped.append(number) }
  }
}
