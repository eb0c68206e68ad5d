// Calls about managed memory, pools and other processes in one form: see MemoryOperation.swift.

extension CallArguments {
  /// A place: by type and number where the function has both, else a device ordinal.
  var location: MemoryLocation {
    has(.locationType)
      ? MemoryLocation(type: signed(.locationType), id: signed(.device))
      : MemoryLocation(device: signed(.device))
  }

  var range: ByteRange { ByteRange(start: word(.pointer), count: word(.bytes)) }

  var advice: Advice { Advice(range: range, kind: signed(.mode), location: location) }

  /// A call about one range.
  func migration(_ action: Migration.Action) -> Migration {
    let place = action == .attach ? nil : location
    return Migration(
      action: action, parts: [Migration.Part(range: range, location: place)],
      flags: UInt64(unsigned(.flags)), stream: stream)
  }

  /// A batch of ranges; nil when they are not known.
  func migrationBatch(_ action: Migration.Action) -> Migration? {
    items.map { items in
      Migration(
        action: action,
        parts: items.map { item in
          let words = Array(item)
          return Migration.Part(
            range: ByteRange(start: words[0], count: words[1]),
            location: words.count < 4 ? nil : MemoryLocation(words[2], words[3]))
        }, flags: word(.flags), stream: stream)
    }
  }

  /// Where a pool is; functions without an allocation type are about ordinary memory.
  var poolPlace: PoolCall.Place {
    PoolCall.Place(
      location: location, allocationType: has(.mode) ? signed(.mode) : PoolCall.Place.pinned)
  }

  /// The rights that `cudaMemPoolSetAccess` or `cuMemSetAccess` gives; nil when they are not known.
  var poolAccess: [PoolCall.Access]? {
    items?.map { item in
      let words = Array(item)
      return PoolCall.Access(
        location: MemoryLocation(words[0], words[1]), flags: Int32(truncatingIfNeeded: words[2]))
    }
  }
}

extension MemoryLocation {
  fileprivate init(_ type: UInt64, _ id: UInt64) {
    self.init(type: Int32(truncatingIfNeeded: type), id: Int32(truncatingIfNeeded: id))
  }
}
