import CutapeEmulator
import CutapeTrace
import Glibc
import Testing

/// A live run: real addresses and real bytes.
@Suite("the live backing")
struct LiveBackingTests {
  private let backing: LiveBacking
  private let emulator: Emulator
  private let caller = Caller(thread: 1, number: 1)

  init() {
    backing = LiveBacking(deviceCount: 2, memoryPerDevice: 1 << 30)
    emulator = Emulator(backing: backing, deviceCount: 2)
  }

  private func allocate(_ size: UInt64, _ kind: Allocation.Kind = .device) -> Address {
    let allocation = Allocation(kind: kind, size: size, flags: kind == .managed ? 1 : 0)
    return emulator.perform(.allocate(allocation), by: caller).values.first ?? 0
  }

  private func copy(
    _ destination: Address, _ source: Address, _ count: UInt64, stream: StreamReference? = nil
  ) {
    let copy = Copy(
      destination: .linear(destination), source: .linear(source), extent: Copy.Extent(width: count), kind: 4,
      stream: stream ?? .legacy, isAsync: stream != nil)
    #expect(emulator.perform(.copy(copy), by: caller).result == ErrorCode.success)
  }

  private func address(_ buffer: UnsafeMutableBufferPointer<UInt8>) -> Address {
    Address(UInt(bitPattern: buffer.baseAddress))
  }

  private func withBuffer(_ count: Int, _ body: (UnsafeMutableBufferPointer<UInt8>) -> Void) {
    let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: count)
    buffer.initialize(repeating: 0)
    defer { buffer.deallocate() }
    body(buffer)
  }

  @Test func `bytes come back as they went in, in small and in large memory`() {
    for size in [1, 255, 65_536, 65_537, 1_000_003] {
      withBuffer(size) { buffer in
        for index in 0..<size { buffer[index] = UInt8(truncatingIfNeeded: index &* 31) }
        let d = allocate(UInt64(size))
        copy(d, address(buffer), UInt64(size))
        buffer.update(repeating: 0)
        copy(address(buffer), d, UInt64(size))
        #expect((0..<size).allSatisfy { buffer[$0] == UInt8(truncatingIfNeeded: $0 &* 31) })
      }
    }
  }

  @Test func `device memory that nothing wrote is neither zero nor what was there before`() {
    withBuffer(200_000) { buffer in
      let d = allocate(200_000)
      copy(d + 70_000, address(buffer), 1000)
      copy(address(buffer), d, 200_000)
      #expect(
        buffer[0] == 0xcb && buffer[69_999] == 0xcb && buffer[71_000] == 0xcb && buffer[199_999] == 0xcb)
      #expect(buffer[70_000..<71_000].allSatisfy { $0 == 0 })
    }
  }

  @Test func `a device address is aligned, and the host cannot read it`() throws {
    let d = allocate(3)
    #expect(d % 512 == 0)
    // write(2) reads the memory for us: EFAULT where a load would fault.
    var pipe: [Int32] = [0, 0]
    try #require(Glibc.pipe(&pipe) == 0)
    defer { for end in pipe { close(end) } }
    #expect(write(pipe[1], UnsafeRawPointer(bitPattern: UInt(d)), 1) == -1)
    #expect(errno == EFAULT)
    let h = allocate(3, .host)
    #expect(write(pipe[1], UnsafeRawPointer(bitPattern: UInt(h)), 1) == 1)
    #expect(emulator.perform(.free(h, .host), by: caller).result == ErrorCode.success)
    #expect(write(pipe[1], UnsafeRawPointer(bitPattern: UInt(h)), 1) == -1)
  }

  @Test func `a device runs out of memory, and gets it back`() {
    let d = allocate(1 << 29)
    #expect(d != 0)
    #expect(backing.freeMemory(of: 0) == 1 << 29)
    #expect(allocate(1 << 30) == 0)
    #expect(emulator.lastError(of: caller) == ErrorCode.memoryAllocation)
    #expect(emulator.perform(.free(d, .device), by: caller).result == ErrorCode.success)
    #expect(backing.freeMemory(of: 0) == 1 << 30)
    #expect(allocate(.max) == 0)
  }

  @Test func `a download in another stream without an edge misses the upload, with one it does not`() {
    withBuffer(64) { buffer in
      buffer.update(repeating: 7)
      let streams = (0..<2).map { _ in
        let created = emulator.perform(.createStream(handle: nil, flags: 1, priority: 0), by: caller)
        return StreamReference.created(created.values[0])
      }
      let (h, back, d) = (allocate(64, .host), allocate(64, .host), allocate(64))
      let result = UnsafeRawBufferPointer(start: UnsafeRawPointer(bitPattern: UInt(back)), count: 64)
      copy(h, address(buffer), 64)
      copy(d, h, 64, stream: streams[0])
      copy(back, d, 64, stream: streams[1])
      _ = emulator.perform(.synchronizeStream(streams[1]), by: caller)
      #expect(result.allSatisfy { $0 == 0xcb })
      _ = emulator.perform(.synchronizeStream(streams[0]), by: caller)
      copy(back, d, 64, stream: streams[1])
      _ = emulator.perform(.synchronizeStream(streams[1]), by: caller)
      #expect(result.allSatisfy { $0 == 7 })
    }
  }

  @Test func `a pageable upload is staged at the call, a pinned one is read when it runs`() {
    withBuffer(64) { buffer in
      let created = emulator.perform(.createStream(handle: nil, flags: 1, priority: 0), by: caller)
      let stream = StreamReference.created(created.values[0])
      let (h, first, second) = (allocate(64, .host), allocate(64), allocate(64))
      let pinned = UnsafeMutableRawBufferPointer(
        start: UnsafeMutableRawPointer(bitPattern: UInt(h)), count: 64)
      copy(first, address(buffer), 64, stream: stream)
      copy(second, h, 64, stream: stream)
      buffer.update(repeating: 9)
      for index in 0..<64 { pinned[index] = 9 }
      copy(address(buffer), first, 64, stream: stream)
      #expect(buffer[0] == 0)
      copy(address(buffer), second, 64, stream: stream)
      #expect(buffer[0] == 9)
    }
  }

  @Test func `a batch reads a pinned source as its access order says`() {
    withBuffer(64) { buffer in
      let created = emulator.perform(.createStream(handle: nil, flags: 1, priority: 0), by: caller)
      let stream = StreamReference.created(created.values[0])
      let (h, first, second) = (allocate(64, .host), allocate(64), allocate(64))
      let pinned = UnsafeMutableRawBufferPointer(
        start: UnsafeMutableRawPointer(bitPattern: UInt(h)), count: 64)
      let inStreamOrder: Int32 = 1
      for (target, order) in [(first, Copy.duringApiCall), (second, inStreamOrder)] {
        let entry = Copy(
          destination: .linear(target), source: .linear(h), extent: Copy.Extent(width: 64), kind: 4,
          stream: stream, isAsync: true, sourceAccessOrder: order)
        #expect(emulator.perform(.copyBatch([entry], stream: stream), by: caller).result == ErrorCode.success)
      }
      for index in 0..<64 { pinned[index] = 9 }
      copy(address(buffer), first, 64, stream: stream)
      #expect(buffer[0] == 0)
      copy(address(buffer), second, 64, stream: stream)
      #expect(buffer[0] == 9)
    }
  }

  @Test func `a 2D copy moves rows and leaves the gaps`() {
    withBuffer(100) { buffer in
      for index in 0..<100 { buffer[index] = UInt8(index) }
      let rows = Allocation.Rows(width: 10, count: 10)
      let pitched = emulator.perform(
        .allocate(Allocation(kind: .device, size: 0, rows: rows)), by: caller)
      #expect(pitched.values.count == 2 && pitched.values[1] == 512)
      let upload = Copy(
        destination: .pitched(pitched.values[0], pitch: 512, sliceHeight: 10),
        source: .pitched(address(buffer), pitch: 10, sliceHeight: 10),
        extent: Copy.Extent(width: 10, height: 10, dimensions: 2), kind: 1, stream: .legacy, isAsync: false)
      #expect(emulator.perform(.copy(upload), by: caller).result == ErrorCode.success)
      copy(address(buffer), pitched.values[0] + 512 * 9, 12)
      #expect(buffer[0] == 90 && buffer[9] == 99 && buffer[10] == 0xcb)
    }
  }

  @Test func `a queued copy survives a free in stream order that nothing orders with it`() {
    let streams = (0..<2).map { _ in
      let created = emulator.perform(.createStream(handle: nil, flags: 1, priority: 0), by: caller)
      return StreamReference.created(created.values[0])
    }
    let d = emulator.perform(
      .allocate(Allocation(kind: .async, size: 64, stream: streams[0])), by: caller
    ).values[0]
    let h = allocate(64, .host)
    copy(h, d, 64, stream: streams[0])
    #expect(emulator.perform(.free(d, .async(streams[1])), by: caller).result == ErrorCode.success)
    _ = emulator.perform(.synchronizeStream(streams[1]), by: caller)
    _ = emulator.perform(.synchronizeStream(streams[0]), by: caller)
    #expect(backing.freeMemory(of: 0) == 1 << 30)
  }
}
