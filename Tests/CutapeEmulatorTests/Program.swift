import CutapeEmulator
import CutapeTrace

/// A program for tests: it makes calls on an emulator whose backing numbers addresses and handles by itself.
final class Program {
  let emulator: Emulator
  let backing = CountingBacking()
  private var number = 0
  var thread = 1

  init(deviceCount: Int32 = 2) { emulator = Emulator(backing: backing, deviceCount: deviceCount) }

  var caller: Caller { Caller(thread: thread, number: number) }

  @discardableResult
  func call(_ operation: Operation) -> Outcome {
    number += 1
    return emulator.perform(operation, by: caller)
  }

  func malloc(_ size: UInt64, _ kind: Allocation.Kind = .device) -> Address {
    call(.allocate(Allocation(kind: kind, size: size, flags: kind == .managed ? 1 : 0))).values[0]
  }

  func stream(nonBlocking: Bool = false) -> StreamReference {
    .created(call(.createStream(handle: nil, flags: nonBlocking ? 1 : 0, priority: 0)).values[0])
  }

  func event(flags: UInt32 = 0) -> Address { call(.createEvent(handle: nil, flags: flags)).values[0] }

  @discardableResult
  func copy(
    _ destination: Address, _ source: Address, _ count: UInt64, kind: Int32 = 4,
    stream: StreamReference? = nil
  ) -> Int32 {
    call(
      .copy(
        Copy(
          destination: .linear(destination), source: .linear(source), extent: Copy.Extent(width: count),
          kind: kind, stream: stream ?? .legacy, isAsync: stream != nil))
    ).result
  }
}

/// A backing that hands out round addresses and records what runs instead of moving bytes.
final class CountingBacking: Backing {
  private var nextAddress: Address = 0x10_0000
  private var nextHandle: Address = 0x5000
  var isFull = false
  /// The destinations of the transfers that ran, in order.
  private(set) var ran: [Footprint] = []
  private(set) var discarded: [String] = []
  private(set) var calledHost: [Address] = []

  func place(_ allocation: Allocation, device: Int32) -> Placement? {
    guard !isFull else { return nil }
    let pitch = allocation.rows.map { ($0.width + 511) / 512 * 512 }
    let size = (allocation.rows?.count ?? 1) * (pitch ?? allocation.size)
    defer { nextAddress += (size + 0x1000) / 0x1000 * 0x1000 }
    return Placement(address: nextAddress, pitch: pitch)
  }

  func handle(recorded: Address?) -> Address {
    nextHandle += 16
    return recorded ?? nextHandle
  }

  func deviceAddress(of object: MemoryObject, recorded: Address?) -> Address? {
    recorded ?? (object.kind == .symbol ? 0x7000_0000 + UInt64(object.id) * 0x1_0000 : nil)
  }

  func isDeviceAddress(_ address: Address) -> Bool { false }
  func keep(_ object: MemoryObject) {}
  func discard(_ object: MemoryObject) { discarded.append(object.name) }

  func transfer(_ transfer: Transfer, isStaged: Bool) -> (() -> Void)? {
    { [self] in ran.append(transfer.destination) }
  }

  func callHost(function: Address, userData: Address) { calledHost.append(function) }
  func waitForHost() {}
}
