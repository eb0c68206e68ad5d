import CutapeEmulator
import CutapeTrace
import Testing

/// Stream capture: what becomes a node, what is refused and what follows from it. The reference's section 2.5.
@Suite("stream capture")
struct CaptureTests {
  private let program = Program()

  private func begin(_ stream: StreamReference, mode: Int32 = CaptureState.global) {
    #expect(program.begin(stream, mode: mode) == ErrorCode.success)
  }

  // MARK: What is captured

  @Test func `captured calls execute nothing, and become nodes one behind the other`() {
    let (h, d, stream) = (program.malloc(64, .host), program.malloc(64), program.stream())
    begin(stream)
    program.copy(d, h, 64, stream: stream)
    #expect(program.emulator.isCaptured)
    let first = program.emulator.capturedNode
    program.fill(d, 64, stream: stream)
    #expect(program.emulator.capturedNode?.dependencies == first.map { [$0.id] })
    let graph = program.end(stream)
    #expect(graph.result == ErrorCode.success)
    #expect(program.emulator.graph(graph.values[0])?.nodes.map(\.action.type) == [1, 2])
    program.call(.synchronizeDevice)
    #expect(program.backing.ran.isEmpty)
    #expect(!program.emulator.isCaptured)
  }

  @Test func `a stream that does not capture goes on as ever`() {
    let (h, d) = (program.malloc(64, .host), program.malloc(64))
    let (stream, other) = (program.stream(), program.stream())
    begin(stream)
    program.copy(d, h, 64, stream: other)
    #expect(!program.emulator.isCaptured)
    #expect(program.end(stream).result == ErrorCode.success)
    #expect(program.call(.synchronizeStream(other)).result == ErrorCode.success)
    #expect(program.backing.ran.count == 1)
  }

  @Test func `a wait on a captured event makes a stream join, and its nodes come after the event`() {
    let (d, e) = (program.malloc(64), program.malloc(64))
    let (stream, other, event) = (program.stream(), program.stream(), program.event())
    begin(stream)
    program.fill(d, 64, stream: stream)
    program.call(.recordEvent(event, stream: stream, flags: 0))
    program.call(.streamWaitEvent(other, event: event, flags: 0))
    #expect(program.emulator.capture(of: other, by: program.caller) != nil)
    program.fill(e, 64, stream: other)
    program.call(.recordEvent(event, stream: other, flags: 0))
    program.fill(d, 64, stream: stream)
    program.call(.streamWaitEvent(stream, event: event, flags: 0))
    program.fill(e, 64, stream: stream)
    let nodes = program.emulator.graph(program.end(stream).values[0])?.nodes ?? []
    let ids = nodes.map(\.id)
    #expect(nodes.map { $0.dependencies.map { ids.firstIndex(of: $0) } } == [[], [0], [0], [2, 1]])
    #expect(program.emulator.capture(of: other, by: program.caller) == nil)
  }

  @Test func `the copies of a batch have no order among themselves`() {
    let (d, stream) = (program.malloc(64), program.stream())
    begin(stream)
    program.fill(d, 64, stream: stream)
    let copies = [0, 16].map {
      Copy(
        destination: .linear(d + $0), source: .linear(d + 32 + $0), extent: Copy.Extent(width: 16), kind: nil,
        stream: stream, isAsync: true)
    }
    program.call(.copyBatch(copies, stream: stream))
    program.fill(d, 64, stream: stream)
    let nodes = program.emulator.graph(program.end(stream).values[0])?.nodes ?? []
    let ids = nodes.map(\.id)
    #expect(nodes.map { $0.dependencies.map { ids.firstIndex(of: $0) } } == [[], [0], [0], [1, 2]])
  }

  @Test func `an external record or wait is a node`() {
    let (stream, event, other) = (program.stream(), program.event(), program.event())
    program.call(.recordEvent(other, stream: program.stream(), flags: 0))
    begin(stream)
    program.call(.recordEvent(event, stream: stream, flags: 1))
    #expect(program.call(.streamWaitEvent(stream, event: other, flags: 1)).result == ErrorCode.success)
    let graph = program.end(stream).values[0]
    #expect(program.emulator.graph(graph)?.nodes.map(\.action) == [.recordEvent(event), .waitEvent(other)])
    #expect(program.call(.queryEvent(event)).result == ErrorCode.success)
  }

  @Test func `a per-thread stream captures, the legacy stream does not`() {
    #expect(program.begin(.perThread) == ErrorCode.success)
    #expect(program.end(.perThread).result == ErrorCode.success)
    #expect(program.begin(.legacy) == ErrorCode.streamCaptureUnsupported)
    #expect(program.end(.legacy).result == ErrorCode.illegalState)
  }

  // MARK: What is refused

  /// A call on what the test has prepared, its code, and whether the capture survives it.
  struct Refusal: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var mode = CaptureState.global
    var code: Int32
    var end = ErrorCode.streamCaptureInvalidated
    var call: @Sendable (Program, Prepared) -> Int32
  }

  struct Prepared {
    var device: Address
    var captured: StreamReference
    var other: StreamReference
    var joined: StreamReference
    var capturedEvent: Address
    var earlierEvent: Address
  }

  static let refusals = [
    Refusal(testDescription: "synchronising the stream", code: 900) {
      $0.call(.synchronizeStream($1.captured)).result
    },
    Refusal(testDescription: "synchronising a stream that joined", mode: 2, code: 900) {
      $0.call(.synchronizeStream($1.joined)).result
    },
    Refusal(testDescription: "querying the stream", mode: 2, code: 900) {
      $0.call(.queryStream($1.captured)).result
    },
    Refusal(testDescription: "synchronising the device", mode: 2, code: 900) { program, _ in
      program.call(.synchronizeDevice).result
    },
    Refusal(testDescription: "cudaMalloc", code: 900) { program, _ in
      program.call(.allocate(Allocation(kind: .device, size: 64))).result
    },
    Refusal(testDescription: "cudaMalloc, thread-local", mode: 1, code: 900) { program, _ in
      program.call(.allocate(Allocation(kind: .device, size: 64))).result
    },
    Refusal(testDescription: "cudaMalloc, relaxed", mode: 2, code: 0, end: 0) { program, _ in
      program.call(.allocate(Allocation(kind: .device, size: 64))).result
    },
    Refusal(testDescription: "cudaFree", code: 900) { $0.call(.free($1.device, .device)).result },
    Refusal(testDescription: "cudaMemcpy", mode: 2, code: 906) { $0.copy($1.device, $1.device + 32, 16) },
    Refusal(testDescription: "an asynchronous copy in the legacy stream", mode: 2, code: 906) {
      $0.copy($1.device, $1.device + 32, 16, stream: .legacy)
    },
    Refusal(testDescription: "synchronising the legacy stream", code: 906) { program, _ in
      program.call(.synchronizeStream(.legacy)).result
    },
    Refusal(testDescription: "asking the legacy stream whether it captures", code: 906, end: 0) {
      program, _ in
      program.call(.capture(.status(.legacy))).result
    },
    Refusal(testDescription: "synchronising a captured event", mode: 2, code: 907) {
      $0.call(.synchronizeEvent($1.capturedEvent)).result
    },
    Refusal(testDescription: "querying a captured event", code: 907) {
      $0.call(.queryEvent($1.capturedEvent)).result
    },
    Refusal(testDescription: "the time between captured events", code: 907) {
      $0.call(.elapsedTime(start: $1.earlierEvent, end: $1.capturedEvent)).result
    },
    Refusal(testDescription: "a wait for an event of before", mode: 2, code: 905) {
      $0.call(.streamWaitEvent($1.captured, event: $1.earlierEvent, flags: 0)).result
    },
    Refusal(testDescription: "a wait of the legacy stream for a captured event", code: 906) {
      $0.call(.streamWaitEvent(.legacy, event: $1.capturedEvent, flags: 0)).result
    },
    Refusal(testDescription: "a second begin", code: 401, end: 0) { $0.begin($1.captured) },
    Refusal(testDescription: "an end in a stream that joined", code: 903) { $0.end($1.joined).result },
    Refusal(testDescription: "uploading a graph in it", code: 900) {
      $0.call(.graph(.upload(exec: 1, $1.captured))).result
    },
    Refusal(testDescription: "attaching managed memory in it", code: 900) {
      let migration = Migration(
        action: .attach, parts: [.init(range: ByteRange(start: $1.device, count: 0))], flags: 1,
        stream: $1.captured)
      return $0.call(.migrate(migration)).result
    },
    Refusal(testDescription: "a copy out of bounds", code: 1, end: 0) {
      $0.copy($1.device, $1.device + 64, 65, stream: $1.captured)
    },
    Refusal(testDescription: "a free of memory that no graph allocates", code: 1, end: 0) {
      $0.call(.free($1.device, .async($1.captured))).result
    },
    Refusal(testDescription: "synchronising another stream", code: 900) {
      $0.call(.synchronizeStream($1.other)).result
    },
    Refusal(testDescription: "synchronising another stream, relaxed", mode: 2, code: 0, end: 0) {
      $0.call(.synchronizeStream($1.other)).result
    },
    Refusal(testDescription: "querying an event of before", code: 0, end: 0) {
      $0.call(.queryEvent($1.earlierEvent)).result
    },
  ]

  @Test(arguments: refusals)
  func `what a capture refuses`(refusal: Refusal) {
    let prepared = Prepared(
      device: program.malloc(128), captured: program.stream(), other: program.stream(),
      joined: program.stream(), capturedEvent: program.event(), earlierEvent: program.event())
    program.call(.recordEvent(prepared.earlierEvent, stream: prepared.other, flags: 0))
    program.call(.synchronizeDevice)
    begin(prepared.captured, mode: refusal.mode)
    program.call(.recordEvent(prepared.capturedEvent, stream: prepared.captured, flags: 0))
    program.call(.streamWaitEvent(prepared.joined, event: prepared.capturedEvent, flags: 0))
    #expect(refusal.call(program, prepared) == refusal.code)
    let violator = program.number
    let capture = program.emulator.capture(of: prepared.captured, by: program.caller)
    #expect(capture?.invalidatedBy == (refusal.end == ErrorCode.success ? nil : violator))
    let late = program.fill(prepared.device, 64, stream: prepared.captured)
    #expect(late == refusal.end)
    let end = program.end(prepared.captured)
    #expect(end.result == refusal.end)
    #expect((end.values == [0]) == (refusal.end != ErrorCode.success))
    #expect(program.fill(prepared.device, 64, stream: prepared.captured) == ErrorCode.success)
    #expect(!program.emulator.isCaptured)
  }

  @Test func `a non-blocking capture leaves the legacy stream alone`() {
    let (d, stream) = (program.malloc(64), program.stream(nonBlocking: true))
    begin(stream)
    #expect(program.fill(d, 64, stream: .legacy) == ErrorCode.success)
    #expect(program.end(stream).result == ErrorCode.success)
  }

  @Test func `a fork that does not come back gives no graph`() {
    let (d, stream, other, event) = (program.malloc(64), program.stream(), program.stream(), program.event())
    begin(stream)
    program.call(.recordEvent(event, stream: stream, flags: 0))
    program.call(.streamWaitEvent(other, event: event, flags: 0))
    program.fill(d, 64, stream: other)
    let end = program.end(stream)
    #expect(end.result == ErrorCode.streamCaptureUnjoined)
    #expect(end.values == [0])
    #expect(program.fill(d, 64, stream: other) == ErrorCode.success)
    #expect(!program.emulator.isCaptured)
  }

  @Test func `joining two captures makes both invalid`() {
    let (stream, other, event) = (program.stream(), program.stream(), program.event())
    begin(stream)
    begin(other)
    program.call(.recordEvent(event, stream: other, flags: 0))
    #expect(
      program.call(.streamWaitEvent(stream, event: event, flags: 0)).result == ErrorCode.streamCaptureMerge)
    #expect(program.end(stream).result == ErrorCode.streamCaptureInvalidated)
    #expect(program.end(other).result == ErrorCode.streamCaptureInvalidated)
  }

  @Test func `a captured event is of no use once its capture is over`() {
    let (stream, event) = (program.stream(), program.event())
    begin(stream)
    program.call(.recordEvent(event, stream: stream, flags: 0))
    program.end(stream)
    #expect(program.call(.synchronizeEvent(event)).result == ErrorCode.capturedEvent)
    #expect(program.call(.streamWaitEvent(stream, event: event, flags: 0)).result == ErrorCode.capturedEvent)
    program.call(.recordEvent(event, stream: stream, flags: 0))
    #expect(program.call(.synchronizeEvent(event)).result == ErrorCode.success)
  }

  // MARK: Threads

  /// Which unsafe calls of thread 2 the capture of thread 1 forbids, by the mode of the capture and of thread 2.
  @Test(arguments: [(0, 0, 900), (0, 1, 0), (0, 2, 0), (1, 0, 0), (2, 0, 0)] as [(Int32, Int32, Int32)])
  func `other threads`(capture: Int32, thread: Int32, code: Int32) {
    let stream = program.stream()
    begin(stream, mode: capture)
    program.thread = 2
    #expect(program.call(.capture(.exchangeMode(thread))).values == [0])
    #expect(program.call(.allocate(Allocation(kind: .device, size: 64))).result == code)
    program.thread = 1
    #expect(program.end(stream).result == (code == 0 ? 0 : ErrorCode.streamCaptureInvalidated))
  }

  @Test func `a relaxed thread may make unsafe calls in its own capture`() {
    let stream = program.stream()
    begin(stream)
    #expect(program.call(.capture(.exchangeMode(2))).values == [0])
    #expect(program.call(.allocate(Allocation(kind: .device, size: 64))).result == ErrorCode.success)
    #expect(program.call(.capture(.exchangeMode(0))).values == [2])
    #expect(program.call(.capture(.exchangeMode(3))).result == ErrorCode.invalidValue)
    #expect(program.end(stream).result == ErrorCode.success)
  }

  @Test(arguments: [(0, 908), (1, 908), (2, 0)] as [(Int32, Int32)])
  func `an end in another thread`(mode: Int32, code: Int32) {
    let stream = program.stream()
    begin(stream, mode: mode)
    program.thread = 2
    #expect(program.end(stream).result == code)
  }

  // MARK: Handles

  @Test func `a capture goes with its stream`() {
    let (stream, other, event) = (program.stream(), program.stream(), program.event())
    begin(stream)
    program.call(.recordEvent(event, stream: stream, flags: 0))
    program.call(.streamWaitEvent(other, event: event, flags: 0))
    program.call(.destroyStream(stream))
    #expect(program.emulator.capture(of: other, by: program.caller) == nil)
    #expect(program.call(.synchronizeStream(other)).result == ErrorCode.success)
  }

  @Test func `a capture goes on from the nodes of a graph, and from those it is told`() {
    let (d, stream) = (program.malloc(64), program.stream())
    let graph = program.call(.graph(.create(handle: nil))).values[0]
    let first = program.add(.empty, to: graph)
    let second = program.add(.empty, to: graph)
    program.call(.capture(.begin(stream, mode: 0, graph: graph, dependencies: [first])))
    program.fill(d, 64, stream: stream)
    program.call(.capture(.updateDependencies(stream, [second], replaces: false)))
    program.fill(d, 64, stream: stream)
    program.call(.capture(.updateDependencies(stream, [first], replaces: true)))
    program.fill(d, 64, stream: stream)
    #expect(program.end(stream).values == [graph])
    let nodes = program.emulator.graph(graph)?.nodes ?? []
    let ids = nodes.map(\.id)
    #expect(nodes.map { $0.dependencies.map { ids.firstIndex(of: $0) } } == [[], [], [0], [2, 1], [0]])
    #expect(program.call(.capture(.updateDependencies(stream, [], replaces: true))).result == 401)
  }

  @Test func `a replay follows what the record says of captures`() {
    let emulator = Emulator(backing: RecordedBacking(), deviceCount: 2)
    var number = 0
    func follow(_ operation: Operation, _ recorded: Int32 = 0) {
      number += 1
      emulator.follow(operation, recorded: recorded, by: Caller(thread: 1, number: number))
    }
    let stream = StreamReference.created(0x50)
    func fill() -> Operation {
      .fill(
        Fill(
          destination: .linear(0x1000), extent: Copy.Extent(width: 16), value: 0, stream: stream,
          isAsync: true))
    }
    follow(.createStream(handle: 0x50, flags: 0, priority: 0))
    follow(.allocate(Allocation(kind: .device, size: 64, address: 0x1000)))
    follow(.capture(.begin(stream, mode: 0)))
    follow(fill())
    follow(fill())
    follow(.capture(.end(stream, graph: 0x900)))
    #expect(emulator.graph(0x900)?.nodes.map(\.handle) == [nil, nil])
    follow(.graph(.nodes(of: 0x900, areRoots: false, handles: [0xa0, 0xb0])))
    #expect(emulator.graph(0x900)?.nodes.map(\.handle) == [0xa0, 0xb0])
    #expect(emulator.graphNode(0xb0)?.dependencies == emulator.graphNode(0xa0).map { [$0.id] })

    // Refused by the hardware for reasons of its own.
    follow(.capture(.begin(stream, mode: 0)))
    follow(.register(ByteRange(start: 0x8000, count: 64), flags: 0), ErrorCode.streamCaptureUnsupported)
    let capture = emulator.capture(of: stream, by: Caller(thread: 1, number: number))
    #expect(capture?.invalidatedBy == number)
    follow(.capture(.end(stream, graph: nil)), ErrorCode.streamCaptureInvalidated)
    #expect(emulator.capture(of: stream, by: Caller(thread: 1, number: number)) == nil)
  }
}

/// What hardware may answer instead: a finding about a diverging result must be sure.
@Suite("what captures and graphs leave open")
struct OpenAnswerTests {
  private let program = Program()

  private func mayReturn(_ result: Int32, _ operation: Operation) -> Bool {
    program.emulator.mayReturn(result, for: operation, by: program.caller)
  }

  @Test func `whether a call that no source names is unsafe`() {
    let (stream, other) = (program.stream(), program.stream())
    let register = Operation.register(ByteRange(start: 0x8000, count: 64), flags: 0)
    #expect(!mayReturn(ErrorCode.streamCaptureUnsupported, register))
    #expect(program.begin(stream) == ErrorCode.success)
    #expect(mayReturn(ErrorCode.streamCaptureUnsupported, register))
    #expect(mayReturn(ErrorCode.success, .synchronizeStream(other)))
    #expect(!mayReturn(ErrorCode.success, .synchronizeStream(stream)))
    #expect(!mayReturn(ErrorCode.success, .allocate(Allocation(kind: .device, size: 64))))
  }

  @Test func `which of several violations is named`() {
    let stream = program.stream()
    #expect(program.begin(stream) == ErrorCode.success)
    #expect(mayReturn(ErrorCode.streamCaptureInvalidated, .synchronizeStream(stream)))
    #expect(!mayReturn(ErrorCode.invalidValue, .synchronizeStream(stream)))
    #expect(mayReturn(ErrorCode.streamCaptureInvalidated, .capture(.end(stream, graph: nil))))
  }

  @Test func `whether an update is one that the driver can make`() {
    let graph = program.call(.graph(.create(handle: nil))).values[0]
    let exec = program.call(.graph(.instantiate(graph, flags: 0, handle: nil))).values[0]
    #expect(mayReturn(ErrorCode.graphExecUpdateFailure, .graph(.update(exec: exec, from: graph))))
    #expect(!mayReturn(ErrorCode.invalidValue, .graph(.update(exec: exec, from: graph))))
    #expect(mayReturn(ErrorCode.contextIsDestroyed, .graph(.launch(exec: 0x99, .legacy))))
    #expect(!mayReturn(ErrorCode.success, .graph(.launch(exec: 0x99, .legacy))))
  }
}
