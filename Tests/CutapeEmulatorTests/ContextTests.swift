import CutapeEmulator
import CutapeTrace
import Testing

/// Contexts of the driver, and what the runtime has to do with them.
@Suite("contexts of the driver")
struct ContextTests {
  private let program = Program()

  /// Makes a call of the driver.
  @discardableResult
  private func drive(_ operation: Operation, thread: Int = 1) -> Outcome {
    program.emulator.perform(operation, by: Caller(thread: thread, isDriver: true, number: 1))
  }

  private func initialize() { drive(.context(.initialize(flags: 0))) }

  private func retain(_ device: Int32) -> Address {
    drive(.context(.retain(nil, device: device))).values.first ?? 0
  }

  private func current(_ thread: Int = 1) -> Address? {
    program.emulator.currentContext(of: Caller(thread: thread, isDriver: true, number: 1))?.handle
  }

  private var allocation: Operation { .allocate(Allocation(kind: .device, size: 64)) }

  @Test func `nothing works before the driver is initialised, and memory needs a context`() {
    #expect(drive(allocation).result == ErrorCode.notInitialized)
    #expect(drive(.context(.initialize(flags: 1))).result == ErrorCode.invalidValue)
    #expect(drive(.context(.retain(nil, device: 0))).result == ErrorCode.notInitialized)
    initialize()
    #expect(drive(allocation).result == ErrorCode.invalidContext)
    drive(.context(.setCurrent(retain(0))))
    #expect(drive(allocation).result == ErrorCode.success)
    #expect(drive(allocation, thread: 2).result == ErrorCode.invalidContext)
  }

  @Test func `a device has one primary context, and others come and go`() {
    initialize()
    let primary = retain(1)
    #expect(retain(1) == primary)
    #expect(current() == nil)
    drive(.context(.setCurrent(primary)))
    let own = drive(.context(.create(nil, device: 0))).values[0]
    #expect(current() == own)
    #expect(drive(.context(.pop)).values == [own])
    #expect(current() == primary)
    #expect(drive(.context(.destroy(primary))).result == ErrorCode.invalidContext)
    #expect(drive(.context(.destroy(own))).result == ErrorCode.success)
    #expect(drive(.context(.push(own))).result == ErrorCode.invalidContext)
    for _ in 0..<2 { #expect(drive(.context(.release(device: 1))).result == ErrorCode.success) }
    #expect(drive(.context(.release(device: 1))).result == ErrorCode.invalidContext)
    #expect(drive(.context(.create(nil, device: 2))).result == ErrorCode.invalidDevice)
  }

  @Test func `the device of the current context is the one that calls mean`() {
    initialize()
    drive(.context(.setCurrent(retain(1))))
    let address = drive(allocation).values[0]
    #expect(program.emulator.space.object(containing: address)?.device == 1)
  }

  @Test
  func `a call of the runtime initialises the driver and makes a primary context current where none is`() {
    program.call(.setDevice(1))
    #expect(current() == retain(1))
    drive(.context(.setCurrent(retain(0))))
    #expect(program.emulator.currentDevice(of: program.caller) == 0)
    program.call(.setDevice(1))
    #expect(current() == retain(1))
    drive(.context(.setCurrent(0)))
    #expect(current() == nil)
    program.call(allocation)
    #expect(current() == retain(1))
  }

  @Test func `what the runtime does before main makes nothing current`() {
    program.call(.registerBinary(handle: 0x10))
    program.call(.takeLastError)
    #expect(drive(allocation).result == ErrorCode.notInitialized)
  }

  @Test func `the driver keeps no last error, and has fewer codes`() {
    initialize()
    drive(.context(.setCurrent(retain(0))))
    #expect(drive(.allocate(Allocation(kind: .device, size: 0))).result == ErrorCode.invalidValue)
    let launch = Launch(
      kernel: 0, grid: .init(1, 1, 1), block: .init(1, 1, 1), sharedMemory: 0, stream: .legacy, pointers: nil)
    #expect(drive(.launch(launch)).result == ErrorCode.invalidResourceHandle)
    #expect(program.emulator.lastError(of: program.caller) == ErrorCode.success)
  }

  @Test func `peers are enabled by their contexts`() {
    initialize()
    let peer = retain(1)
    drive(.context(.setCurrent(retain(0))))
    #expect(drive(.context(.enablePeer(peer))).result == ErrorCode.success)
    #expect(program.emulator.hasPeerAccess(0, to: 1))
    #expect(drive(.context(.enablePeer(peer))).result == ErrorCode.peerAccessAlreadyEnabled)
    #expect(drive(.context(.disablePeer(peer))).result == ErrorCode.success)
    #expect(drive(.context(.enablePeer(0x99))).result == ErrorCode.invalidContext)
  }

  @Test func `a record that begins late may know of contexts that the emulator does not`() {
    let replay = Emulator()
    let caller = Caller(thread: 1, isDriver: true, number: 1)
    #expect(replay.mayReturn(ErrorCode.success, for: allocation, by: caller))
    replay.follow(.context(.initialize(flags: 0)), recorded: ErrorCode.success, by: caller)
    #expect(replay.mayReturn(ErrorCode.success, for: allocation, by: caller))
    replay.follow(.context(.retain(0x70, device: 1)), recorded: ErrorCode.success, by: caller)
    replay.follow(.context(.setCurrent(0x70)), recorded: ErrorCode.success, by: caller)
    #expect(replay.currentContext(of: caller)?.handle == 0x70)
    #expect(!replay.mayReturn(ErrorCode.invalidContext, for: allocation, by: caller))
  }
}
