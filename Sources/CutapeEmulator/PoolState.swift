package import CutapeTrace

/// A memory pool that exists or existed: the default one of each place, and those that the program made.
///
/// A pool keeps nothing back: what is reserved is what is used.
package struct PoolState: Sendable, Hashable {
  /// `cudaMemPoolAttr`: 1 to 3 are switches for reuse, 4 is how much to keep, 5 to 8 count bytes.
  package enum Attribute {
    static let switches: ClosedRange<Int32> = 1...3
    static let releaseThreshold: Int32 = 4
    static let reservedHigh: Int32 = 6
    static let usedHigh: Int32 = 8
    static let counters: ClosedRange<Int32> = 5...8
  }

  /// Unique over all pools of a run, from 1 in the order of first use.
  package var id: Int
  /// `pool1`, `default pool of device 0`.
  package var name: String
  package var handle: Address
  package var place: PoolCall.Place
  package var isDefault: Bool
  /// The number of the call that made it; 0 for a default pool.
  package var createdBy: Int
  package var destroyedBy: Int?
  /// What the program set.
  package var attributes: [Int32: UInt64] = [:]
  package var access: [MemoryLocation: Int32] = [:]
  /// Bytes that are allocated from it, and the most that were at once.
  package var used: UInt64 = 0
  package var mostUsed: UInt64 = 0

  package var isAlive: Bool { destroyedBy == nil }

  /// The kind of the memory that it gives.
  package var kind: Allocation.Kind {
    if place.allocationType == PoolCall.Place.managed { return .managed }
    return place.location.device == nil ? .host : .async
  }

  /// The value of an attribute; nil when there is none with this number.
  package func value(of attribute: Int32) -> UInt64? {
    switch attribute {
    case Attribute.switches: attributes[attribute] ?? 1
    case Attribute.releaseThreshold: attributes[attribute] ?? 0
    case Attribute.reservedHigh, Attribute.usedHigh: mostUsed
    case Attribute.counters: used
    default: nil
    }
  }

  /// Whether the program may set the attribute to `value`: marks can only be reset.
  func canSet(_ attribute: Int32, to value: UInt64) -> Bool {
    switch attribute {
    case Attribute.switches, Attribute.releaseThreshold: true
    case Attribute.reservedHigh, Attribute.usedHigh: value == 0
    default: false
    }
  }

  /// What `location` may do with the pool's memory: the place of the pool itself may read and write.
  package func access(from location: MemoryLocation) -> Int32 {
    access[location] ?? (location == place.location || place.location.device == nil ? 3 : 0)
  }
}
