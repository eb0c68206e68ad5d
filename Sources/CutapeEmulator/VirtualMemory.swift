package import CutapeTrace

/// Address reservations, and physical memory with its mappings.
///
/// Physical memory is an object without an address (`physical`), a mapping one with addresses (`mapped`) that names the
/// memory behind it (``MemoryObject/memory``). Both are called the same: bytes have one name whichever mapping reaches
/// them, and that of the memory counts for order and contents.
struct VirtualMemory {
  /// Memory of `cuMemCreate`, by its newest handle.
  struct Physical {
    /// The id of the object.
    var object: Int
    /// How often it has to be released.
    var references: Int
    /// The ids of its mappings.
    var mappings: Set<Int> = []
    var location: MemoryLocation
    /// Nil for memory of another process.
    var bytes: UInt64?

    var isAlive: Bool { references > 0 || !mappings.isEmpty }
  }

  /// Ranges of addresses that the program reserved, in no order.
  var reservations: [ByteRange] = []
  var physical: [Address: Physical] = [:]
  /// The handle of the memory behind a mapping.
  var handles: [Int: Address] = [:]
  /// What a mapping lets places do: `CUmemAccess_flags`.
  var access: [Int: [MemoryLocation: Int32]] = [:]
}

extension Emulator {
  /// What the stand-in's physical memory comes in, and addresses are mapped by, in bytes.
  package static let mappingGranularity: UInt64 = 2 << 20

  /// The reservation that holds `address`.
  package func reservation(containing address: Address) -> ByteRange? {
    virtualMemory.reservations.first { $0.contains(address) }
  }

  /// The newest physical memory with `handle`, alive or freed.
  package func physicalMemory(_ handle: Address) -> MemoryObject? {
    virtualMemory.physical[handle].flatMap { space.object($0.object) }
  }

  /// Whether `mapping` is the only one of its memory.
  package func isOnlyMapping(_ mapping: MemoryObject) -> Bool {
    virtualMemory.handles[mapping.id].flatMap { virtualMemory.physical[$0] }.map { $0.mappings.count == 1 }
      ?? true
  }

  /// Whether some place may touch what lies behind a mapping.
  package func isAccessible(mapping: Int) -> Bool {
    virtualMemory.access[mapping]?.values.contains { $0 != 0 } ?? false
  }

  /// What `location` may do with the mapping at `address`, as `CUmemAccess_flags`; nil where there is none.
  package func mappingAccess(at address: Address, from location: MemoryLocation) -> Int32? {
    guard let entry = space.entry(containing: address), entry.kind == .mapped else { return nil }
    return virtualMemory.access[entry.object]?[location] ?? 0
  }

  /// The live mappings in the reservation that `mapping` is in: to a pointer they are one block of memory.
  package func mappings(beside mapping: MemoryObject) -> [MemoryObject] {
    guard let reservation = reservation(containing: mapping.range.start) else { return [mapping] }
    return space.objects(overlapping: reservation).filter { $0.kind == .mapped }
  }

  /// One past the last byte, up to `end`, that can be reached from a mapping through those that follow it without a
  /// gap.
  package func reach(of mapping: MemoryObject, upTo end: Address) -> Address {
    var reached = mapping.range.end
    while reached < end, let next = space.entry(containing: reached), next.kind == .mapped,
      next.range.end > reached, isAccessible(mapping: next.object)
    {
      reached = next.range.end
    }
    return reached
  }

  /// The bytes of rows at addresses that lie in several mappings, as bytes of the memory behind each of them.
  package func pieces(ofMapped rows: Footprint) -> [Footprint] {
    var pieces: [Footprint] = []
    var rest = [rows]
    while let next = rest.popLast() {
      guard !next.isEmpty, let entry = space.entry(containing: next.start), entry.kind == .mapped,
        let end = next.end, entry.range.end > next.start
      else { continue }
      guard end > entry.range.end else {
        pieces.append(relative(next, to: entry))
        continue
      }
      rest += next.cut(at: entry.range.end).reversed()
    }
    return pieces
  }

  /// Rows inside of one mapping as bytes of the memory behind it.
  func relative(_ rows: Footprint, to entry: AddressMap.Entry) -> Footprint {
    var piece = rows
    piece.object = space.object(entry.object)?.bytes ?? entry.object
    piece.memory = .device
    piece.start = rows.start - entry.range.start
    return piece
  }
}

extension Footprint {
  /// The rows before `position`, the row that it divides, and the rows behind: up to four parts of the same bytes, the
  /// first of which ends at `position` or before.
  fileprivate func cut(at position: UInt64) -> [Footprint] {
    if isContiguous, rows > 1 || slices > 1 {
      return Footprint(object: object, memory: memory, start: start, width: width &* rows &* slices)
        .cut(at: position)
    }
    if slices > 1 {
      let length = (rows - 1) &* pitch &+ width
      return divided(slices, every: slicePitch, length: length, at: position) { part, first, count in
        part.start = start &+ first &* slicePitch
        part.slices = count
      }
    }
    if rows > 1 {
      return divided(rows, every: pitch, length: width, at: position) { part, first, count in
        part.start = start &+ first &* pitch
        part.rows = count
      }
    }
    let head = min(width, position - min(position, start))
    return [
      Footprint(object: object, memory: memory, start: start, width: head),
      Footprint(object: object, memory: memory, start: start &+ head, width: width - head),
    ]
  }

  /// Divides `count` runs into those that end at `position` or before, the one that it divides, and the others.
  private func divided(
    _ count: UInt64, every step: UInt64, length: UInt64, at position: UInt64,
    _ set: (inout Footprint, UInt64, UInt64) -> Void
  ) -> [Footprint] {
    let room = position - min(position, start)
    let whole = step == 0 || room < length ? 0 : min(count, (room - length) / step + 1)
    return [(0, whole), (whole, min(1, count - whole)), (whole + 1, count - min(count, whole + 1))].compactMap
    {
      first, amount in
      guard amount > 0 else { return nil }
      var part = self
      set(&part, first, amount)
      return part
    }
  }
}
