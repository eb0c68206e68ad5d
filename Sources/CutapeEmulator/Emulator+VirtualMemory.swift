import CutapeTrace

// Calls about virtual memory. Source: CUDA Driver API, "Virtual Memory Management". That `cuMemUnmap` does not wait for
// the device is what users of it have seen; the documentation promises neither.

extension Emulator {
  func judge(_ call: VirtualMemoryCall) -> Int32 {
    switch call {
    case .reserve(let bytes, let alignment, _):
      return bytes > 0 && bytes % Self.mappingGranularity == 0 && alignment & (alignment &- 1) == 0
        ? ErrorCode.success : ErrorCode.invalidValue
    case .freeReservation(let range):
      return virtualMemory.reservations.contains(range) && !space.overlaps(range)
        ? ErrorCode.success : ErrorCode.invalidValue
    case .create(let bytes, let location, _):
      guard let device = location.device else { return ErrorCode.notSupported }
      guard isDevice(device) else { return ErrorCode.invalidDevice }
      guard bytes > 0, bytes % Self.mappingGranularity == 0 else { return ErrorCode.invalidValue }
      return backing.hasRoom(for: bytes, device: device) ? ErrorCode.success : ErrorCode.memoryAllocation
    case .importMemory: return ErrorCode.notSupported
    case .exportMemory(let handle), .release(let handle):
      return virtualMemory.physical[handle].map { $0.references > 0 } ?? false
        ? ErrorCode.success : ErrorCode.invalidValue
    case .retain(let address, _):
      return space.entry(containing: address)?.kind == .mapped ? ErrorCode.success : ErrorCode.invalidValue
    case .map(let range, let offset, let handle): return judgeMapping(range, offset: offset, of: handle)
    case .unmap(let range): return isMapped(range) ? ErrorCode.success : ErrorCode.invalidValue
    case .setAccess(let range, let list):
      guard isMapped(range), list.allSatisfy({ [0, 1, 3].contains($0.flags) }) else {
        return ErrorCode.invalidValue
      }
      let isPossible = list.allSatisfy { $0.location.device.map(isDevice) ?? true }
      return isPossible ? ErrorCode.success : ErrorCode.invalidDevice
    }
  }

  private func judgeMapping(_ range: ByteRange, offset: UInt64, of handle: Address) -> Int32 {
    guard offset == 0, !range.isEmpty, range.count % Self.mappingGranularity == 0,
      let reservation = reservation(containing: range.start), reservation.contains(range),
      (range.start - reservation.start) % Self.mappingGranularity == 0, !space.overlaps(range),
      let physical = virtualMemory.physical[handle], physical.references > 0,
      range.count <= physical.bytes ?? .max
    else { return ErrorCode.invalidValue }
    return ErrorCode.success
  }

  /// Whether mappings cover `range` without a gap, each of them as a whole.
  private func isMapped(_ range: ByteRange) -> Bool {
    var reached = range.start
    while reached < range.end {
      guard let entry = space.entry(containing: reached), entry.kind == .mapped, entry.range.start == reached,
        !entry.range.isEmpty
      else { return false }
      reached = entry.range.end
    }
    return !range.isEmpty && reached == range.end
  }

  func apply(_ call: VirtualMemoryCall, by caller: Caller) -> Outcome {
    switch call {
    case .reserve(let bytes, let alignment, let recorded):
      guard let address = backing.reserve(bytes, alignment: alignment, recorded: recorded) else {
        return Outcome(result: ErrorCode.memoryAllocation)
      }
      let range = ByteRange(start: address, count: bytes)
      virtualMemory.reservations.removeAll { $0.overlaps(range) }
      virtualMemory.reservations.append(range)
      return Outcome(result: ErrorCode.success, values: [address])
    case .freeReservation(let range):
      for mapping in space.objects(overlapping: range) where mapping.kind == .mapped {
        unmap(mapping, by: caller)
      }
      virtualMemory.reservations.removeAll { $0 == range }
      backing.giveBack(reservation: range)
    case .create(let bytes, let location, let recorded):
      let handle = backing.handle(recorded: recorded)
      addPhysical(handle, bytes: bytes, location, by: caller)
      return Outcome(result: ErrorCode.success, values: [handle])
    case .importMemory(let recorded):
      let handle = backing.handle(recorded: recorded)
      addPhysical(
        handle, bytes: nil, MemoryLocation(device: currentDevice(of: caller)), by: caller)
      return Outcome(result: ErrorCode.success, values: [handle])
    case .retain(let address, let recorded):
      let known = space.entry(containing: address).flatMap { virtualMemory.handles[$0.object] }
      let handle = known ?? recorded ?? 0
      virtualMemory.physical[handle]?.references += 1
      return Outcome(result: ErrorCode.success, values: [handle])
    case .release(let handle):
      guard let references = virtualMemory.physical[handle]?.references, references > 0 else { break }
      virtualMemory.physical[handle]?.references = references - 1
      freeUnused(handle, by: caller)
    case .map(let range, let offset, let handle): map(range, offset: offset, to: handle, by: caller)
    case .unmap(let range):
      for mapping in space.objects(overlapping: range) where mapping.kind == .mapped {
        unmap(mapping, by: caller)
      }
    case .setAccess(let range, let list):
      for mapping in space.objects(overlapping: range) where mapping.kind == .mapped {
        for entry in list { virtualMemory.access[mapping.id, default: [:]][entry.location] = entry.flags }
      }
      space.noteChange()
    case .exportMemory: break
    }
    return Outcome(result: ErrorCode.success)
  }

  private func addPhysical(
    _ handle: Address, bytes: UInt64?, _ location: MemoryLocation, by caller: Caller
  ) {
    let object = space.add(
      .physical, range: ByteRange(start: 0, count: bytes ?? 0), device: location.device ?? 0,
      createdBy: caller.number)
    backing.keep(object)
    virtualMemory.physical[handle] = VirtualMemory.Physical(
      object: object.id, references: 1, location: location, bytes: bytes)
  }

  /// Memory that a trace did not see made is made here: of which size, and with which contents, is not known.
  private func map(_ range: ByteRange, offset: UInt64, to handle: Address, by caller: Caller) {
    if virtualMemory.physical[handle]?.isAlive != true {
      addPhysical(handle, bytes: nil, MemoryLocation(device: currentDevice(of: caller)), by: caller)
    }
    guard let physical = virtualMemory.physical[handle], let memory = space.object(physical.object) else {
      return
    }
    // Where memory is mapped from another byte on, its bytes have names of their own.
    let mapping = space.add(
      .mapped, range: range, device: memory.device, createdBy: caller.number, name: memory.name,
      memory: offset == 0 ? memory.id : nil)
    backing.keep(mapping)
    virtualMemory.handles[mapping.id] = handle
    virtualMemory.physical[handle]?.mappings.insert(mapping.id)
    // The host may touch its own memory without being let.
    if physical.location.device == nil { virtualMemory.access[mapping.id] = [physical.location: 3] }
  }

  private func unmap(_ mapping: MemoryObject, by caller: Caller) {
    space.remove(mapping.id, by: caller.number)
    backing.discard(mapping)
    virtualMemory.access[mapping.id] = nil
    guard let handle = virtualMemory.handles.removeValue(forKey: mapping.id) else { return }
    virtualMemory.physical[handle]?.mappings.remove(mapping.id)
    freeUnused(handle, by: caller)
  }

  private func freeUnused(_ handle: Address, by caller: Caller) {
    guard let physical = virtualMemory.physical[handle], !physical.isAlive,
      let memory = space.object(physical.object)
    else { return }
    space.remove(memory.id, by: caller.number)
    backing.discard(memory)
  }

  // MARK: Bytes

  /// The bytes that are reached through a mapping, and those that follow it without a gap.
  func resolveMapped(_ rows: Footprint, end: Address) -> Operand {
    guard let entry = space.entry(containing: rows.start), entry.kind == .mapped,
      isAccessible(mapping: entry.object), let mapping = space.object(entry.object),
      reach(of: mapping, upTo: end) >= end
    else { return .refused(ErrorCode.invalidValue) }
    if end <= entry.range.end { return .bytes(relative(rows, to: entry)) }
    var spanning = rows
    spanning.memory = .device
    return .bytes(spanning)
  }

  /// What moves bytes from one place to another; nil when no bytes are kept.
  func transfer(to destination: Footprint, from source: Transfer.Source, isStaged: Bool) -> (() -> Void)? {
    guard backing.keepsBytes else { return nil }
    guard spans(destination) || source.footprint.map(spans) ?? false else {
      return backing.transfer(Transfer(destination: destination, source: source), isStaged: isStaged)
    }
    let bodies = parts(of: destination, source).compactMap { backing.transfer($0, isStaged: isStaged) }
    return { for body in bodies { body() } }
  }

  /// Whether the bytes lie in several mappings: then they have no object, and their positions are addresses.
  private func spans(_ footprint: Footprint) -> Bool {
    footprint.object == nil && footprint.memory == .device
      && space.entry(containing: footprint.start)?.kind == .mapped
  }

  private func parts(of destination: Footprint, _ source: Transfer.Source) -> [Transfer] {
    guard let from = source.footprint else {
      return pieces(ofMapped: destination).map { Transfer(destination: $0, source: source) }
    }
    var parts: [Transfer] = []
    for slice in 0..<destination.slices {
      for row in 0..<destination.rows {
        let to = destination.start &+ slice &* destination.slicePitch &+ row &* destination.pitch
        let read = from.start &+ slice &* from.slicePitch &+ row &* from.pitch
        var done: UInt64 = 0
        while done < destination.width {
          let left = destination.width - done
          guard let target = run(of: destination, at: to &+ done, atMost: left),
            let origin = run(of: from, at: read &+ done, atMost: target.width)
          else { break }
          var part = target
          part.width = origin.width
          part.pitch = origin.width
          part.slicePitch = origin.width
          parts.append(Transfer(destination: part, source: .footprint(origin)))
          done += origin.width
        }
      }
    }
    return parts
  }

  /// The bytes of `footprint` from `position` on that lie in one object.
  private func run(of footprint: Footprint, at position: UInt64, atMost count: UInt64) -> Footprint? {
    let bytes = Footprint(
      object: footprint.object, memory: footprint.memory, start: position, width: count)
    guard spans(footprint) else { return bytes }
    guard let entry = space.entry(containing: position), entry.kind == .mapped else { return nil }
    return relative(
      Footprint(
        object: nil, memory: .device, start: position, width: min(count, entry.range.end - position)),
      to: entry)
  }
}

extension Transfer.Source {
  fileprivate var footprint: Footprint? {
    if case .footprint(let footprint) = self { footprint } else { nil }
  }
}
