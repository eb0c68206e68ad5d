package import CutapeTrace

/// Where addresses and bytes come from.
///
/// The emulator keeps the books: which memory lives, which streams exist, what waits for what. The backing gives
/// addresses and moves bytes: real ones in a live run, those of the record in a replay.
package protocol Backing: AnyObject {
  /// Makes room for an allocation: its address and, for pitched memory, the pitch. Nil: no memory left.
  func place(_ allocation: Allocation, device: Int32) -> Placement?
  /// A new handle for a stream, an event or an array; `recorded` is what the operation carries.
  func handle(recorded: Address?) -> Address
  /// The address at which the device sees `object`; `recorded` is what the operation carries.
  func deviceAddress(of object: MemoryObject, recorded: Address?) -> Address?
  /// Whether `address` lies where only device memory can be, though nothing lives there.
  func isDeviceAddress(_ address: Address) -> Bool
  /// `object` lives from now on, and its bytes are kept.
  func keep(_ object: MemoryObject)
  /// `object` is gone: its bytes may go. With `keepingAddress` nothing else may come to its address, until `object`
  /// is discarded again without it.
  func discard(_ object: MemoryObject, keepingAddress: Bool)
  /// Addresses for `bytes` with nothing behind them; `recorded` is what the operation carries. Nil: none left.
  func reserve(_ bytes: UInt64, alignment: UInt64, recorded: Address?) -> Address?
  func giveBack(reservation: ByteRange)
  /// Whether `device` has so much memory left.
  func hasRoom(for bytes: UInt64, device: Int32) -> Bool
  /// Whether there are bytes to move.
  var keepsBytes: Bool { get }
  /// The work of a copy; nil when no bytes are kept. `isStaged`: the source is read now.
  func transfer(_ transfer: Transfer, isStaged: Bool) -> (() -> Void)?
  /// Calls a host function of the program. May let other threads use the emulator meanwhile.
  func callHost(function: Address, userData: Address)
  /// Waits until another thread has finished a host function.
  func waitForHost()
}

extension Backing {
  func discard(_ object: MemoryObject) { discard(object, keepingAddress: false) }
}

/// Where an allocation was put.
package struct Placement: Sendable, Hashable {
  package var address: Address
  package var pitch: UInt64?

  package init(address: Address, pitch: UInt64? = nil) {
    self.address = address
    self.pitch = pitch
  }
}

/// Bytes to be moved or set, with both sides resolved.
package struct Transfer: Sendable, Hashable {
  package enum Source: Sendable, Hashable {
    case footprint(Footprint)
    /// Elements of 1, 2 or 4 bytes, all of one value.
    case value(UInt32, elementSize: UInt32)
    /// What the destination holds is undefined from then on.
    case undefined
  }

  package var destination: Footprint
  package var source: Source

  package init(destination: Footprint, source: Source) {
    self.destination = destination
    self.source = source
  }
}

/// The backing of a replay: addresses and handles are those of the record, and there are no bytes.
package final class RecordedBacking: Backing {
  package init() {}

  package func place(_ allocation: Allocation, device: Int32) -> Placement? {
    allocation.address.map { Placement(address: $0, pitch: allocation.rows?.pitch) }
  }

  package func handle(recorded: Address?) -> Address { recorded ?? 0 }
  package func deviceAddress(of object: MemoryObject, recorded: Address?) -> Address? { recorded }
  package func isDeviceAddress(_ address: Address) -> Bool { false }
  package func keep(_ object: MemoryObject) {}
  package func discard(_ object: MemoryObject, keepingAddress: Bool) {}
  package func reserve(_ bytes: UInt64, alignment: UInt64, recorded: Address?) -> Address? { recorded }
  package func giveBack(reservation: ByteRange) {}
  package func hasRoom(for bytes: UInt64, device: Int32) -> Bool { true }
  package var keepsBytes: Bool { false }
  package func transfer(_ transfer: Transfer, isStaged: Bool) -> (() -> Void)? { nil }
  package func callHost(function: Address, userData: Address) {}
  package func waitForHost() {}
}
