package import CutapeTrace

// Memory pools: semantics of the reference 2.6.

extension Emulator {
  /// The newest pool with `handle`, alive or destroyed.
  package func pool(_ handle: Address) -> PoolState? { poolTable.newest(handle) }

  /// The pool with `id`.
  package func pool(id: Int) -> PoolState? { poolTable[id] }

  func judge(_ call: PoolCall) -> Int32 {
    switch call {
    case .create(let place, _): return isPossible(place) ? ErrorCode.success : ErrorCode.invalidValue
    case .defaultPool(let place, _), .currentPool(let place, _):
      guard place.location.type != MemoryLocation.deviceType || isDevice(place.location.id) else {
        return ErrorCode.invalidDevice
      }
      return isPossible(place) ? ErrorCode.success : ErrorCode.invalidValue
    case .destroy(let handle):
      return judgePool(handle) { !$0.isDefault }
    case .setCurrent(let handle, let place):
      guard place.location.type != MemoryLocation.deviceType || isDevice(place.location.id) else {
        return ErrorCode.invalidDevice
      }
      return judgePool(handle) { $0.place == place }
    case .setAccess(let handle, let list):
      return judgePool(handle) { pool in
        list.allSatisfy { isPossible($0, for: pool) }
      }
    case .setAttribute(let handle, let attribute, let value):
      return judgePool(handle) { $0.canSet(attribute, to: value) }
    case .trim(let handle): return judgePool(handle) { _ in true }
    }
  }

  func apply(_ call: PoolCall, by caller: Caller) -> Outcome {
    switch call {
    case .create(let place, let recorded):
      let handle = backing.handle(recorded: recorded)
      createdPools += 1
      poolTable.append(
        PoolState(
          id: poolTable.all.count + 1, name: "pool\(createdPools)", handle: handle, place: place,
          isDefault: false, createdBy: caller.number), handle: handle)
      return Outcome(result: ErrorCode.success, values: [handle])
    case .defaultPool(let place, let recorded):
      return Outcome(result: ErrorCode.success, values: [handle(of: defaultPool(of: place), recorded)])
    case .currentPool(let place, let recorded):
      return Outcome(result: ErrorCode.success, values: [handle(of: currentPool(of: place), recorded)])
    case .setCurrent(let handle, let place): currentPools[place] = poolTable.id(handle)
    case .destroy(let handle): destroyPool(handle, by: caller)
    case .setAccess(let handle, let list):
      guard let id = poolTable.id(handle) else { break }
      for access in list { poolTable[id]?.access[access.location] = access.flags }
    case .setAttribute(let handle, let attribute, let value):
      guard let id = poolTable.id(handle) else { break }
      if PoolState.Attribute.counters.contains(attribute) {
        let used = poolTable[id]?.used ?? 0
        poolTable[id]?.mostUsed = used
      } else {
        poolTable[id]?.attributes[attribute] = value
      }
    case .trim: break
    }
    return Outcome(result: ErrorCode.success)
  }

  /// The code for a pool that lives and for which `isRight` holds, or not.
  private func judgePool(_ handle: Address, _ isRight: (PoolState) -> Bool) -> Int32 {
    guard let pool = poolTable.newest(handle), pool.isAlive, isRight(pool) else {
      return ErrorCode.invalidValue
    }
    return ErrorCode.success
  }

  private func isPossible(_ place: PoolCall.Place) -> Bool {
    switch (place.location.type, place.allocationType) {
    case (1, 1...2): isDevice(place.location.id)
    case (2...3, 1...2): place.location.type == 2 || place.location.id >= 0
    case (0, PoolCall.Place.managed): true
    default: false
    }
  }

  /// The device of a pool keeps its right to the pool's memory.
  private func isPossible(_ access: PoolCall.Access, for pool: PoolState) -> Bool {
    guard [0, 1, 3].contains(access.flags) else { return false }
    if let device = access.location.device, !isDevice(device) { return false }
    return access.flags != 0 || access.location != pool.place.location
  }

  private func destroyPool(_ handle: Address, by caller: Caller) {
    guard let id = poolTable.id(handle) else { return }
    poolTable[id]?.destroyedBy = caller.number
    for (place, current) in currentPools where current == id { currentPools[place] = nil }
  }

  // MARK: Finding pools

  /// The pool of a place that allocations use when they name none.
  private func currentPool(of place: PoolCall.Place) -> Int { currentPools[place] ?? defaultPool(of: place) }

  private func defaultPool(of place: PoolCall.Place) -> Int {
    if let id = defaultPools[place] { return id }
    let id = poolTable.all.count + 1
    let owner = place.location.device.map { "device \($0)" } ?? "the host"
    poolTable.append(
      PoolState(
        id: id, name: "default pool of \(owner)", handle: 0, place: place, isDefault: true, createdBy: 0),
      handle: nil)
    defaultPools[place] = id
    return id
  }

  /// The handle of pool `id`: of a default pool it is known when the program first asks.
  private func handle(of id: Int, _ recorded: Address?) -> Address {
    if let handle = poolTable[id]?.handle, handle != 0 { return handle }
    let handle = backing.handle(recorded: recorded)
    poolTable[id]?.handle = handle
    poolTable.assign(handle, to: id)
    return handle
  }

  /// The pool that `allocation` takes its memory from; nil when the trace does not know it.
  func pool(for allocation: Allocation, by caller: Caller) -> Int? {
    guard allocation.kind == .async else { return nil }
    if let handle = allocation.pool { return poolTable.id(handle) }
    let device = device(of: allocation.stream, by: caller)
    return currentPool(of: PoolCall.Place(location: MemoryLocation(device: device)))
  }

  func judgePool(of allocation: Allocation) -> Int32 {
    guard let handle = allocation.pool else { return ErrorCode.success }
    return judgePool(handle) { _ in true }
  }

  func take(_ size: UInt64, from pool: Int?) {
    guard let pool, let used = poolTable[pool]?.used.addingReportingOverflow(size).partialValue else {
      return
    }
    let most = max(poolTable[pool]?.mostUsed ?? 0, used)
    poolTable[pool]?.used = used
    poolTable[pool]?.mostUsed = most
  }

  func giveBack(_ object: MemoryObject) {
    guard let pool = object.pool, let used = poolTable[pool]?.used else { return }
    poolTable[pool]?.used = used - min(used, object.range.count)
  }
}
