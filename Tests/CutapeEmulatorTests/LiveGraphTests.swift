import CutapeEmulator
import CutapeTrace
import Testing

/// Launches of graphs move real bytes.
@Suite("live graphs")
struct LiveGraphTests {
  private let backing = LiveBacking(deviceCount: 2, memoryPerDevice: 1 << 30)
  private let emulator: Emulator
  private let caller = Caller(thread: 1, number: 1)
  private let stream: StreamReference
  private let host: UnsafeMutableRawBufferPointer

  init() {
    emulator = Emulator(backing: backing, deviceCount: 2)
    let created = emulator.perform(.createStream(handle: nil, flags: 1, priority: 0), by: caller)
    stream = .created(created.values[0])
    let pinned = emulator.perform(.allocate(Allocation(kind: .host, size: 128)), by: caller).values[0]
    host = UnsafeMutableRawBufferPointer(start: UnsafeMutableRawPointer(bitPattern: UInt(pinned)), count: 128)
  }

  private var from: Address { Address(UInt(bitPattern: host.baseAddress)) }
  private var to: Address { from + 64 }

  @discardableResult
  private func call(_ operation: Operation) -> UInt64 {
    let outcome = emulator.perform(operation, by: caller)
    #expect(outcome.result == ErrorCode.success)
    return outcome.values.first ?? 0
  }

  private func copy(_ destination: Address, _ source: Address) {
    call(.copy(Program.copying(destination, source, 64, stream: stream)))
  }

  /// Launches with the source all `value`; what arrives.
  private func launch(_ exec: Address, _ value: UInt8) -> [UInt8] {
    for index in 0..<64 { host[index] = value }
    for index in 64..<128 { host[index] = 0 }
    call(.graph(.launch(exec: exec, stream)))
    #expect(host[64] == 0, "nothing has forced the launch")
    call(.synchronizeStream(stream))
    return Array(host[64...])
  }

  @Test func `each launch of a captured pipeline reads what its source holds then`() {
    let d = call(.allocate(Allocation(kind: .device, size: 64)))
    call(.capture(.begin(stream, mode: CaptureState.global)))
    copy(d, from)
    copy(to, d)
    let exec = call(.graph(.instantiate(call(.capture(.end(stream, graph: nil))), flags: 0, handle: nil)))
    for value in [7, 8] as [UInt8] {
      #expect(launch(exec, value) == Array(repeating: value, count: 64))
    }
  }

  @Test func `memory of a graph has bytes while it is allocated, and goes with the graph`() {
    let before = backing.freeMemory(of: 0)
    call(.capture(.begin(stream, mode: CaptureState.global)))
    let d = call(.allocate(Allocation(kind: .async, size: 64, stream: stream)))
    copy(d, from)
    copy(to, d)
    let graph = call(.capture(.end(stream, graph: nil)))
    let exec = call(.graph(.instantiate(graph, flags: 0, handle: nil)))
    for value in [7, 8] as [UInt8] {
      #expect(launch(exec, value) == Array(repeating: value, count: 64))
      copy(to, d)
      call(.free(d, .async(stream)))
    }
    call(.graph(.launch(exec: exec, stream)))
    call(.graph(.destroyExec(exec)))
    call(.graph(.destroy(graph)))
    #expect(backing.freeMemory(of: 0) == before - 512, "what a launch left allocated outlives the graph")
    call(.free(d, .device))
    #expect(backing.freeMemory(of: 0) == before)
  }
}
