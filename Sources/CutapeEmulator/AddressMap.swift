package import CutapeTrace

/// Disjoint ranges of addresses in order, each naming an object.
///
/// Two levels: chunks of at most 256 ranges in one array. A look-up is two binary searches; an insertion moves at
/// most a chunk and the list of chunks. A dictionary cannot answer "which range holds this interior pointer", and
/// one flat array would move megabytes when a program keeps a million allocations.
package struct AddressMap: Sendable {
  package struct Entry: Sendable, Hashable {
    package var range: ByteRange
    package var object: Int
    /// The kind of the object: with it, most look-ups need nothing else.
    package var kind: MemoryObject.Kind
  }

  private static let chunkLimit = 256
  private var chunks: [[Entry]] = []
  /// The first address of each chunk, apart so that the search stays in few cache lines.
  private var starts: [Address] = []
  package private(set) var count = 0

  package init() {}

  /// The chunk in which `address` belongs, or nil when there are no chunks or it lies before all of them.
  private func chunk(for address: Address) -> Int? {
    var low = 0
    var high = starts.count
    while low < high {
      let middle = (low + high) / 2
      if starts[middle] <= address { low = middle + 1 } else { high = middle }
    }
    return low == 0 ? nil : low - 1
  }

  /// How many entries of `chunk` start at or before `address`.
  private func rank(of address: Address, in chunk: Int) -> Int {
    let entries = chunks[chunk]
    var low = 0
    var high = entries.count
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].range.start <= address { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The last entry that starts at or before `address`.
  package func entry(atOrBefore address: Address) -> Entry? {
    guard let chunk = chunk(for: address) else { return nil }
    let rank = rank(of: address, in: chunk)
    return rank == 0 ? nil : chunks[chunk][rank - 1]
  }

  /// The first entry that starts after `address`.
  package func entry(after address: Address) -> Entry? {
    guard let chunk = chunk(for: address) else { return chunks.first?.first }
    let rank = rank(of: address, in: chunk)
    if rank < chunks[chunk].count { return chunks[chunk][rank] }
    return chunk + 1 < chunks.count ? chunks[chunk + 1].first : nil
  }

  /// The entry whose range holds `address`; an empty range holds its own start.
  package func entry(containing address: Address) -> Entry? {
    guard let entry = entry(atOrBefore: address) else { return nil }
    return entry.range.contains(address) || entry.range.start == address ? entry : nil
  }

  /// The entries that have a byte in common with `range`, in order.
  package func entries(overlapping range: ByteRange) -> [Entry] {
    var found: [Entry] = []
    if let first = entry(atOrBefore: range.start), first.range.overlaps(range) { found.append(first) }
    var position = range.start
    while let next = entry(after: position), next.range.start < range.end {
      if next.range.overlaps(range) { found.append(next) }
      position = next.range.start
    }
    return found
  }

  /// Whether some entry has a byte in common with `range`.
  package func overlaps(_ range: ByteRange) -> Bool {
    if let first = entry(atOrBefore: range.start), first.range.overlaps(range) { return true }
    guard let next = entry(after: range.start) else { return false }
    return next.range.overlaps(range)
  }

  /// Adds `entry`; one that starts at the same address is replaced.
  package mutating func insert(_ entry: Entry) {
    guard let chunk = chunk(for: entry.range.start) ?? (chunks.isEmpty ? nil : 0) else {
      chunks = [[entry]]
      starts = [entry.range.start]
      count = 1
      return
    }
    let rank = rank(of: entry.range.start, in: chunk)
    if rank > 0, chunks[chunk][rank - 1].range.start == entry.range.start {
      chunks[chunk][rank - 1] = entry
      return
    }
    chunks[chunk].insert(entry, at: rank)
    starts[chunk] = chunks[chunk][0].range.start
    count += 1
    if chunks[chunk].count > Self.chunkLimit {
      let half = Array(chunks[chunk][(Self.chunkLimit / 2)...])
      chunks[chunk].removeSubrange((Self.chunkLimit / 2)...)
      chunks.insert(half, at: chunk + 1)
      starts.insert(half[0].range.start, at: chunk + 1)
    }
  }

  /// Removes the entry that starts at `address` and gives it back.
  @discardableResult
  package mutating func remove(startingAt address: Address) -> Entry? {
    guard let chunk = chunk(for: address) else { return nil }
    let rank = rank(of: address, in: chunk)
    guard rank > 0, chunks[chunk][rank - 1].range.start == address else { return nil }
    let removed = chunks[chunk].remove(at: rank - 1)
    count -= 1
    if chunks[chunk].isEmpty {
      chunks.remove(at: chunk)
      starts.remove(at: chunk)
    } else {
      starts[chunk] = chunks[chunk][0].range.start
    }
    return removed
  }
}
