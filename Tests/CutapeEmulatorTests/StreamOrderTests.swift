import CutapeEmulator
import CutapeTrace
import Testing

/// What runs when, and in which order: the reference's sections 2.2, 2.3 and 2.4.
@Suite("the order of work")
struct StreamOrderTests {
  private let program = Program()

  /// A pinned host buffer and a device buffer for each of `names`.
  private func buffers(_ count: Int) -> (host: Address, device: [Address]) {
    (program.malloc(64, .host), (0..<count).map { _ in program.malloc(64) })
  }

  private func upload(_ device: Address, _ host: Address, _ stream: StreamReference?) {
    program.copy(device, host, 64, kind: 1, stream: stream)
  }

  /// The names of the objects that were written, in order.
  private var ran: [String] {
    program.backing.ran.map { $0.object.flatMap { program.emulator.space.object($0)?.name } ?? "host" }
  }

  @Test func `an asynchronous copy waits until its stream is synchronised`() {
    let (h, d) = buffers(1)
    let stream = program.stream()
    upload(d[0], h, stream)
    #expect(ran == [])
    program.call(.synchronizeStream(stream))
    #expect(ran == ["d1"])
  }

  @Test func `synchronising one stream leaves the work of another`() {
    let (h, d) = buffers(2)
    let (s, t) = (program.stream(), program.stream())
    upload(d[0], h, s)
    upload(d[1], h, t)
    program.call(.synchronizeStream(t))
    #expect(ran == ["d2"])
    program.call(.synchronizeDevice)
    #expect(ran == ["d2", "d1"])
  }

  @Test func `a wait brings in what the event captured, and nothing that was queued later`() {
    let (h, d) = buffers(3)
    let (s, t, event) = (program.stream(), program.stream(), program.event())
    upload(d[0], h, s)
    program.call(.recordEvent(event, stream: s, flags: 0))
    upload(d[1], h, s)
    program.call(.streamWaitEvent(t, event: event, flags: 0))
    upload(d[2], h, t)
    program.call(.synchronizeStream(t))
    #expect(ran == ["d1", "d3"])
  }

  @Test func `a wait keeps the record that it saw when the event is recorded again`() {
    let (h, d) = buffers(3)
    let (s, t, event) = (program.stream(), program.stream(), program.event())
    upload(d[0], h, s)
    program.call(.recordEvent(event, stream: s, flags: 0))
    program.call(.streamWaitEvent(t, event: event, flags: 0))
    upload(d[1], h, s)
    program.call(.recordEvent(event, stream: s, flags: 0))
    upload(d[2], h, t)
    program.call(.synchronizeStream(t))
    #expect(ran == ["d1", "d3"])
    program.call(.synchronizeEvent(event))
    #expect(ran == ["d1", "d3", "d2"])
  }

  @Test func `an event that was never recorded holds nobody up and is ready`() {
    let (h, d) = buffers(1)
    let (s, event) = (program.stream(), program.event())
    #expect(program.call(.queryEvent(event)).result == ErrorCode.success)
    program.call(.streamWaitEvent(s, event: event, flags: 0))
    upload(d[0], h, s)
    program.call(.synchronizeStream(s))
    #expect(ran == ["d1"])
  }

  @Test func `an event outlives the stream that it was recorded in`() {
    let (h, d) = buffers(1)
    let (s, event) = (program.stream(), program.event())
    upload(d[0], h, s)
    program.call(.recordEvent(event, stream: s, flags: 0))
    program.call(.destroyStream(s))
    #expect(ran == [], "destroying a stream does not wait")
    program.call(.synchronizeEvent(event))
    #expect(ran == ["d1"])
  }

  @Test func `the legacy stream waits for blocking streams and they wait for it`() {
    let (h, d) = buffers(3)
    let (s, t) = (program.stream(), program.stream())
    upload(d[0], h, s)
    upload(d[1], h, .legacy)
    upload(d[2], h, t)
    program.call(.synchronizeStream(t))
    #expect(ran == ["d1", "d2", "d3"])
  }

  @Test func `a non-blocking stream and the legacy stream do not know each other`() {
    let (h, d) = buffers(3)
    let (s, t) = (program.stream(nonBlocking: true), program.stream(nonBlocking: true))
    upload(d[0], h, s)
    upload(d[1], h, .legacy)
    upload(d[2], h, t)
    program.call(.synchronizeStream(t))
    #expect(ran == ["d3"])
    program.call(.synchronizeStream(.legacy))
    #expect(ran == ["d3", "d2"])
  }

  @Test func `a per-thread stream is a blocking stream of its own thread`() {
    let (h, d) = buffers(3)
    upload(d[0], h, .perThread)
    program.thread = 2
    upload(d[1], h, .perThread)
    program.call(.synchronizeStream(.perThread))
    #expect(ran == ["d2"])
    upload(d[2], h, .legacy)
    program.call(.synchronizeStream(.perThread))
    #expect(ran == ["d2"], "work in the legacy stream comes after that of the stream")
    program.call(.synchronizeStream(.legacy))
    #expect(ran == ["d2", "d1", "d3"])
  }

  @Test func `synchronising the legacy stream covers blocking streams though nothing was queued in it`() {
    let (h, d) = buffers(2)
    let (s, t) = (program.stream(), program.stream(nonBlocking: true))
    upload(d[0], h, s)
    upload(d[1], h, t)
    program.call(.synchronizeStream(.legacy))
    #expect(ran == ["d1"])
  }

  @Test func `a record in the legacy stream captures the blocking streams`() {
    let (h, d) = buffers(1)
    let (s, event) = (program.stream(), program.event())
    upload(d[0], h, s)
    program.call(.recordEvent(event, stream: .legacy, flags: 0))
    program.call(.synchronizeEvent(event))
    #expect(ran == ["d1"])
  }

  @Test func `a synchronous download runs what the legacy stream waits for`() {
    let (h, d) = buffers(2)
    let s = program.stream()
    upload(d[0], h, s)
    program.copy(h, d[1], 64, kind: 2)
    #expect(ran == ["d1", "h1"])
  }

  @Test func `a synchronous copy between device buffers does not wait`() {
    let (_, d) = buffers(2)
    program.copy(d[1], d[0], 64, kind: 3)
    #expect(ran == [])
  }

  @Test func `each device has a legacy stream of its own`() {
    let (h, d) = buffers(2)
    let s = program.stream()
    upload(d[0], h, s)
    program.call(.setDevice(1))
    upload(d[1], h, .legacy)
    program.call(.synchronizeDevice)
    #expect(ran == ["d2"])
  }

  @Test func `freeing device memory waits for the device, freeing it in stream order does not`() {
    let (h, d) = buffers(1)
    let async = program.call(.allocate(Allocation(kind: .async, size: 64, stream: .legacy))).values[0]
    let s = program.stream()
    upload(d[0], h, s)
    program.call(.free(async, .async(s)))
    #expect(ran == [])
    #expect(program.backing.discarded == [], "the bytes stay until the stream comes to the free")
    program.call(.free(d[0], .device))
    #expect(ran == ["d1"])
    #expect(program.backing.discarded == ["d2", "d1"])
  }

  @Test func `a query says not ready once, and a loop on it ends`() {
    let (h, d) = buffers(2)
    let (s, event) = (program.stream(), program.event())
    upload(d[0], h, s)
    program.call(.recordEvent(event, stream: s, flags: 0))
    #expect(program.call(.queryEvent(event)).result == ErrorCode.notReady)
    #expect(ran == [])
    #expect(program.call(.queryEvent(event)).result == ErrorCode.success)
    #expect(ran == ["d1"], "success is as good as a synchronisation")
    upload(d[1], h, s)
    #expect(program.call(.queryStream(s)).result == ErrorCode.notReady)
    #expect(program.call(.queryStream(s)).result == ErrorCode.success)
    #expect(ran == ["d1", "d2"])
  }

  @Test func `host functions run in their place in the stream`() {
    let (h, d) = buffers(1)
    let s = program.stream()
    upload(d[0], h, s)
    program.call(.hostFunction(callback: 0x123, userData: 0, stream: s))
    #expect(program.backing.calledHost == [])
    #expect(program.emulator.hasPendingHostFunction)
    program.emulator.runHostFunctions()
    #expect(ran == ["d1"])
    #expect(program.backing.calledHost == [0x123])
    #expect(!program.emulator.hasPendingHostFunction)
  }

  @Test func `a peer copy comes after the work of both devices and before what follows`() {
    let (h, d) = buffers(3)
    let s = program.stream(nonBlocking: true)
    upload(d[0], h, s)
    program.call(
      .copy(
        Copy(
          destination: .linear(d[1]), source: .linear(d[0]), extent: Copy.Extent(width: 64), kind: nil,
          stream: .legacy, isAsync: false, peers: Copy.Peers(destination: 1, source: 0))))
    #expect(ran == [])
    upload(d[2], h, s)
    program.call(.synchronizeStream(s))
    #expect(ran == ["d1", "d2", "d3"])
  }

  @Test func `elapsed time wants two records that are done and measure time`() {
    let (h, d) = buffers(1)
    let (s, first, last) = (program.stream(), program.event(), program.event())
    let elapsed = Operation.elapsedTime(start: first, end: last)
    #expect(program.call(elapsed).result == ErrorCode.invalidResourceHandle)
    program.call(.recordEvent(first, stream: s, flags: 0))
    upload(d[0], h, s)
    program.call(.recordEvent(last, stream: s, flags: 0))
    #expect(program.call(elapsed).result == ErrorCode.notReady)
    program.call(.synchronizeEvent(last))
    let outcome = program.call(elapsed)
    #expect(outcome.result == ErrorCode.success)
    #expect(Float(bitPattern: UInt32(outcome.values[0])) > 0)
    let untimed = program.event(flags: EventState.disableTiming)
    program.call(.recordEvent(untimed, stream: s, flags: 0))
    let mixed = Operation.elapsedTime(start: first, end: untimed)
    #expect(program.call(mixed).result == ErrorCode.invalidResourceHandle)
  }

  @Test func `a hundred thousand queued copies, and a chain of as many waits, are a loop and not a stack`() {
    let (h, d) = buffers(1)
    let count = 100_000
    let streams = [program.stream(), program.stream()]
    let event = program.event()
    for index in 0..<count {
      upload(d[0], h, streams[index % 2])
      program.call(.recordEvent(event, stream: streams[index % 2], flags: 0))
      program.call(.streamWaitEvent(streams[(index + 1) % 2], event: event, flags: 0))
    }
    program.call(.synchronizeStream(streams[count % 2]))
    #expect(program.backing.ran.count == count)
  }
}
