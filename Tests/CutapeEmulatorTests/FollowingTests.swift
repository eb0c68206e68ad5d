import CutapeEmulator
import CutapeTrace
import Testing

/// A replay: the emulator judges each call and does what the record says.
@Suite("following a record")
struct FollowingTests {
  private let emulator = Emulator()
  private let host: Address = 0x7fff_0000_0000

  @discardableResult
  private func follow(_ operation: Operation, recorded: Int32 = 0, number: Int = 1) -> Int32 {
    emulator.follow(operation, recorded: recorded, by: Caller(thread: 1, number: number))
  }

  private func copy(to destination: Address, _ count: UInt64, stream: StreamReference = .legacy) -> Operation
  {
    .copy(
      Copy(
        destination: .linear(destination), source: .linear(host), extent: Copy.Extent(width: count), kind: 1,
        stream: stream, isAsync: stream != .legacy))
  }

  @Test func `addresses, pitches and handles are those of the record`() throws {
    follow(.allocate(Allocation(kind: .device, size: 100, address: 0x7000)), number: 3)
    let rows = Allocation.Rows(width: 10, count: 4, pitch: 512)
    follow(.allocate(Allocation(kind: .device, size: 2048, address: 0x9000, rows: rows)))
    follow(.createStream(handle: 0x55, flags: 1, priority: -1))
    #expect(emulator.space.object(containing: 0x7063)?.createdBy == 3)
    #expect(emulator.space.object(containing: 0x9000 + 2047)?.rows == rows)
    let stream = try #require(emulator.stream(.created(0x55), by: Caller(thread: 1, number: 9)))
    #expect(stream.name == "s1")
    #expect(stream.isNonBlocking)
  }

  @Test func `a call that failed in the record changes nothing, and its error is kept`() {
    follow(.allocate(Allocation(kind: .device, size: 100)), recorded: 2)
    #expect(emulator.space.all.isEmpty)
    #expect(follow(.peekLastError, recorded: 2) == 2)
  }

  @Test func `a call that the record says succeeded takes effect though the emulator refuses it`() {
    #expect(follow(copy(to: 0x7000, 64)) == ErrorCode.invalidValue)
    #expect(follow(copy(to: 0x7000, 64, stream: .created(0x77))) == ErrorCode.invalidResourceHandle)
    let stream = emulator.stream(.created(0x77), by: Caller(thread: 1, number: 2))
    #expect(stream?.createdBy == 0, "a stream that the trace did not see made")
    #expect(follow(.free(0x7000, .device)) == ErrorCode.invalidValue)
    #expect(follow(.recordEvent(0x88, stream: .legacy, flags: 0)) == ErrorCode.invalidResourceHandle)
    #expect(emulator.event(0x88)?.record?.number == 1)
  }

  @Test func `a reused address is a new object`() {
    follow(.allocate(Allocation(kind: .device, size: 64, address: 0x7000)), number: 1)
    follow(.free(0x7000, .device), number: 2)
    follow(.allocate(Allocation(kind: .device, size: 64, address: 0x7000)), number: 3)
    #expect(emulator.space.object(containing: 0x7000)?.name == "d2")
    #expect(emulator.space.object(1)?.freedBy == 2)
  }

  @Test func `a handle that is made again is a new stream`() {
    for number in 1...2 {
      follow(.createStream(handle: 0x55, flags: 0, priority: 0), number: number)
      follow(.destroyStream(.created(0x55)), number: number)
    }
    #expect(emulator.streams.map(\.name) == ["s1", "s2"])
  }

  @Test func `registered memory has one name from both sides`() {
    follow(.register(ByteRange(start: host, count: 4096), flags: 0))
    follow(.hostDevicePointer(host + 16, device: 0x9_0010))
    let object = emulator.space.object(containing: host)
    #expect(emulator.space.object(containing: 0x9_0000) == object)
    #expect(emulator.space.object(containing: 0x9_0fff) == object)
    let caller = Caller(thread: 1, number: 5)
    let (there, here) = emulator.operands(
      of: Copy(
        destination: .linear(0x9_0100), source: .linear(host + 0x100), extent: Copy.Extent(width: 8), kind: 4,
        stream: .legacy, isAsync: false), by: caller)
    #expect(there == here, "the same bytes by two addresses")
    follow(.unregister(host))
    #expect(emulator.space.object(containing: 0x9_0000) == nil)
  }

  @Test func `a variable has an instance on each device`() throws {
    follow(.registerVariable(shadow: 0x40_0000, size: 64, name: "table"))
    let copy = Operation.copy(
      Copy(
        destination: .symbol(0x40_0000, offset: 0), source: .linear(host), extent: Copy.Extent(width: 64),
        kind: 1, stream: .legacy, isAsync: false))
    #expect(follow(copy) == ErrorCode.success)
    follow(.setDevice(1))
    #expect(follow(copy) == ErrorCode.success)
    let instances = emulator.space.all.filter { $0.kind == .symbol }
    #expect(instances.map(\.device) == [0, 1])
    #expect(instances.map(\.symbolName) == ["table", "table"])
  }

  @Test func `the progress of a device, its memory and late errors are not the emulator's to say`() {
    let caller = Caller(thread: 1, number: 1)
    follow(.createStream(handle: 0x55, flags: 0, priority: 0))
    follow(.allocate(Allocation(kind: .device, size: 64, address: 0x7000)))
    follow(copy(to: 0x7000, 64, stream: .created(0x55)))
    let query = Operation.queryStream(.created(0x55))
    #expect(emulator.mayReturn(ErrorCode.success, for: query, by: caller))
    #expect(emulator.mayReturn(ErrorCode.notReady, for: query, by: caller))
    #expect(!emulator.mayReturn(ErrorCode.invalidResourceHandle, for: query, by: caller))
    let allocation = Operation.allocate(Allocation(kind: .device, size: 64))
    #expect(emulator.mayReturn(ErrorCode.memoryAllocation, for: allocation, by: caller))
    #expect(emulator.mayReturn(ErrorCode.notPermitted, for: .synchronizeDevice, by: caller))
    #expect(emulator.mayReturn(700, for: .synchronizeDevice, by: caller))
    #expect(!emulator.mayReturn(ErrorCode.invalidValue, for: .synchronizeDevice, by: caller))
  }

  @Test func `a reset takes the device's resources, but not memory of the stream-ordered allocator`() {
    follow(.allocate(Allocation(kind: .device, size: 64, address: 0x7000)))
    follow(.allocate(Allocation(kind: .async, size: 64, address: 0x8000, stream: .legacy)))
    follow(.createStream(handle: 0x55, flags: 0, priority: 0))
    follow(.resetDevice, number: 9)
    #expect(emulator.space.object(1)?.freedBy == 9)
    #expect(emulator.space.object(containing: 0x8000) != nil)
    #expect(follow(.synchronizeStream(.created(0x55)), recorded: 709) == ErrorCode.contextIsDestroyed)
  }

  @Test func `numbers that no runtime would pass do not trap`() {
    follow(.allocate(Allocation(kind: .device, size: .max, address: .max - 1)))
    let rows = Allocation.Rows(width: .max, count: .max, pitch: .max)
    follow(.allocate(Allocation(kind: .device, size: .max, address: 0x7000, rows: rows)))
    let shape = ArrayShape(width: .max, height: .max, depth: .max, elementSize: .max)
    follow(.allocateArray(shape, handle: 0x66))
    follow(.setDevice(.min))
    let places: [Copy.Place] = [
      .linear(.max), .array(0x66, x: .max, y: .max, z: .max, xInBytes: false), .symbol(.max, offset: .max),
      .pitched(.max, pitch: .max, sliceHeight: .max, x: .max, y: .max, z: .max),
    ]
    let extents = [
      Copy.Extent(width: .max), Copy.Extent(width: .max, height: .max, depth: .max, dimensions: 3),
      Copy.Extent(width: 1, height: .max, depth: .max, dimensions: 3),
    ]
    for destination in places {
      for source in places {
        for extent in extents {
          follow(
            .copy(
              Copy(
                destination: destination, source: source, extent: extent, kind: 4, stream: .perThread,
                isAsync: false)))
        }
      }
      follow(
        .fill(
          Fill(destination: destination, extent: extents[1], value: 1, stream: .legacy, isAsync: true)))
    }
    follow(.register(ByteRange(start: .max, count: .max), flags: .max))
    follow(.synchronizeDevice)
    follow(.resetDevice)
  }
}
