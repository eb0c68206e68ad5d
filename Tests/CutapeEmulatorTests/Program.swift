import CutapeEmulator
import CutapeTrace

/// A program for tests: it makes calls on an emulator whose backing numbers addresses and handles by itself.
final class Program {
  let emulator: Emulator
  let backing = CountingBacking()
  private(set) var number = 0
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

  // MARK: Captures and graphs

  func begin(_ stream: StreamReference, mode: Int32 = CaptureState.global) -> Int32 {
    call(.capture(.begin(stream, mode: mode))).result
  }

  @discardableResult
  func end(_ stream: StreamReference) -> Outcome { call(.capture(.end(stream, graph: nil))) }

  /// Adds a node and gives its handle; 0 when it is refused.
  @discardableResult
  func add(_ action: NodeAction, to graph: Address, after dependencies: [Address] = []) -> Address {
    call(.graph(.addNode(action, graph: graph, dependencies: dependencies, handle: nil))).values.first ?? 0
  }

  // MARK: Bytes

  @discardableResult
  func fill(_ destination: Address, _ count: UInt64, stream: StreamReference? = nil) -> Int32 {
    call(.fill(Self.filling(destination, count, stream: stream))).result
  }

  static func filling(_ destination: Address, _ count: UInt64, stream: StreamReference? = nil) -> Fill {
    Fill(
      destination: .linear(destination), extent: Copy.Extent(width: count), value: 7,
      stream: stream ?? .legacy,
      isAsync: stream != nil)
  }

  static func copying(
    _ destination: Address, _ source: Address, _ count: UInt64, kind: Int32 = 4,
    stream: StreamReference? = nil
  ) -> Copy {
    Copy(
      destination: .linear(destination), source: .linear(source), extent: Copy.Extent(width: count),
      kind: kind,
      stream: stream ?? .legacy, isAsync: stream != nil)
  }

  @discardableResult
  func copy(
    _ destination: Address, _ source: Address, _ count: UInt64, kind: Int32 = 4,
    stream: StreamReference? = nil
  ) -> Int32 {
    call(.copy(Self.copying(destination, source, count, kind: kind, stream: stream))).result
  }
}

/// A backing that hands out round addresses and records what runs instead of moving bytes.
final class CountingBacking: Backing {
  private var nextAddress: Address = 0x10_0000
  private var nextHandle: Address = 0x5000
  var isFull = false
  /// How many bytes of async memory there are.
  var limit = UInt64.max
  private var used: UInt64 = 0
  /// The destinations of the transfers that ran, in order.
  private(set) var ran: [Footprint] = []
  private(set) var discarded: [String] = []
  private(set) var calledHost: [Address] = []

  func place(_ allocation: Allocation, device: Int32) -> Placement? {
    guard !isFull else { return nil }
    if allocation.kind == .async {
      guard allocation.size <= limit - used else { return nil }
      used += allocation.size
    }
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
  func discard(_ object: MemoryObject, keepingAddress: Bool) {
    discarded.append(object.name)
    if object.kind == .async { used -= min(used, object.range.count) }
  }

  func reserve(_ bytes: UInt64, alignment: UInt64, recorded: Address?) -> Address? {
    defer { nextAddress += bytes }
    return nextAddress
  }
  func giveBack(reservation: ByteRange) { discarded.append("reservation") }
  func hasRoom(for bytes: UInt64, device: Int32) -> Bool { !isFull }
  var keepsBytes: Bool { true }

  func transfer(_ transfer: Transfer, isStaged: Bool) -> (() -> Void)? {
    { [self] in ran.append(transfer.destination) }
  }

  func callHost(function: Address, userData: Address) { calledHost.append(function) }
  func waitForHost() {}
}
