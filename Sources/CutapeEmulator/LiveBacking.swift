package import CutapeTrace
import Glibc

/// The backing of a live run: addresses that the program can hold, and real bytes.
package final class LiveBacking: Backing {
  /// Calls a host function; set by whoever owns the lock around the emulator.
  package var hostCaller: (Address, Address) -> Void = { _, _ in }
  /// Waits until some host function has returned.
  package var hostWaiter: () -> Void = {}
  /// Bytes of memory that each device has.
  package let memoryPerDevice: UInt64

  private var arenas: [DeviceArena]
  private var used: [UInt64]
  private var stores: [Int: ByteStore] = [:]
  /// The bytes of host and managed memory from ``place(_:device:)`` until ``keep(_:)`` knows whose they are.
  private var placed: [Address: ByteStore] = [:]
  private var variableAddresses: [Int: Address] = [:]
  private var nextHandle: Address = 0x6000_0000_0000

  package init(deviceCount: Int32 = 2, memoryPerDevice: UInt64 = 80 << 30) {
    self.memoryPerDevice = memoryPerDevice
    arenas = (0..<deviceCount).map { _ in DeviceArena() }
    used = Array(repeating: 0, count: Int(deviceCount))
  }

  /// Bytes that are left on `device`.
  package func freeMemory(of device: Int32) -> UInt64 {
    guard used.indices.contains(Int(device)) else { return 0 }
    return memoryPerDevice - min(memoryPerDevice, used[Int(device)])
  }

  package func place(_ allocation: Allocation, device: Int32) -> Placement? {
    var size = allocation.size
    var pitch: UInt64?
    if let rows = allocation.rows {
      guard let width = DeviceArena.rounded(rows.width) else { return nil }
      let (all, overflow) = width.multipliedReportingOverflow(by: rows.count)
      guard !overflow else { return nil }
      (size, pitch) = (all, width)
    }
    switch allocation.kind {
    case .device, .async:
      guard arenas.indices.contains(Int(device)), size <= freeMemory(of: device),
        let address = arenas[Int(device)].take(size)
      else { return nil }
      return Placement(address: address, pitch: pitch)
    case .managed, .host:
      guard size <= memoryPerDevice, let store = ByteStore(count: size, isPatterned: false) else {
        return nil
      }
      let address = Address(UInt(bitPattern: store.base))
      placed[address] = store
      return Placement(address: address)
    }
  }

  package func handle(recorded: Address?) -> Address {
    nextHandle += 32
    return nextHandle
  }

  package func deviceAddress(of object: MemoryObject, recorded: Address?) -> Address? {
    guard object.kind == .symbol else { return object.range.start }
    if let address = variableAddresses[object.id] { return address }
    guard arenas.indices.contains(Int(object.device)) else { return nil }
    let address = arenas[Int(object.device)].take(object.range.count)
    variableAddresses[object.id] = address
    return address
  }

  package func isDeviceAddress(_ address: Address) -> Bool {
    arenas.contains { $0.reserved.contains(address) }
  }

  /// Reservations are of no device; they take the addresses of the first.
  package func reserve(_ bytes: UInt64, alignment: UInt64, recorded: Address?) -> Address? {
    guard !arenas.isEmpty else { return nil }
    return arenas[0].take(bytes, alignment: max(alignment, Emulator.mappingGranularity))
  }

  package func giveBack(reservation: ByteRange) {
    if !arenas.isEmpty { arenas[0].giveBack(reservation.start, reservation.count) }
  }

  package func hasRoom(for bytes: UInt64, device: Int32) -> Bool { bytes <= freeMemory(of: device) }

  package var keepsBytes: Bool { true }

  package func keep(_ object: MemoryObject) {
    let size = object.byteCount
    switch object.kind {
    case .device, .async, .array, .physical:
      account(object, size, +)
      stores[object.id] = ByteStore(count: size, isPatterned: true)
    case .managed, .pinned:
      stores[object.id] = placed.removeValue(forKey: object.range.start)
    case .registered:
      stores[object.id] = ByteStore(programMemory: object.range.start, count: size)
    case .symbol:
      // Variables without an initialiser are zero; the values of initialisers are in the device code, unread.
      stores[object.id] = ByteStore(count: size, isPatterned: false)
    // Its bytes are those of the memory behind it.
    case .mapped: break
    }
  }

  package func discard(_ object: MemoryObject, keepingAddress: Bool) {
    // Work that was queued and not ordered before this still holds the bytes; they go with the last of it.
    let hadBytes = stores.removeValue(forKey: object.id) != nil
    switch object.kind {
    case .device, .async:
      if hadBytes { account(object, object.byteCount, -) }
      if !keepingAddress, arenas.indices.contains(Int(object.device)) {
        arenas[Int(object.device)].giveBack(object.range.start, object.range.count)
      }
    case .array, .physical: account(object, object.byteCount, -)
    case .symbol:
      if let address = variableAddresses.removeValue(forKey: object.id) {
        arenas[Int(object.device)].giveBack(address, object.range.count)
      }
    case .managed, .pinned, .registered, .mapped: break
    }
  }

  private func account(_ object: MemoryObject, _ size: UInt64, _ change: (UInt64, UInt64) -> UInt64) {
    guard used.indices.contains(Int(object.device)), let size = DeviceArena.rounded(size) else { return }
    used[Int(object.device)] = change(used[Int(object.device)], size)
  }

  package func callHost(function: Address, userData: Address) { hostCaller(function, userData) }
  package func waitForHost() { hostWaiter() }

  // MARK: Bytes

  /// The bytes of one side: of an object, or of the program's memory.
  private enum Side {
    case object(ByteStore)
    case program

    func pointer(_ position: UInt64, _ count: UInt64) -> UnsafeMutableRawPointer? {
      switch self {
      case .object(let store): store.pointer(at: position, count: count)
      case .program: UnsafeMutableRawPointer(bitPattern: UInt(position))
      }
    }
  }

  private func side(_ footprint: Footprint) -> Side? {
    guard let object = footprint.object else { return .program }
    return stores[object].map(Side.object)
  }

  package func transfer(_ transfer: Transfer, isStaged: Bool) -> (() -> Void)? {
    let to = transfer.destination
    guard let destination = side(to) else { return nil }
    switch transfer.source {
    case .value(let value, let elementSize):
      return Self.filling(to, destination, value, elementSize: elementSize)
    case .undefined: return Self.filling(to, destination, UInt32(ByteStore.pattern), elementSize: 1)
    case .footprint(let from):
      guard let source = side(from) else { return nil }
      if isStaged {
        let staged = Self.gather(from, source)
        return { Self.scatter(staged, to: to, destination) }
      }
      return { Self.move(from, source, to: to, destination) }
    }
  }

  private static func filling(
    _ to: Footprint, _ destination: Side, _ value: UInt32, elementSize: UInt32
  ) -> () -> Void {
    {
      to.forEachRun { position, count in
        guard let target = destination.pointer(position, count) else { return }
        fill(target, count: Int(count), value, elementSize: elementSize)
      }
    }
  }

  /// Sets `count` bytes, whole elements.
  private static func fill(
    _ target: UnsafeMutableRawPointer, count: Int, _ value: UInt32, elementSize: UInt32
  ) {
    switch elementSize {
    case 2:
      for offset in stride(from: 0, to: count, by: 2) {
        target.storeBytes(of: UInt16(truncatingIfNeeded: value), toByteOffset: offset, as: UInt16.self)
      }
    case 4:
      for offset in stride(from: 0, to: count, by: 4) {
        target.storeBytes(of: value, toByteOffset: offset, as: UInt32.self)
      }
    default: memset(target, Int32(UInt8(truncatingIfNeeded: value)), count)
    }
  }

  private static func move(_ from: Footprint, _ source: Side, to: Footprint, _ destination: Side) {
    if from.isContiguous, to.isContiguous {
      let count = to.width * to.rows * to.slices
      guard let target = destination.pointer(to.start, count), let origin = source.pointer(from.start, count)
      else { return }
      memmove(target, origin, Int(count))
      return
    }
    for slice in 0..<to.slices {
      for row in 0..<to.rows {
        let read = from.start &+ slice &* from.slicePitch &+ row &* from.pitch
        let written = to.start &+ slice &* to.slicePitch &+ row &* to.pitch
        guard let target = destination.pointer(written, to.width), let origin = source.pointer(read, to.width)
        else { return }
        memmove(target, origin, Int(to.width))
      }
    }
  }

  /// The bytes of `from` as they are now, row after row.
  private static func gather(_ from: Footprint, _ source: Side) -> [UInt8] {
    let total = Int(from.width * from.rows * from.slices)
    return [UInt8](unsafeUninitializedCapacity: total) { buffer, filled in
      from.forEachRun { position, count in
        guard let origin = source.pointer(position, count), let base = buffer.baseAddress else { return }
        memcpy(base + filled, origin, Int(count))
        filled += Int(count)
      }
    }
  }

  private static func scatter(_ bytes: [UInt8], to: Footprint, _ destination: Side) {
    bytes.withUnsafeBytes { buffer in
      var taken = 0
      to.forEachRun { position, count in
        guard let target = destination.pointer(position, count), let base = buffer.baseAddress else { return }
        memcpy(target, base + taken, Int(count))
        taken += Int(count)
      }
    }
  }
}
