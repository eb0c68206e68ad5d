import CutapeEmulator
import CutapeTrace
import Testing

/// Prefetches, discards, hints and managed variables.
@Suite("managed memory")
struct ManagedMemoryTests {
  private func migrate(
    _ program: Program, _ action: Migration.Action, _ address: Address, _ size: UInt64,
    at location: MemoryLocation? = MemoryLocation(device: 0), flags: UInt64 = 0,
    stream: StreamReference = .perThread
  ) -> Int32 {
    program.call(
      .migrate(
        Migration(
          action: action, parts: [.init(range: ByteRange(start: address, count: size), location: location)],
          flags: flags, stream: stream))
    ).result
  }

  @Test func `a prefetch wants managed memory, bytes, and a place`() {
    let program = Program()
    let (m, d) = (program.malloc(4096, .managed), program.malloc(4096))
    let prefetch = Migration.Action.prefetch(isBatch: false)
    #expect(migrate(program, prefetch, m, 4096) == ErrorCode.success)
    #expect(migrate(program, prefetch, m + 100, 3996) == ErrorCode.success)
    #expect(migrate(program, prefetch, m + 100, 3997) == ErrorCode.invalidValue)
    #expect(migrate(program, prefetch, m, 0) == ErrorCode.invalidValue)
    #expect(migrate(program, prefetch, d, 64) == ErrorCode.invalidValue)
    #expect(migrate(program, prefetch, 0x7fff_0000, 64) == ErrorCode.invalidValue)
    #expect(migrate(program, prefetch, m, 64, at: MemoryLocation(device: -1)) == ErrorCode.success)
    #expect(migrate(program, prefetch, m, 64, at: MemoryLocation(device: -2)) == ErrorCode.invalidDevice)
    #expect(migrate(program, prefetch, m, 64, at: MemoryLocation(device: 2)) == ErrorCode.invalidDevice)
    #expect(migrate(program, prefetch, m, 64, at: MemoryLocation(type: 9, id: 0)) == ErrorCode.invalidValue)
    #expect(migrate(program, prefetch, m, 64, flags: 1) == ErrorCode.invalidValue)
    #expect(migrate(program, prefetch, m, 64, stream: .legacy) == ErrorCode.success)
  }

  @Test func `a batch wants a stream that is not the legacy one`() {
    let program = Program()
    let m = program.malloc(4096, .managed)
    for action in [Migration.Action.prefetch(isBatch: true), .discard, .discardAndPrefetch] {
      #expect(migrate(program, action, m, 64) == ErrorCode.success)
      #expect(migrate(program, action, m, 64, stream: .legacy) == ErrorCode.invalidValue)
      #expect(migrate(program, action, m, 0) == ErrorCode.invalidValue)
    }
    let empty = Migration(action: .discard, parts: [], flags: 0, stream: .perThread)
    #expect(program.call(.migrate(empty)).result == ErrorCode.invalidValue)
  }

  @Test func `a discard loses the bytes when its turn comes in the stream`() {
    let program = Program()
    let m = program.malloc(4096, .managed)
    let stream = program.stream()
    #expect(migrate(program, .discard, m + 16, 64, stream: stream) == ErrorCode.success)
    #expect(program.backing.ran.isEmpty)
    program.call(.synchronizeStream(stream))
    #expect(program.backing.ran.map(\.start) == [16] && program.backing.ran.map(\.width) == [64])
    _ = migrate(program, .prefetch(isBatch: true), m, 64, stream: stream)
    program.call(.synchronizeStream(stream))
    #expect(program.backing.ran.count == 1, "a prefetch moves pages, not bytes")
  }

  @Test func `memory is attached whole, and to one stream alone only where there is one`() {
    let program = Program()
    let m = program.malloc(4096, .managed)
    let stream = program.stream()
    func attach(_ size: UInt64, _ flags: UInt64, _ stream: StreamReference) -> Int32 {
      migrate(program, .attach, m, size, at: nil, flags: flags, stream: stream)
    }
    #expect(attach(0, 4, stream) == ErrorCode.success)
    #expect(attach(4096, 1, .legacy) == ErrorCode.success)
    #expect(attach(0, 4, .legacy) == ErrorCode.invalidValue)
    #expect(attach(64, 1, stream) == ErrorCode.invalidValue)
    #expect(attach(0, 3, stream) == ErrorCode.invalidValue)
  }

  @Test func `a hint wants managed memory, and a place where it is about one`() {
    let program = Program()
    let (m, d) = (program.malloc(64, .managed), program.malloc(64))
    func advise(_ address: Address, _ kind: Int32, _ device: Int32) -> Int32 {
      program.call(
        .advise(
          Advice(
            range: ByteRange(start: address, count: 64), kind: kind, location: MemoryLocation(device: device))
        )
      ).result
    }
    #expect(advise(m, 1, 7) == ErrorCode.success)
    #expect(advise(m, 3, 1) == ErrorCode.success)
    #expect(advise(m, 3, 7) == ErrorCode.invalidDevice)
    #expect(advise(m, 7, 0) == ErrorCode.invalidValue)
    #expect(advise(d, 1, 0) == ErrorCode.invalidValue)
  }

  @Test func `a managed variable has memory of its own, which nobody frees`() {
    let program = Program()
    let address = program.call(.registerManaged(size: 64, name: "_Z5table", address: nil)).values[0]
    let object = program.emulator.space.object(containing: address)
    #expect(object?.kind == .managed && object?.range.count == 64)
    #expect(program.copy(address, 0x7fff_0000, 64) == ErrorCode.success)
    #expect(program.copy(address, 0x7fff_0000, 65) == ErrorCode.invalidValue)
    #expect(program.call(.free(address, .device)).result == ErrorCode.invalidValue)
    program.call(.resetDevice)
    #expect(program.emulator.space.object(containing: address) != nil)
  }

  @Test func `memory of another process is taken for device memory of any size`() {
    let program = Program()
    let foreign: Address = 0x7000_0000
    program.call(.interprocess(.openMemory(foreign)))
    #expect(program.copy(foreign + 0x1000, 0x7fff_0000, 1 << 20, kind: 1) == ErrorCode.success)
    #expect(program.copy(foreign - 1, 0x7fff_0000, 1, kind: 1) == ErrorCode.invalidValue)
  }

  @Test func `an event that another process knows is shared`() {
    let program = Program()
    let event = program.event(flags: 6)
    #expect(program.emulator.event(event)?.isShared == false)
    program.call(.interprocess(.shareEvent(event)))
    #expect(program.emulator.event(event)?.isShared == true)
    #expect(
      program.call(.interprocess(.shareEvent(0x9999))).result == ErrorCode.invalidResourceHandle)
    let opened = program.call(.interprocess(.openEvent(0x1234_5678))).values[0]
    #expect(program.emulator.event(opened)?.isShared == true)
  }
}
