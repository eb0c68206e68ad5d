import CutapeEmulator
import CutapeTrace
import Testing

/// Memory pools: the reference's section 2.6.
@Suite("memory pools")
struct PoolTests {
  private static let device0 = PoolCall.Place(location: MemoryLocation(device: 0))
  private static let device1 = PoolCall.Place(location: MemoryLocation(device: 1))
  private static let host = PoolCall.Place(location: MemoryLocation(type: 2, id: 0))
  private static let managed = PoolCall.Place(location: MemoryLocation(device: 0), allocationType: 2)

  private func pool(_ program: Program, _ place: PoolCall.Place = device0) -> Address {
    program.call(.pool(.create(place, handle: nil))).values[0]
  }

  private func allocate(_ program: Program, from pool: Address? = nil, stream: StreamReference) -> Outcome {
    program.call(.allocate(Allocation(kind: .async, size: 64, stream: stream, pool: pool)))
  }

  @Test func `the default pool of a device is always the same, and current until another is set`() {
    let program = Program()
    let first = program.call(.pool(.defaultPool(Self.device0, handle: nil))).values[0]
    #expect(program.call(.pool(.defaultPool(Self.device0, handle: nil))).values == [first])
    #expect(program.call(.pool(.currentPool(Self.device0, handle: nil))).values == [first])
    #expect(program.call(.pool(.defaultPool(Self.device1, handle: nil))).values != [first])
    let own = pool(program)
    #expect(program.call(.pool(.setCurrent(own, Self.device0))).result == ErrorCode.success)
    #expect(program.call(.pool(.currentPool(Self.device0, handle: nil))).values == [own])
    program.call(.pool(.destroy(own)))
    #expect(program.call(.pool(.currentPool(Self.device0, handle: nil))).values == [first])
  }

  @Test func `a pool is made where memory can be`() {
    let program = Program()
    func code(_ type: Int32, _ id: Int32, _ allocationType: Int32 = 1) -> Int32 {
      let place = PoolCall.Place(
        location: MemoryLocation(type: type, id: id), allocationType: allocationType)
      return program.call(.pool(.create(place, handle: nil))).result
    }
    #expect(code(1, 0) == ErrorCode.success)
    #expect(code(1, 2) == ErrorCode.invalidValue)
    #expect(code(2, 0) == ErrorCode.success)
    #expect(code(3, 0) == ErrorCode.success)
    #expect(code(4, 0) == ErrorCode.invalidValue)
    #expect(code(0, 0) == ErrorCode.invalidValue)
    #expect(code(0, 0, 2) == ErrorCode.success)
    #expect(code(1, 0, 7) == ErrorCode.invalidValue)
    #expect(
      program.call(.pool(.defaultPool(.init(location: MemoryLocation(device: 9)), handle: nil))).result
        == ErrorCode.invalidDevice)
  }

  @Test func `a pool that is gone, or of another device, or the default one, is refused`() {
    let program = Program()
    let stream = program.stream()
    let (own, other) = (pool(program), pool(program, Self.device1))
    #expect(program.call(.pool(.setCurrent(other, Self.device0))).result == ErrorCode.invalidValue)
    let first = program.call(.pool(.defaultPool(Self.device0, handle: nil))).values[0]
    #expect(program.call(.pool(.destroy(first))).result == ErrorCode.invalidValue)
    #expect(program.call(.pool(.destroy(own))).result == ErrorCode.success)
    for call in [
      PoolCall.destroy(own), .trim(own), .setCurrent(own, Self.device0), .setAccess(own, []),
      .setAttribute(own, attribute: 4, value: 1), .trim(0x77),
    ] {
      #expect(program.call(.pool(call)).result == ErrorCode.invalidValue)
    }
    #expect(allocate(program, from: own, stream: stream).result == ErrorCode.invalidValue)
  }

  @Test func `memory is on the device of the pool, and of the stream where no pool is named`() {
    let program = Program()
    let stream0 = program.stream()
    program.call(.setDevice(1))
    let stream1 = program.stream()
    program.call(.setDevice(0))
    func device(_ outcome: Outcome) -> Int32? {
      program.emulator.space.object(containing: outcome.values[0])?.device
    }
    #expect(device(allocate(program, stream: stream0)) == 0)
    #expect(device(allocate(program, stream: stream1)) == 1)
    #expect(device(allocate(program, from: pool(program, Self.device1), stream: stream0)) == 1)
  }

  @Test func `a pool of the host gives pinned memory, one of managed memory managed memory`() {
    let program = Program()
    let stream = program.stream()
    for (place, kind) in [
      (Self.host, MemoryObject.Kind.pinned), (Self.managed, .managed), (Self.device0, .async),
    ] {
      let address = allocate(program, from: pool(program, place), stream: stream).values[0]
      #expect(program.emulator.space.object(containing: address)?.kind == kind)
      #expect(program.call(.free(address, .host)).result == ErrorCode.invalidValue)
      #expect(program.call(.free(address, .async(stream))).result == ErrorCode.success)
    }
  }

  @Test func `a pool counts what is used, and the most that was`() {
    let program = Program()
    let stream = program.stream()
    let own = pool(program)
    func value(_ attribute: Int32) -> UInt64? { program.emulator.pool(own)?.value(of: attribute) }
    let first = allocate(program, from: own, stream: stream).values[0]
    _ = allocate(program, from: own, stream: stream)
    #expect(value(7) == 128)
    program.call(.free(first, .async(stream)))
    #expect(value(7) == 64 && value(8) == 128)
    #expect(program.call(.pool(.setAttribute(own, attribute: 8, value: 0))).result == ErrorCode.success)
    #expect(value(8) == 64)
    #expect(program.call(.pool(.setAttribute(own, attribute: 8, value: 5))).result == ErrorCode.invalidValue)
    #expect(program.call(.pool(.setAttribute(own, attribute: 7, value: 0))).result == ErrorCode.invalidValue)
    #expect(program.call(.pool(.setAttribute(own, attribute: 9, value: 0))).result == ErrorCode.invalidValue)
    #expect(value(1) == 1 && value(4) == 0)
    program.call(.pool(.setAttribute(own, attribute: 4, value: .max)))
    #expect(value(4) == .max)
  }

  @Test func `a pool's own device keeps its right to the memory`() {
    let program = Program()
    let own = pool(program)
    func set(_ device: Int32, _ flags: Int32) -> Int32 {
      program.call(
        .pool(.setAccess(own, [.init(location: MemoryLocation(device: device), flags: flags)]))
      ).result
    }
    #expect(program.emulator.pool(own)?.access(from: MemoryLocation(device: 1)) == 0)
    #expect(set(1, 3) == ErrorCode.success)
    #expect(program.emulator.pool(own)?.access(from: MemoryLocation(device: 1)) == 3)
    #expect(set(0, 0) == ErrorCode.invalidValue)
    #expect(set(5, 3) == ErrorCode.invalidValue)
    #expect(set(1, 2) == ErrorCode.invalidValue)
  }

  @Test func `memory whose free waits in a stream can be given again when there is no other`() {
    let program = Program()
    let stream = program.stream()
    program.backing.limit = 64
    let first = allocate(program, stream: stream)
    #expect(first.result == ErrorCode.success)
    #expect(allocate(program, stream: stream).result == ErrorCode.memoryAllocation)
    program.call(.free(first.values[0], .async(stream)))
    #expect(allocate(program, stream: stream).result == ErrorCode.success)
  }
}
