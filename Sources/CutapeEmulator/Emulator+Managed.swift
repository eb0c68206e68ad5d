package import CutapeTrace

// Managed memory: prefetches, discards, hints and `__managed__` variables. Semantics of the reference 2.15, and of the
// runtime API reference, "Memory Management".

extension Emulator {
  func judge(_ migration: Migration, by caller: Caller) -> Int32 {
    let streamError = judge(migration.stream)
    guard streamError == ErrorCode.success else { return streamError }
    switch migration.action {
    case .attach: return judgeAttach(migration)
    case .prefetch(isBatch: false): break
    case .prefetch, .discard, .discardAndPrefetch:
      guard migration.stream != .legacy else { return ErrorCode.invalidValue }
    }
    guard !migration.parts.isEmpty, migration.flags == 0 else { return ErrorCode.invalidValue }
    for part in migration.parts {
      guard isManaged(part.range) else { return ErrorCode.invalidValue }
      let error = part.location.map(judge) ?? ErrorCode.success
      guard error == ErrorCode.success else { return error }
    }
    return ErrorCode.success
  }

  /// What the ranges of a discard hold is lost when its turn comes in the stream.
  func apply(_ migration: Migration, by caller: Caller) {
    var bodies: [() -> Void] = []
    if migration.discards {
      for part in migration.parts {
        guard let footprint = footprint(ofManaged: part.range) else { continue }
        if let body = transfer(to: footprint, from: .undefined, isStaged: false) { bodies.append(body) }
      }
    }
    submit(
      to: migration.stream, by: caller,
      bodies.isEmpty ? .none : .run { [bodies] in for body in bodies { body() } })
  }

  func judge(_ advice: Advice) -> Int32 {
    guard (1...6).contains(advice.kind), isManaged(advice.range) else { return ErrorCode.invalidValue }
    // What is mostly read, and what was preferred, needs no place.
    return [3, 5, 6].contains(advice.kind) ? judge(advice.location) : ErrorCode.success
  }

  private func judge(_ location: MemoryLocation) -> Int32 {
    switch location.type {
    case MemoryLocation.deviceType: isDevice(location.id) ? ErrorCode.success : ErrorCode.invalidDevice
    case MemoryLocation.hostType...4: ErrorCode.success
    default: ErrorCode.invalidValue
    }
  }

  /// `cudaStreamAttachMemAsync`: all of an allocation, by its start; to a stream alone only where it is one.
  private func judgeAttach(_ migration: Migration) -> Int32 {
    guard let range = migration.parts.first?.range, [1, 2, 4].contains(migration.flags),
      migration.flags != 4 || migration.stream != .legacy,
      let object = space.object(containing: range.start), object.kind == .managed,
      range.count == 0 || range.count == object.range.count
    else { return ErrorCode.invalidValue }
    return ErrorCode.success
  }

  private func isManaged(_ range: ByteRange) -> Bool { !range.isEmpty && footprint(ofManaged: range) != nil }

  /// The bytes of `range` when all of them are in one piece of managed memory.
  package func footprint(ofManaged range: ByteRange) -> Footprint? {
    guard let object = space.object(containing: range.start), object.kind == .managed,
      object.range.contains(range)
    else { return nil }
    return Footprint(
      object: object.id, memory: .managed, start: range.start - object.range.start, width: range.count)
  }

  // MARK: Variables

  /// A `__managed__` variable gets memory when it is registered, or the runtime does not say where yet.
  func registerManaged(size: UInt64, name: String, address: Address?, by caller: Caller) -> Outcome {
    let allocation = Allocation(kind: .managed, size: size, address: address)
    guard size > 0, let place = backing.place(allocation, device: 0), place.address != 0 else {
      return Outcome(result: ErrorCode.success, values: [address ?? 0])
    }
    let object = space.add(
      .managed, range: ByteRange(start: place.address, count: size), device: 0, createdBy: caller.number,
      symbolName: name)
    backing.keep(object)
    return Outcome(result: ErrorCode.success, values: [place.address])
  }
}
