import CutapeTrace

// Allocation, release and registration: semantics of the reference 2.3, 2.6, 2.7, 2.10.

extension Emulator {
  func judge(_ allocation: Allocation, by caller: Caller) -> Int32 {
    switch allocation.kind {
    case .managed:
      // cudaMemAttachGlobal or cudaMemAttachHost, and never nothing.
      return allocation.size == 0 || !(1...2).contains(allocation.flags)
        ? ErrorCode.invalidValue : ErrorCode.success
    case .host:
      return allocation.flags > 7 ? ErrorCode.invalidValue : ErrorCode.success
    case .async:
      return firstError([allocation.stream.map(judge) ?? ErrorCode.success, judgePool(of: allocation)])
    case .device:
      // Of nothing the runtime gives a null pointer, the driver an error.
      return caller.isDriver && allocation.size == 0 && allocation.rows == nil
        ? ErrorCode.invalidValue : ErrorCode.success
    }
  }

  func judge(_ shape: ArrayShape) -> Int32 {
    let isShaped =
      shape.width > 0 && shape.elementSize > 0 && (shape.depth == 0 || shape.height > 0 || shape.flags != 0)
    guard isShaped else { return ErrorCode.invalidValue }
    return shape.byteCount == .max ? ErrorCode.memoryAllocation : ErrorCode.success
  }

  func judgeFree(_ address: Address, _ release: Release, by caller: Caller) -> Int32 {
    if case .async(let stream) = release {
      let streamError = judge(stream)
      guard streamError == ErrorCode.success else { return streamError }
      guard address != 0 else { return ErrorCode.invalidValue }
    }
    guard address != 0 else { return ErrorCode.success }
    if case .array = release {
      guard let array = space.array(address) else { return ErrorCode.invalidResourceHandle }
      return array.isAlive ? ErrorCode.success : ErrorCode.contextIsDestroyed
    }
    return releasable(address, release) == nil ? ErrorCode.invalidValue : ErrorCode.success
  }

  /// The live object that `release` may free by `address`: the start of memory of its own kind.
  private func releasable(_ address: Address, _ release: Release) -> MemoryObject? {
    if case .array = release { return space.array(address).flatMap { $0.isAlive ? $0 : nil } }
    guard let object = space.object(containing: address), object.range.start == address,
      object.symbolName == nil, !isUnallocatedGraphMemory(address)
    else { return nil }
    switch (release, object.kind) {
    case (.host, .pinned): return object.pool == nil ? object : nil
    case (.device, .pinned), (.async, .pinned): return object.pool == nil ? nil : object
    case (.device, .device), (.device, .async), (.device, .managed): return object
    case (.async, .device), (.async, .async), (.async, .managed): return object
    default: return nil
    }
  }

  func judgeRegister(_ range: ByteRange, flags: UInt32) -> Int32 {
    guard range.start != 0, range.count != 0, flags <= 15 else { return ErrorCode.invalidValue }
    return space.overlaps(range) ? ErrorCode.hostMemoryAlreadyRegistered : ErrorCode.success
  }

  func judgeUnregister(_ address: Address) -> Int32 {
    guard address != 0 else { return ErrorCode.invalidValue }
    guard let object = space.object(containing: address), object.kind == .registered,
      object.range.start == address
    else { return ErrorCode.hostMemoryNotRegistered }
    return ErrorCode.success
  }

  func allocate(_ allocation: Allocation, by caller: Caller) -> Outcome {
    var allocation = allocation
    let pool = pool(for: allocation, by: caller)
    if let pool = pool.flatMap({ poolTable[$0] }) { allocation.kind = pool.kind }
    let device =
      pool.flatMap { poolTable[$0]?.place.location.device } ?? device(of: allocation.stream, by: caller)
    let asked = allocation.rows.map { $0.width.multipliedSaturating(by: $0.count) } ?? allocation.size
    guard asked > 0 else {
      let pitch: [UInt64] = allocation.rows == nil ? [] : [allocation.rows?.pitch ?? 0]
      return Outcome(result: ErrorCode.success, values: [0] + pitch)
    }
    guard let placement = place(allocation, device: device) else {
      return Outcome(result: ErrorCode.memoryAllocation)
    }
    var rows = allocation.rows
    if let pitch = placement.pitch { rows?.pitch = pitch }
    let size = rows.map { ($0.pitch ?? $0.width).multipliedSaturating(by: $0.count) }
    let object = space.add(
      MemoryObject.Kind(allocation.kind),
      range: ByteRange(start: placement.address, count: size ?? allocation.size), device: device,
      createdBy: caller.number, rows: rows, pool: pool)
    backing.keep(object)
    take(object.range.count, from: pool)
    if let stream = allocation.stream { submit(to: stream, by: caller, .none) }
    return Outcome(
      result: ErrorCode.success, values: [placement.address] + (placement.pitch.map { [$0] } ?? []))
  }

  /// Makes room. Before there is none, what waits in streams has to give back what it frees.
  private func place(_ allocation: Allocation, device: Int32) -> Placement? {
    if let placement = backing.place(allocation, device: device) { return placement }
    guard workGraph.pendingCount > 0 else { return nil }
    complete((0..<deviceCount).flatMap(goals(ofDevice:)))
    return backing.place(allocation, device: device)
  }

  func allocateArray(_ shape: ArrayShape, handle: Address?, by caller: Caller) -> Outcome {
    let object = space.add(
      .array, range: ByteRange(start: backing.handle(recorded: handle), count: 0),
      device: currentDevice(of: caller), createdBy: caller.number, arrayShape: shape)
    backing.keep(object)
    return Outcome(result: ErrorCode.success, values: [object.range.start])
  }

  /// Releases memory. Observed of hardware: `cudaFree` of `cudaMalloc` or managed memory, `cudaFreeHost` and
  /// `cudaFreeArray` wait for the device; memory of `cudaMallocAsync` goes without waiting.
  func free(_ address: Address, _ release: Release, by caller: Caller) {
    guard address != 0, let object = releasable(address, release) else { return }
    if graphBook.memory[address] != nil {
      return freeGraphMemory(address, in: nil, release: release, by: caller)
    }
    giveBack(object)
    if case .async(let stream) = release {
      space.remove(object.id, by: caller.number, release: release)
      submit(to: stream, by: caller, .run { [backing] in backing.discard(object) })
      return
    }
    if object.pool == nil, object.kind != .async { complete(goals(touching: object)) }
    space.remove(object.id, by: caller.number, release: release)
    backing.discard(object)
  }

  func register(_ range: ByteRange, by caller: Caller) {
    let object = space.add(
      .registered, range: range, device: currentDevice(of: caller), createdBy: caller.number)
    backing.keep(object)
  }

  /// Ends a registration. Like `cudaFreeHost` it waits for the devices: they must not lose the pages under a copy.
  func unregister(_ address: Address, by caller: Caller) {
    guard let object = space.object(containing: address), object.kind == .registered else { return }
    complete(goals(touching: object))
    space.remove(object.id, by: caller.number)
    backing.discard(object)
  }

  func hostDevicePointer(_ address: Address, recorded: Address?, by caller: Caller) -> Outcome {
    guard let object = space.object(containing: address), object.kind.isHost else {
      return Outcome(result: ErrorCode.success, values: [recorded ?? address])
    }
    // The program may ask with what it was given: an address of the device.
    let start = object.range.contains(address) ? object.range.start : object.deviceAlias ?? object.range.start
    let offset = address &- start
    let alias =
      backing.deviceAddress(of: object, recorded: recorded.map { $0 &- offset }) ?? object.range.start
    space.setDeviceAlias(alias, of: object.id, at: caller.number)
    return Outcome(result: ErrorCode.success, values: [alias &+ offset])
  }

  func registerVariable(_ shadow: Address, size: UInt64, name: String, by caller: Caller) {
    for device in 0..<deviceCount {
      guard let old = space.symbol(shadow: shadow, device: device) else { continue }
      space.remove(old.id, by: caller.number)
      backing.discard(old)
    }
    resolved = nil
    variables[shadow] = Variable(size: size, name: name, registeredBy: caller.number)
  }

  /// The instance of a variable on `device`, made when it is first used there; nil when it was not registered.
  func variable(_ shadow: Address, device: Int32) -> MemoryObject? {
    if let object = space.symbol(shadow: shadow, device: device) { return object }
    guard let variable = variables[shadow] else { return nil }
    let object = space.add(
      .symbol, range: ByteRange(start: shadow, count: variable.size), device: device,
      createdBy: variable.registeredBy, symbolName: variable.name)
    backing.keep(object)
    return object
  }

  func symbolAddress(_ shadow: Address, recorded: Address?, by caller: Caller) -> Outcome {
    guard let object = variable(shadow, device: currentDevice(of: caller)),
      let address = backing.deviceAddress(of: object, recorded: recorded)
    else { return Outcome(result: ErrorCode.success, values: [recorded ?? 0]) }
    space.setDeviceAlias(address, of: object.id, at: caller.number)
    return Outcome(result: ErrorCode.success, values: [address])
  }

  /// `cudaDeviceReset`: the device's memory, streams and events go, but not memory of `cudaMallocAsync`.
  func reset(_ device: Int32, by caller: Caller) {
    for index in captures(onDevice: device).reversed() { dropCapture(at: index, by: caller) }
    complete(goals(ofDevice: device))
    for object in space.all where object.device == device && object.isAlive && !object.survivesReset {
      space.remove(object.id, by: caller.number)
      backing.discard(object)
    }
    for stream in streamTable.all where stream.device == device && stream.kind == .created && stream.isAlive {
      streamTable[stream.id]?.destroyedBy = caller.number
    }
    for event in eventTable.all where event.device == device && event.isAlive {
      eventTable[event.id]?.destroyedBy = caller.number
    }
    guard devices.indices.contains(Int(device)) else { return }
    devices[Int(device)].peers = []
    for other in devices.indices { devices[other].peers.remove(device) }
  }
}

extension MemoryObject {
  /// Memory of `cudaMallocAsync` outlives a reset. So does physical memory, which belongs to no context, and
  /// a managed variable, which the runtime makes anew where it was.
  fileprivate var survivesReset: Bool {
    kind == .async || kind == .physical || kind == .mapped || pool != nil
      || (kind == .managed && symbolName != nil)
  }
}

extension MemoryObject.Kind {
  init(_ kind: Allocation.Kind) {
    switch kind {
    case .device: self = .device
    case .managed: self = .managed
    case .host: self = .pinned
    case .async: self = .async
    }
  }
}
