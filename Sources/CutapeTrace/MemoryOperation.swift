// What calls ask about managed memory, memory pools, and memory and events that processes share.

/// A place that memory can be in: `cudaMemLocation`, valid or not.
package struct MemoryLocation: Sendable, Hashable {
  /// `cudaMemLocationType`: 0 none, 1 device, 2 host, 3 a NUMA node of the host, 4 the nearest one.
  package var type: Int32
  /// The ordinal of a device or the number of a node; 0 for the types that need none.
  package var id: Int32

  package static let deviceType: Int32 = 1
  package static let hostType: Int32 = 2

  package init(type: Int32, id: Int32) {
    self.type = type
    self.id = type == 0 || type == 2 || type == 4 ? 0 : id
  }

  /// A place as the older functions name it: a device ordinal, or `cudaCpuDeviceId` (-1) for the host.
  package init(device: Int32) {
    self.init(type: device == -1 ? Self.hostType : Self.deviceType, id: device)
  }

  /// The ordinal, where the place is a device.
  package var device: Int32? { type == Self.deviceType ? id : nil }
}

/// Ranges of managed memory that are moved, discarded or attached, in stream order.
package struct Migration: Sendable, Hashable {
  package enum Action: Sendable, Hashable {
    /// `cudaMemPrefetchAsync`; `isBatch`: `cudaMemPrefetchBatchAsync`.
    case prefetch(isBatch: Bool)
    /// `cudaMemDiscardBatchAsync`: what the ranges hold is undefined from then on.
    case discard
    /// `cudaMemDiscardAndPrefetchBatchAsync`
    case discardAndPrefetch
    /// `cudaStreamAttachMemAsync`
    case attach
  }

  package struct Part: Sendable, Hashable {
    package var range: ByteRange
    /// Where a prefetch moves it; nil for a call without a destination.
    package var location: MemoryLocation?

    package init(range: ByteRange, location: MemoryLocation? = nil) {
      self.range = range
      self.location = location
    }
  }

  package var action: Action
  package var parts: [Part]
  package var flags: UInt64
  package var stream: StreamReference

  package init(action: Action, parts: [Part], flags: UInt64, stream: StreamReference) {
    self.action = action
    self.parts = parts
    self.flags = flags
    self.stream = stream
  }

  /// Whether the ranges hold nothing that may be read when the call has run: a prefetch ends that.
  package var leavesDiscarded: Bool { action == .discard }
  package var discards: Bool { action == .discard || action == .discardAndPrefetch }
}

/// `cudaMemAdvise`: a hint, without effect on what memory holds.
package struct Advice: Sendable, Hashable {
  package var range: ByteRange
  /// `cudaMemoryAdvise`, valid or not.
  package var kind: Int32
  package var location: MemoryLocation

  package init(range: ByteRange, kind: Int32, location: MemoryLocation) {
    self.range = range
    self.kind = kind
    self.location = location
  }
}

/// A call about a memory pool.
package enum PoolCall: Sendable, Hashable {
  /// Where a pool takes its memory from.
  package struct Place: Sendable, Hashable {
    package var location: MemoryLocation
    /// `cudaMemAllocationType`: 1 pinned, which device memory is too, 2 managed.
    package var allocationType: Int32

    package static let pinned: Int32 = 1
    package static let managed: Int32 = 2

    package init(location: MemoryLocation, allocationType: Int32 = Self.pinned) {
      self.location = location
      self.allocationType = allocationType
    }
  }

  /// `cudaMemAccessDesc`
  package struct Access: Sendable, Hashable {
    package var location: MemoryLocation
    /// `cudaMemAccessFlags`: 0 none, 1 read, 3 read and write.
    package var flags: Int32

    package init(location: MemoryLocation, flags: Int32) {
      self.location = location
      self.flags = flags
    }
  }

  /// `cudaMemPoolCreate`
  case create(Place, handle: Address?)
  /// `cudaMemPoolDestroy`
  case destroy(Address)
  /// `cudaDeviceGetDefaultMemPool`, `cudaMemGetDefaultMemPool`
  case defaultPool(Place, handle: Address?)
  /// `cudaDeviceGetMemPool`, `cudaMemGetMemPool`
  case currentPool(Place, handle: Address?)
  /// `cudaDeviceSetMemPool`, `cudaMemSetMemPool`
  case setCurrent(Address, Place)
  /// `cudaMemPoolSetAccess`
  case setAccess(Address, [Access])
  /// `cudaMemPoolSetAttribute`
  case setAttribute(Address, attribute: Int32, value: UInt64)
  /// `cudaMemPoolTrimTo`
  case trim(Address)

  /// The pool that the call names; nil when it hands one out.
  package var pool: Address? {
    switch self {
    case .destroy(let pool), .setCurrent(let pool, _), .setAccess(let pool, _), .setAttribute(let pool, _, _),
      .trim(let pool):
      pool
    case .create, .defaultPool, .currentPool: nil
    }
  }
}

/// Memory and events that several processes use. What the others do with them is not in a trace.
package enum InterprocessCall: Sendable, Hashable {
  /// `cudaIpcGetMemHandle`: from now on another process may use the memory.
  case shareMemory(Address)
  /// `cudaIpcOpenMemHandle`: memory of another process, of unknown size.
  case openMemory(Address?)
  /// `cudaIpcCloseMemHandle`
  case closeMemory(Address)
  /// `cudaIpcGetEventHandle`
  case shareEvent(Address)
  /// `cudaIpcOpenEventHandle`
  case openEvent(Address?)
}
