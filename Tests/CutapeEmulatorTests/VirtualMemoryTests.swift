import CutapeEmulator
import CutapeTrace
import Testing

/// Virtual memory, with real bytes.
@Suite("virtual memory")
struct VirtualMemoryTests {
  private static let granule = Emulator.mappingGranularity
  private let backing = LiveBacking(deviceCount: 2, memoryPerDevice: 8 * granule)
  private let emulator: Emulator
  private let caller = Caller(thread: 1, number: 1)

  init() { emulator = Emulator(backing: backing, deviceCount: 2) }

  @discardableResult
  private func call(_ call: VirtualMemoryCall) -> Outcome {
    emulator.perform(.virtualMemory(call), by: caller)
  }

  private func reserve(_ granules: UInt64) -> Address {
    call(.reserve(bytes: granules * Self.granule, alignment: 0, address: nil)).values.first ?? 0
  }

  private func create(_ granules: UInt64 = 1, device: Int32 = 0) -> Address {
    call(.create(bytes: granules * Self.granule, MemoryLocation(device: device), handle: nil)).values.first
      ?? 0
  }

  private func range(_ start: Address, _ granules: UInt64 = 1) -> ByteRange {
    ByteRange(start: start, count: granules * Self.granule)
  }

  /// Maps memory, and lets device 0 use it.
  private func map(_ address: Address, _ handle: Address, granules: UInt64 = 1) {
    #expect(call(.map(range(address, granules), offset: 0, handle: handle)).result == ErrorCode.success)
    let access = PoolCall.Access(location: MemoryLocation(device: 0), flags: 3)
    #expect(call(.setAccess(range(address, granules), [access])).result == ErrorCode.success)
  }

  private func copy(_ copy: Copy) -> Int32 { emulator.perform(.copy(copy), by: caller).result }

  private func write(_ bytes: [UInt8], to address: Address) -> Int32 {
    bytes.withUnsafeBytes { buffer in
      copy(
        Copy(
          destination: .linear(address), source: .linear(Address(UInt(bitPattern: buffer.baseAddress))),
          extent: .init(width: UInt64(bytes.count)), kind: 1, stream: .legacy, isAsync: false))
    }
  }

  private func read(_ count: Int, at address: Address) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    let result = bytes.withUnsafeMutableBytes { buffer in
      copy(
        Copy(
          destination: .linear(Address(UInt(bitPattern: buffer.baseAddress))), source: .linear(address),
          extent: .init(width: UInt64(count)), kind: 2, stream: .legacy, isAsync: false))
    }
    return result == ErrorCode.success ? bytes : []
  }

  @Test func `memory is used where it is mapped and somebody may touch it`() {
    let address = reserve(2)
    let handle = create()
    #expect(address % Self.granule == 0)
    #expect(write([1], to: address) == ErrorCode.invalidValue)
    call(.map(range(address), offset: 0, handle: handle))
    #expect(write([1], to: address) == ErrorCode.invalidValue)
    call(.setAccess(range(address), [.init(location: MemoryLocation(device: 0), flags: 3)]))
    #expect(write([1, 2, 3], to: address + 5) == ErrorCode.success)
    #expect(read(3, at: address + 5) == [1, 2, 3])
    #expect(write([1, 2], to: address + Self.granule - 1) == ErrorCode.invalidValue)
    call(.unmap(range(address)))
    #expect(write([1], to: address) == ErrorCode.invalidValue)
  }

  @Test func `bytes stay with the memory, whatever its addresses`() {
    let address = reserve(3)
    let handle = create()
    map(address, handle)
    map(address + Self.granule, handle)
    #expect(write([7, 8], to: address + 100) == ErrorCode.success)
    #expect(read(2, at: address + Self.granule + 100) == [7, 8])
    call(.unmap(range(address, 2)))
    map(address + 2 * Self.granule, handle)
    #expect(read(2, at: address + 2 * Self.granule + 100) == [7, 8])
  }

  @Test func `mappings that follow each other are one block`() {
    let address = reserve(2)
    map(address, create())
    map(address + Self.granule, create(device: 1))
    let bytes = (0..<100).map { UInt8($0) }
    #expect(write(bytes, to: address + Self.granule - 30) == ErrorCode.success)
    #expect(read(100, at: address + Self.granule - 30) == bytes)
    #expect(read(70, at: address + Self.granule) == Array(bytes[30...]))
    let fill = Fill(
      destination: .linear(address + Self.granule - 2), extent: .init(width: 4), value: 9, stream: .legacy,
      isAsync: false)
    #expect(emulator.perform(.fill(fill), by: caller).result == ErrorCode.success)
    #expect(read(6, at: address + Self.granule - 3) == [27, 9, 9, 9, 9, 32])
  }

  @Test func `rows are divided where mappings are`() {
    let address = reserve(2)
    map(address, create())
    map(address + Self.granule, create())
    for (pitch, rows) in [(UInt64(64), UInt64(4)), (16, 9), (50, 1)] {
      let width: UInt64 = 16
      let start = address + Self.granule - 100
      #expect(write([UInt8](repeating: 0, count: 700), to: start) == ErrorCode.success)
      var source = (0..<UInt8(rows * width)).map { $0 + 1 }
      let result = source.withUnsafeMutableBytes { buffer in
        copy(
          Copy(
            destination: .pitched(start, pitch: pitch, sliceHeight: 0),
            source: .pitched(Address(UInt(bitPattern: buffer.baseAddress)), pitch: width, sliceHeight: 0),
            extent: .init(width: width, height: rows, dimensions: 2), kind: 1, stream: .legacy, isAsync: false
          ))
      }
      #expect(result == ErrorCode.success)
      var expected = [UInt8](repeating: 0, count: 700)
      for index in source.indices {
        expected[index / Int(width) * Int(pitch) + index % Int(width)] = source[index]
      }
      #expect(read(700, at: start) == expected, "pitch \(pitch)")
    }
  }

  @Test func `the parts of rows in several mappings are all of their bytes, each once`() {
    let address = reserve(3)
    for index in 0..<3 as Range<UInt64> { map(address + index * Self.granule, create()) }
    for (width, rows, pitch, slices, slicePitch) in [
      (100, 1, 100, 1, 100), (3 * Self.granule - 200, 1, 0, 1, 0), (16, 5000, 1000, 1, 0),
      (700, 3, 1000, 900, 5000), (16, 1, 16, 5000, 1000), (64, 64, 64, 1000, 4096),
    ] as [(UInt64, UInt64, UInt64, UInt64, UInt64)] {
      let rows = Footprint(
        object: nil, memory: .device, start: address + Self.granule - 50, width: width, rows: rows,
        pitch: pitch, slices: slices, slicePitch: slices == 1 ? nil : slicePitch)
      guard let end = rows.end, end <= address + 3 * Self.granule else { continue }
      var wanted = 0
      var found = 0
      var places = Set<UInt64>()
      rows.forEachRow { start in
        wanted += Int(rows.width)
        places.formUnion([start, start + rows.width - 1])
      }
      for piece in emulator.pieces(ofMapped: rows) {
        #expect((piece.end ?? .max) <= Self.granule)
        piece.forEachRow { _ in found += Int(piece.width) }
      }
      #expect(found == wanted, "\(rows)")
    }
  }

  @Test func `memory is freed when nothing refers to it, and comes out of that of its device`() {
    let address = reserve(4)
    let handle = create(3)
    #expect(backing.freeMemory(of: 0) == 5 * Self.granule)
    map(address, handle, granules: 3)
    #expect(call(.retain(at: address + 9, handle: nil)).values == [handle])
    #expect(call(.release(handle)).result == ErrorCode.success)
    #expect(call(.release(handle)).result == ErrorCode.success)
    #expect(call(.release(handle)).result == ErrorCode.invalidValue)
    #expect(backing.freeMemory(of: 0) == 5 * Self.granule)
    #expect(call(.freeReservation(range(address, 4))).result == ErrorCode.invalidValue)
    #expect(call(.unmap(range(address, 3))).result == ErrorCode.success)
    #expect(backing.freeMemory(of: 0) == 8 * Self.granule)
    #expect(call(.freeReservation(range(address, 4))).result == ErrorCode.success)
    #expect(
      call(.create(bytes: 9 * Self.granule, MemoryLocation(device: 0), handle: nil)).result
        == ErrorCode.memoryAllocation)
  }

  @Test func `what cannot be is refused`() {
    let address = reserve(2)
    let handle = create()
    let device = MemoryLocation(device: 0)
    let codes: [(VirtualMemoryCall, Int32)] = [
      (.reserve(bytes: 4096, alignment: 0, address: nil), ErrorCode.invalidValue),
      (.reserve(bytes: Self.granule, alignment: 3, address: nil), ErrorCode.invalidValue),
      (.create(bytes: 0, device, handle: nil), ErrorCode.invalidValue),
      (.create(bytes: 4096, device, handle: nil), ErrorCode.invalidValue),
      (.create(bytes: Self.granule, MemoryLocation(device: 7), handle: nil), ErrorCode.invalidDevice),
      (.create(bytes: Self.granule, MemoryLocation(type: 2, id: 0), handle: nil), ErrorCode.notSupported),
      (.importMemory(handle: nil), ErrorCode.notSupported),
      (.map(range(address, 2), offset: 0, handle: handle), ErrorCode.invalidValue),
      (.map(range(address), offset: 4096, handle: handle), ErrorCode.invalidValue),
      (.map(range(address + 4096), offset: 0, handle: handle), ErrorCode.invalidValue),
      (.map(range(address + 2 * Self.granule), offset: 0, handle: handle), ErrorCode.invalidValue),
      (.map(range(address), offset: 0, handle: 0x99), ErrorCode.invalidValue),
      (.unmap(range(address)), ErrorCode.invalidValue),
      (.setAccess(range(address), [.init(location: device, flags: 3)]), ErrorCode.invalidValue),
      (.retain(at: address, handle: nil), ErrorCode.invalidValue),
      (.freeReservation(range(address)), ErrorCode.invalidValue),
    ]
    for (wrong, code) in codes { #expect(call(wrong).result == code, "\(wrong)") }
    map(address, handle)
    #expect(call(.map(range(address), offset: 0, handle: handle)).result == ErrorCode.invalidValue)
    #expect(call(.unmap(range(address, 2))).result == ErrorCode.invalidValue)
    #expect(
      call(.setAccess(range(address), [.init(location: device, flags: 7)])).result == ErrorCode.invalidValue)
    #expect(emulator.perform(.free(address, .device), by: caller).result == ErrorCode.invalidValue)
  }
}
