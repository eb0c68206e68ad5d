/// Every row of the API table decodes to the operation that its documentation describes.

import CutapeTrace
import CutapeWire
import Testing

@Suite("Decoding")
struct DecodingTests {
  @Test("a call of every function decodes to its operation", arguments: ApiTable.rows.map(\.function))
  func everyFunction(function: Function) throws {
    let event = call(function)
    let words = Words(function: function, event: event)
    let expected: Operation
    switch function.effect {
    case .unsupported: expected = .unsupported
    case .neutral, .shimModule, .shimThread, .shimStack, .shimSource, .shimSourceChanged, .shimContent,
      .shimFrames, .shimCallStack:
      expected = .neutral
    default:
      let make = try #require(
        expectedOperations[function.name], "say in expectedOperations what \(function.name) decodes to")
      expected = make(words)
    }
    #expect(Operation(event, functions: ApiTable.functions) == expected)
  }

  @Test("every expectation is about a function of the table")
  func noStrayExpectation() {
    for name in expectedOperations.keys { #expect(ApiTable.functions.named(name) != nil, "\(name)") }
  }

  @Test("a failed call and one in flight return nothing", arguments: [(Int32(2), Int64?(5)), (0, nil)])
  func noResults(result: Int32, duration: Int64?) throws {
    for function in ApiTable.functions.all {
      var event = call(function)
      event.result = result
      event.duration = duration
      switch Operation(event, functions: ApiTable.functions) {
      case .allocate(let allocation):
        #expect(allocation.address == nil && allocation.rows?.pitch == nil)
        #expect(allocation.rows == nil || allocation.size == 0)
      case .allocateArray(_, let handle), .registerBinary(let handle), .getKernel(_, let handle),
        .symbolAddress(_, let handle), .hostDevicePointer(_, let handle), .createStream(let handle, _, _),
        .createEvent(let handle, _), .capture(.end(_, let handle)), .capture(.status(_, let handle, _)),
        .graph(.create(let handle)), .graph(.clone(_, let handle)), .graph(.nodeInClone(_, _, let handle)),
        .graph(.childGraph(_, let handle)), .graph(.instantiate(_, _, let handle)),
        .pool(.create(_, let handle)), .pool(.defaultPool(_, let handle)), .pool(.currentPool(_, let handle)),
        .interprocess(.openMemory(let handle)), .interprocess(.openEvent(let handle)),
        .registerManaged(_, _, let handle), .virtualMemory(.reserve(_, _, let handle)),
        .virtualMemory(.create(_, _, let handle)), .virtualMemory(.importMemory(let handle)),
        .virtualMemory(.retain(_, let handle)):
        #expect(handle == nil, "\(function.name)")
      case .graph(.addNode(let node, _, _, let handle)):
        #expect(handle == nil, "\(function.name)")
        if case .allocate(let allocation) = node { #expect(allocation.address == nil) }
      case .graph(.nodes(_, _, let handles, _)): #expect(handles.isEmpty)
      default: break
      }
    }
  }

  @Test("a function that the table does not have is unsupported")
  func unknown() {
    #expect(Operation(Event(number: 1, function: 60000), functions: ApiTable.functions) == .unsupported)
  }

  @Test("too few arguments are unsupported, not a trap")
  func tooFew() {
    for function in ApiTable.functions.all where !function.fields.isEmpty {
      let event = Event(number: 1, function: function.id)
      #expect(Operation(event, functions: ApiTable.functions) == .unsupported)
    }
  }

  @Test("stream 0 means what the form of the call says")
  func streams() throws {
    var event = call(try #require(ApiTable.functions.named("cudaStreamSynchronize")))
    for (variant, handle, stream) in [
      (Variant.plain, 0, StreamReference.legacy), (.ptsz, 0, .perThread), (.ptds, 0, .perThread),
      (.ptsz, 1, .legacy), (.plain, 2, .perThread), (.ptsz, 0x77, .created(0x77)),
    ] as [(Variant, UInt64, StreamReference)] {
      event.variant = variant
      event.arguments = [handle]
      #expect(Operation(event, functions: ApiTable.functions) == .synchronizeStream(stream))
    }
  }

  @Test("a call without a stream parameter acts on the default stream of its form")
  func defaultStream() throws {
    var event = call(try #require(ApiTable.functions.named("cudaMemcpy")))
    event.variant = .ptds
    guard case .copy(let copy) = Operation(event, functions: ApiTable.functions) else {
      Issue.record("not a copy")
      return
    }
    #expect(copy.stream == .perThread && !copy.isAsync)
  }

  @Test("a launch whose parameters are not known has no pointers, one without pointers has none of them")
  func launchItems() throws {
    let function = try #require(ApiTable.functions.named("cudaLaunchKernel"))
    var event = call(function)
    for (count, pointers) in [(UInt64.max, nil), (0, []), (3, nil)] as [(UInt64, [Launch.Pointer]?)] {
      event.arguments[event.arguments.count - 1] = count
      guard case .launch(let launch) = Operation(event, functions: ApiTable.functions) else {
        Issue.record("not a launch")
        return
      }
      // Three items are more than the two that are in the tail.
      #expect(launch.pointers == pointers)
    }
  }
}

/// A successful call with a different word for every argument: 0x1000 for the first, 0x1001 for the second ...
private func call(_ function: Function) -> Event {
  var event = Event(
    number: 1, function: function.id,
    arguments: Arguments(function.fields.indices.map { 0x1000 + UInt64($0) }))
  if let nodes = function.index(of: .dependencies) {
    event.arguments[nodes] = 2
    event.tail = [0xd1, 0xd2]
  }
  if let type = function.index(of: .nodeType), let words = function.index(of: .nodeWords) {
    event.arguments[type] = UInt64(NodeType.memFree.rawValue)
    event.arguments[words] = 1
    event.tail.append(0xf1)
  }
  if let items = function.index(of: .items) {
    event.arguments[items] = 2
    event.tail += (1...UInt64(2 * function.effect.wordsPerItem)).map { 0x100 * $0 + 1 }
  }
  if let text = function.index(of: .text) {
    event.arguments[text] = 5
    event.tail = [UInt64](text: "_Z1kv")
  }
  return event
}

/// The arguments of a call by parameter name, the runtime's or, in functions of the driver, the driver's.
struct Words {
  var function: Function
  var event: Event

  subscript(name: String) -> UInt64 {
    guard let index = index(of: name) else { fatalError("\(function.name) has no parameter \(name)") }
    return event.arguments[index]
  }

  func has(_ name: String) -> Bool { index(of: name) != nil }

  private func index(of name: String) -> Int? {
    let names = [name] + (function.isDriver ? driverNames[name] ?? [] : [])
    return names.lazy.compactMap { name in function.fields.firstIndex { $0.name == name } }.first
  }

  func int(_ name: String) -> Int32 { Int32(self[name]) }
  func unsigned(_ name: String) -> UInt32 { UInt32(self[name]) }
  func stream(_ name: String = "stream") -> StreamReference { .created(self[name]) }
}
