import CutapeEmulator
import CutapeTrace
import Testing

/// Which misuse gives which code: the reference's sections 2.7, 2.10, 2.11 and 2.13.
@Suite("return codes")
struct ResultCodeTests {
  private static let host: Address = 0x7fff_0000_0000

  // MARK: Copies

  @Test(arguments: [-1, 5, 100] as [Int32])
  func `a kind outside 0 to 4 is an invalid direction, even with nothing to copy`(kind: Int32) {
    let program = Program()
    let d = program.malloc(64)
    #expect(program.copy(d, Self.host, 64, kind: kind) == ErrorCode.invalidMemcpyDirection)
    #expect(program.copy(d, Self.host, 0, kind: kind) == ErrorCode.invalidMemcpyDirection)
  }

  @Test func `nothing to copy succeeds with whatever pointers`() {
    let program = Program()
    #expect(program.copy(0, 0, 0, kind: 1) == ErrorCode.success)
  }

  @Test(arguments: [0, 1, 2, 3, 4] as [Int32])
  func `a null pointer with bytes to copy is an invalid value for every kind`(kind: Int32) {
    let program = Program()
    let d = program.malloc(64)
    #expect(program.copy(0, d, 8, kind: kind) == ErrorCode.invalidValue)
    #expect(program.copy(d, 0, 8, kind: kind) == ErrorCode.invalidValue)
    #expect(program.copy(0, 0, 8, kind: kind) == ErrorCode.invalidValue)
  }

  @Test func `bounds of device memory are exact to the byte, from interior pointers too`() {
    let program = Program()
    let d = program.malloc(4096)
    #expect(program.copy(d, Self.host, 4096, kind: 1) == ErrorCode.success)
    #expect(program.copy(d, Self.host, 4097, kind: 1) == ErrorCode.invalidValue)
    #expect(program.copy(d + 4000, Self.host, 96, kind: 1) == ErrorCode.success)
    #expect(program.copy(d + 4000, Self.host, 97, kind: 1) == ErrorCode.invalidValue)
    #expect(program.copy(Self.host, d + 1, 4096, kind: 2) == ErrorCode.invalidValue)
  }

  @Test func `a device side that CUDA does not know is an invalid value`() {
    let program = Program()
    let d = program.malloc(64)
    #expect(program.copy(Self.host, Self.host + 64, 8, kind: 1) == ErrorCode.invalidValue)
    #expect(program.copy(Self.host, Self.host + 64, 8, kind: 2) == ErrorCode.invalidValue)
    #expect(program.copy(d, Self.host, 8, kind: 3) == ErrorCode.invalidValue)
    #expect(program.copy(Self.host, Self.host + 64, 8, kind: 0) == ErrorCode.success)
    #expect(program.copy(Self.host, Self.host + 64, 8, kind: 4) == ErrorCode.success)
  }

  @Test func `the bytes just past device memory are no host memory, whatever the kind`() {
    let program = Program()
    let d = program.malloc(100)
    #expect(program.copy(Self.host, d + 100, 1, kind: 4) == ErrorCode.invalidValue)
    #expect(program.copy(d + 511, Self.host, 1, kind: 4) == ErrorCode.invalidValue)
    #expect(program.copy(Self.host, d + 512, 1, kind: 4) == ErrorCode.success)
  }

  @Test func `a reversed direction with pinned memory works, as it does on hardware`() {
    let program = Program()
    let (d, h) = (program.malloc(64), program.malloc(64, .host))
    #expect(program.copy(d, h, 64, kind: 2) == ErrorCode.success)
    #expect(program.copy(h, d, 64, kind: 1) == ErrorCode.success)
    #expect(program.copy(d, h, 64, kind: 3) == ErrorCode.success)
  }

  @Test func `a freed device pointer is refused for every kind`() {
    let program = Program()
    let d = program.malloc(64)
    program.call(.free(d, .device))
    for kind: Int32 in 1...4 {
      #expect(program.copy(d, Self.host, 8, kind: kind) == ErrorCode.invalidValue)
    }
  }

  @Test func `host memory may lie where managed memory was`() {
    let program = Program()
    let (m, d) = (program.malloc(0x2000, .managed), program.malloc(64))
    program.call(.free(m, .device))
    #expect(program.copy(d, m + 0x1000, 64, kind: 1) == ErrorCode.success)
    #expect(program.copy(m + 0x1000, Self.host, 64, kind: 0) == ErrorCode.success)
  }

  @Test func `the same pointer twice succeeds`() {
    let program = Program()
    let d = program.malloc(64)
    #expect(program.copy(d, d, 64, kind: 3) == ErrorCode.success)
  }

  @Test func `the last row of a 2D copy ends after its width, not after its pitch`() {
    let program = Program()
    let d = program.malloc(512 * 3 + 100)
    func copy(width: UInt64, height: UInt64, pitch: UInt64, kind: Int32 = 1) -> Int32 {
      program.call(
        .copy(
          Copy(
            destination: .pitched(d, pitch: pitch, sliceHeight: height),
            source: .pitched(Self.host, pitch: width, sliceHeight: height),
            extent: Copy.Extent(width: width, height: height, dimensions: 2), kind: kind, stream: .legacy,
            isAsync: false))
      ).result
    }
    #expect(copy(width: 100, height: 4, pitch: 512) == ErrorCode.success)
    #expect(copy(width: 101, height: 4, pitch: 512) == ErrorCode.invalidValue)
    #expect(copy(width: 100, height: 4, pitch: 99) == ErrorCode.invalidPitchValue)
    #expect(copy(width: 1, height: 1, pitch: Emulator.maxPitch + 1) == ErrorCode.invalidValue)
    #expect(copy(width: 0, height: 4, pitch: 0) == ErrorCode.success)
    #expect(copy(width: 100, height: 0, pitch: 99) == ErrorCode.success)
    #expect(copy(width: 1, height: .max, pitch: 1 << 30) == ErrorCode.invalidValue, "it must not overflow")
  }

  @Test func `the slices of a 3D copy are as far apart as the pitched pointer says`() {
    let program = Program()
    let d = program.malloc(64 * 8 * 2)
    func copy(y: UInt64, z: UInt64, depth: UInt64, height: UInt64 = 4) -> Int32 {
      program.call(
        .copy(
          Copy(
            destination: .pitched(d, pitch: 64, sliceHeight: 8, y: y, z: z),
            source: .pitched(Self.host, pitch: 16, sliceHeight: height),
            extent: Copy.Extent(width: 16, height: height, depth: depth, dimensions: 3), kind: 1,
            stream: .legacy, isAsync: false))
      ).result
    }
    #expect(copy(y: 4, z: 0, depth: 2) == ErrorCode.success)
    #expect(copy(y: 5, z: 0, depth: 2) == ErrorCode.invalidValue)
    #expect(copy(y: 4, z: 1, depth: 1) == ErrorCode.success)
    #expect(copy(y: 4, z: 1, depth: 2) == ErrorCode.invalidValue)
    #expect(copy(y: 8, z: 0, depth: 1, height: 1) == ErrorCode.invalidValue, "past the rows of its slice")
  }

  @Test func `a host range that is registered in part is refused`() {
    let program = Program()
    let d = program.malloc(4096)
    program.call(.register(ByteRange(start: Self.host + 1024, count: 1024), flags: 0))
    #expect(program.copy(d, Self.host + 1024, 1024, kind: 1) == ErrorCode.success)
    #expect(program.copy(d, Self.host + 512, 1024, kind: 1) == ErrorCode.invalidValue)
    #expect(program.copy(d, Self.host + 1536, 1024, kind: 1) == ErrorCode.invalidValue)
    #expect(program.copy(d, Self.host, 1024, kind: 1) == ErrorCode.success)
    program.call(.register(ByteRange(start: Self.host + 2048, count: 1024), flags: 0))
    #expect(program.copy(d, Self.host + 1536, 1024, kind: 1) == ErrorCode.success, "both are registered")
  }

  @Test func `a memset wants memory that CUDA knows`() {
    let program = Program()
    let d = program.malloc(512)
    func fill(_ address: Address, _ extent: Copy.Extent, pitch: UInt64? = nil) -> Int32 {
      let place =
        pitch.map { Copy.Place.pitched(address, pitch: $0, sliceHeight: extent.height) } ?? .linear(address)
      return program.call(
        .fill(Fill(destination: place, extent: extent, value: 1, stream: .legacy, isAsync: false))
      ).result
    }
    #expect(fill(d, Copy.Extent(width: 512)) == ErrorCode.success)
    #expect(fill(d, Copy.Extent(width: 513)) == ErrorCode.invalidValue)
    #expect(fill(Self.host, Copy.Extent(width: 8)) == ErrorCode.invalidValue)
    #expect(fill(0, Copy.Extent(width: 8)) == ErrorCode.invalidValue)
    #expect(fill(0, Copy.Extent(width: 0)) == ErrorCode.success)
    let rows = Copy.Extent(width: 16, height: 2, dimensions: 2)
    #expect(fill(d, rows, pitch: 8) == ErrorCode.invalidValue, "not an invalid pitch, unlike a copy")
    let row = Copy.Extent(width: 16, height: 1, dimensions: 2)
    #expect(fill(d, row, pitch: 8) == ErrorCode.success, "the pitch of a single row is ignored")
  }

  @Test func `a symbol must be known, and its offset and count stay inside`() {
    let program = Program()
    let shadow: Address = 0x40_0000
    program.call(.registerVariable(shadow: shadow, size: 64, name: "table"))
    func copy(_ symbol: Address, count: UInt64, offset: UInt64, kind: Int32 = 1) -> Int32 {
      program.call(
        .copy(
          Copy(
            destination: .symbol(symbol, offset: offset), source: .linear(Self.host),
            extent: Copy.Extent(width: count), kind: kind, stream: .legacy, isAsync: false))
      ).result
    }
    #expect(copy(shadow, count: 64, offset: 0) == ErrorCode.success)
    #expect(copy(shadow, count: 60, offset: 8) == ErrorCode.invalidValue)
    #expect(copy(shadow, count: 8, offset: .max) == ErrorCode.invalidValue)
    #expect(copy(shadow + 4, count: 8, offset: 0) == ErrorCode.invalidSymbol)
    #expect(copy(shadow, count: 8, offset: 0, kind: 2) == ErrorCode.invalidMemcpyDirection)
  }

  @Test func `a region of an array stays inside the array`() {
    let program = Program()
    let shape = ArrayShape(width: 8, height: 4, elementSize: 4)
    let array = program.call(.allocateArray(shape, handle: nil)).values[0]
    func copy(_ handle: Address, x: UInt64, y: UInt64, width: UInt64, height: UInt64) -> Int32 {
      program.call(
        .copy(
          Copy(
            destination: .array(handle, x: x, y: y, z: 0, xInBytes: true),
            source: .pitched(Self.host, pitch: 64, sliceHeight: height),
            extent: Copy.Extent(width: width, height: height, dimensions: 2), kind: 1, stream: .legacy,
            isAsync: false))
      ).result
    }
    #expect(copy(array, x: 0, y: 0, width: 32, height: 4) == ErrorCode.success)
    #expect(copy(array, x: 4, y: 0, width: 32, height: 4) == ErrorCode.invalidValue)
    #expect(copy(array, x: 0, y: 1, width: 32, height: 4) == ErrorCode.invalidValue)
    #expect(copy(array + 1, x: 0, y: 0, width: 4, height: 1) == ErrorCode.invalidResourceHandle)
    program.call(.free(array, .array))
    #expect(copy(array, x: 0, y: 0, width: 4, height: 1) == ErrorCode.contextIsDestroyed)
  }

  @Test func `a 3D batch counts in elements of the array, and zero lengths are packed`() {
    let program = Program()
    let stream = program.stream()
    let d = program.malloc(4 * 8 * 4)
    let shape = ArrayShape(width: 8, height: 4, elementSize: 4)
    let array = program.call(.allocateArray(shape, handle: nil)).values[0]
    func copy(
      _ width: UInt64, _ height: UInt64, rowLength: UInt64 = 0, layerHeight: UInt64 = 0, order: Int32 = 1,
      depth: UInt64 = 1, stream: StreamReference
    ) -> Int32 {
      let copy = Copy(
        destination: .elements(d, rowLength: rowLength, layerHeight: layerHeight),
        source: .array(array, x: 0, y: 0, z: 0, xInBytes: false),
        extent: Copy.Extent(width: width, height: height, depth: depth, dimensions: 3), kind: nil,
        stream: stream, isAsync: true, sourceAccessOrder: order)
      return program.call(.copyBatch([copy], stream: stream)).result
    }
    #expect(copy(8, 4, stream: stream) == ErrorCode.success)
    #expect(copy(9, 4, stream: stream) == ErrorCode.invalidValue)
    #expect(copy(4, 4, rowLength: 8, stream: stream) == ErrorCode.success)
    #expect(copy(4, 4, rowLength: 10, stream: stream) == ErrorCode.invalidValue)
    #expect(copy(4, 4, rowLength: 3, stream: stream) == ErrorCode.invalidValue, "not an invalid pitch")
    #expect(copy(8, 4, layerHeight: 3, stream: stream) == ErrorCode.invalidValue)
    #expect(copy(8, 4, order: 0, stream: stream) == ErrorCode.invalidValue)
    #expect(copy(8, 4, depth: 0, stream: stream) == ErrorCode.invalidValue)
    #expect(copy(8, 4, stream: .legacy) == ErrorCode.invalidValue)
  }

  @Test func `an array and a pointer for one operand are refused`() {
    let program = Program()
    let d = program.malloc(64)
    let copy = Copy(
      destination: .unusable(d), source: .pitched(Self.host, pitch: 8, sliceHeight: 1),
      extent: Copy.Extent(width: 8, dimensions: 3), kind: 1, stream: .legacy, isAsync: false)
    #expect(program.call(.copy(copy)).result == ErrorCode.invalidValue)
  }

  @Test func `a peer copy wants devices that exist`() {
    let program = Program()
    let (from, to) = (program.malloc(64), program.malloc(64))
    func copy(to destination: Int32, from source: Int32) -> Int32 {
      program.call(
        .copy(
          Copy(
            destination: .linear(to), source: .linear(from), extent: Copy.Extent(width: 64), kind: nil,
            stream: .legacy, isAsync: false, peers: Copy.Peers(destination: destination, source: source)))
      ).result
    }
    #expect(copy(to: 1, from: 0) == ErrorCode.success)
    #expect(copy(to: 2, from: 0) == ErrorCode.invalidDevice)
    #expect(copy(to: 0, from: -1) == ErrorCode.invalidDevice)
  }

  // MARK: Memory

  @Test func `each function frees memory of its own kind, once, by its start`() {
    let program = Program()
    let (d, h, m) = (program.malloc(64), program.malloc(64, .host), program.malloc(64, .managed))
    #expect(program.call(.free(d + 8, .device)).result == ErrorCode.invalidValue)
    #expect(program.call(.free(d, .host)).result == ErrorCode.invalidValue)
    #expect(program.call(.free(h, .device)).result == ErrorCode.invalidValue)
    #expect(program.call(.free(Self.host, .device)).result == ErrorCode.invalidValue)
    for (address, release) in [(d, Release.device), (h, .host), (m, .device)] {
      #expect(program.call(.free(address, release)).result == ErrorCode.success)
      #expect(program.call(.free(address, release)).result == ErrorCode.invalidValue)
    }
  }

  @Test func `freeing null succeeds, but not in stream order`() {
    let program = Program()
    for release in [Release.device, .host, .array] {
      #expect(program.call(.free(0, release)).result == ErrorCode.success)
    }
    #expect(program.call(.free(0, .async(.legacy))).result == ErrorCode.invalidValue)
  }

  @Test func `registration knows overlap, twice and interior pointers`() {
    let program = Program()
    func register(_ start: Address, _ count: UInt64) -> Int32 {
      program.call(.register(ByteRange(start: start, count: count), flags: 0)).result
    }
    #expect(register(0, 4096) == ErrorCode.invalidValue)
    #expect(register(Self.host, 0) == ErrorCode.invalidValue)
    #expect(register(Self.host, 4096) == ErrorCode.success)
    #expect(register(Self.host + 4095, 4096) == ErrorCode.hostMemoryAlreadyRegistered)
    #expect(program.call(.unregister(0)).result == ErrorCode.invalidValue)
    #expect(program.call(.unregister(Self.host + 1)).result == ErrorCode.hostMemoryNotRegistered)
    #expect(program.call(.free(Self.host, .host)).result == ErrorCode.invalidValue)
    #expect(program.call(.unregister(Self.host)).result == ErrorCode.success)
    #expect(program.call(.unregister(Self.host)).result == ErrorCode.hostMemoryNotRegistered)
  }

  @Test func `memory that is not there is error 2, and asking for none gives null`() {
    let program = Program()
    #expect(program.malloc(0) == 0)
    program.backing.isFull = true
    let outcome = program.call(.allocate(Allocation(kind: .device, size: 64)))
    #expect(outcome.result == ErrorCode.memoryAllocation)
    #expect(program.call(.takeLastError).result == ErrorCode.memoryAllocation)
  }

  // MARK: Handles, devices, launches

  @Test func `a handle that was never made is 400, one that was destroyed 709`() {
    let program = Program()
    let (stream, event) = (program.stream(), program.event())
    #expect(program.call(.synchronizeStream(.created(0x99))).result == ErrorCode.invalidResourceHandle)
    #expect(program.call(.synchronizeEvent(0)).result == ErrorCode.invalidResourceHandle)
    program.call(.destroyStream(stream))
    program.call(.destroyEvent(event))
    let d = program.malloc(8)
    #expect(program.copy(d, Self.host, 8, kind: 1, stream: stream) == ErrorCode.contextIsDestroyed)
    #expect(program.call(.destroyEvent(event)).result == ErrorCode.contextIsDestroyed)
    #expect(program.call(.destroyStream(.legacy)).result == ErrorCode.invalidResourceHandle)
  }

  @Test func `an event is recorded only in a stream of its own device`() {
    let program = Program()
    let event = program.event()
    program.call(.setDevice(1))
    let other = program.stream()
    let record = Operation.recordEvent(event, stream: other, flags: 0)
    #expect(program.call(record).result == ErrorCode.invalidResourceHandle)
    #expect(program.call(.streamWaitEvent(other, event: event, flags: 0)).result == ErrorCode.success)
  }

  @Test func `an interprocess event cannot measure time`() {
    let program = Program()
    #expect(program.call(.createEvent(handle: nil, flags: 4)).result == ErrorCode.invalidValue)
    #expect(program.call(.createEvent(handle: nil, flags: 6)).result == ErrorCode.success)
  }

  @Test func `devices and peers outside the machine are refused`() {
    let program = Program()
    #expect(program.call(.setDevice(2)).result == ErrorCode.invalidDevice)
    #expect(program.call(.enablePeer(0)).result == ErrorCode.invalidDevice)
    #expect(program.call(.enablePeer(1)).result == ErrorCode.success)
    #expect(program.call(.enablePeer(1)).result == ErrorCode.peerAccessAlreadyEnabled)
    #expect(program.call(.disablePeer(1)).result == ErrorCode.success)
    #expect(program.call(.disablePeer(1)).result == ErrorCode.peerAccessNotEnabled)
  }

  @Test func `a launch wants a kernel, a grid and at most 1024 threads`() {
    let program = Program()
    func launch(_ kernel: Address, _ grid: Launch.Dimensions, _ block: Launch.Dimensions) -> Int32 {
      program.call(
        .launch(
          Launch(
            kernel: kernel, grid: grid, block: block, sharedMemory: 0, stream: .legacy, pointers: nil))
      ).result
    }
    #expect(launch(0x40, .init(1, 1, 1), .init(32, 32, 1)) == ErrorCode.success)
    #expect(launch(0, .init(1, 1, 1), .init(1, 1, 1)) == ErrorCode.invalidDeviceFunction)
    #expect(launch(0x40, .init(1, 0, 1), .init(1, 1, 1)) == ErrorCode.invalidConfiguration)
    #expect(launch(0x40, .init(1, 1, 1), .init(33, 32, 1)) == ErrorCode.invalidConfiguration)
    #expect(launch(0x40, .init(1, 1, 1), .init(.max, .max, .max)) == ErrorCode.invalidConfiguration)
  }

  // MARK: The last error

  @Test func `the last error belongs to its thread; taking it clears it, looking does not`() {
    let program = Program()
    program.call(.free(0x99, .device))
    #expect(program.call(.peekLastError).result == ErrorCode.invalidValue)
    program.thread = 2
    #expect(program.call(.takeLastError).result == ErrorCode.success)
    program.thread = 1
    #expect(program.call(.takeLastError).result == ErrorCode.invalidValue)
    #expect(program.call(.takeLastError).result == ErrorCode.success)
  }

  @Test func `a success in between does not clear the last error, and not ready is not kept`() {
    let program = Program()
    let stream = program.stream()
    let (d, h) = (program.malloc(8), program.malloc(8, .host))
    program.copy(d, h, 8, stream: stream)
    #expect(program.call(.queryStream(stream)).result == ErrorCode.notReady)
    #expect(program.call(.peekLastError).result == ErrorCode.success)
    program.call(.setDevice(9))
    program.call(.synchronizeDevice)
    #expect(program.call(.takeLastError).result == ErrorCode.invalidDevice)
  }
}
