/// Nodes of any type, and lists that are not known.

import CutapeTrace
import CutapeWire
import Testing

@Suite("Decoding graphs")
struct GraphDecodingTests {
  /// The functions that add nodes of one type alone.
  private static let adders: [NodeType: String] = [
    .kernel: "cudaGraphAddKernelNode", .memcpy: "cudaGraphAddMemcpyNode", .memset: "cudaGraphAddMemsetNode",
    .host: "cudaGraphAddHostNode", .graph: "cudaGraphAddChildGraphNode", .empty: "cudaGraphAddEmptyNode",
    .waitEvent: "cudaGraphAddEventWaitNode", .eventRecord: "cudaGraphAddEventRecordNode",
    .memAlloc: "cudaGraphAddMemAllocNode", .memFree: "cudaGraphAddMemFreeNode",
  ]

  @Test(
    "a node of any type is described as by the function that adds this type alone", arguments: adders.keys)
  func fields(type: NodeType) throws {
    let adder = try #require(Self.adders[type].flatMap(ApiTable.functions.named))
    let own = adder.fields.drop { $0.role != .dependencies }.dropFirst()
    #expect(Array(own.filter { $0.role != .items }) == type.function(isDriver: false).fields.dropLast())
    #expect(type.function(isDriver: false).effect == adder.effect)
  }

  @Test("a node of any type decodes as if the function for its type had added it", arguments: adders.keys)
  func anyType(type: NodeType) throws {
    let words = (0..<UInt64(type.function(isDriver: false).fields.count - 1)).map { 0x2000 + $0 }
    let items: [UInt64] = type == .kernel ? [0x001, 0xa0] : []
    let any = try add(
      "cudaGraphAddNode",
      [0x1, 0x2, 1, UInt64(type.rawValue), UInt64(words.count), UInt64(items.count / 2)],
      tail: [0xd1] + words + items)
    let own = try add(
      #require(Self.adders[type]), [0x1, 0x2, 1] + words + (type == .kernel ? [1] : []),
      tail: [0xd1] + items)
    #expect(any == own)
    guard case .graph(.addNode(let action, 0x2, [0xd1], 0x1)) = any else {
      Issue.record("\(any)")
      return
    }
    #expect(action != .unsupported)
  }

  @Test(
    "a node of a type that is not modelled, or without its words, is unsupported",
    arguments: [(8, 0), (9, 0), (13, 0), (77, 0), (-1, 0), (11, 0), (11, 2)] as [(Int32, UInt64)])
  func unsupported(type: Int32, words: UInt64) throws {
    let operation = try add(
      "cudaGraphAddNode", [0x1, 0x2, 0, UInt64(UInt32(bitPattern: type)), words, 0],
      tail: Array(repeating: 1, count: Int(words)))
    #expect(operation == .graph(.addNode(.unsupported, graph: 0x2, dependencies: [], handle: 0x1)))
  }

  @Test(
    "a node whose dependencies are not known is unsupported, and so is a graph with such edges, or a capture")
  func unknownLists() throws {
    #expect(
      try add("cudaGraphAddEmptyNode", [0x1, 0x2, .max])
        == .graph(.addNode(.unsupported, graph: 0x2, dependencies: [], handle: 0x1)))
    #expect(
      try add("cudaGraphAddDependencies", [0x2, .max])
        == .graph(.addNode(.unsupported, graph: 0x2, dependencies: [], handle: nil)))
    #expect(try add("cudaStreamUpdateCaptureDependencies", [0x5, .max, 1]) == .unsupported)
    #expect(try add("cudaStreamBeginCaptureToGraph", [0x5, 0x2, 3, 0], tail: [1, 2]) == .unsupported)
  }

  @Test("a kernel node whose arguments are not known keeps its dependencies")
  func unknownArguments() throws {
    let operation = try add(
      "cudaGraphAddKernelNode", [0x1, 0x2, 1, 0x5000, 1, 1, 1, 1, 1, 1, 0, .max], tail: [0xd1])
    guard case .graph(.addNode(.launch(let launch), 0x2, [0xd1], 0x1)) = operation else {
      Issue.record("\(operation)")
      return
    }
    #expect(launch.pointers == nil && launch.kernel == 0x5000)
  }

  @Test("a stream that captures tells its graph and what its next call comes after")
  func captureInfo() throws {
    #expect(
      try add("cudaStreamGetCaptureInfo", [0x5, 1, 0x2, 2], tail: [0xd1, 0xd2])
        == .capture(.status(.created(0x5), graph: 0x2, dependencies: [0xd1, 0xd2])))
    // The program did not want the graph, and there was no room for the nodes.
    #expect(
      try add("cudaStreamGetCaptureInfo", [0x5, 1, 0, .max]) == .capture(.status(.created(0x5))))
    // An invalidated capture: what the program gets is not there.
    #expect(
      try add("cudaStreamGetCaptureInfo", [0x5, 2, 0x7ff0, 0]) == .capture(.status(.created(0x5))))
  }

  @Test("a node of the driver counts bytes in arrays too, and asks for no pitch of one row")
  func driverNodes() throws {
    let operation = try add(
      "cuGraphAddNode", [0x1, 0x2, 0, 1, 20, 0],
      tail: [0, 16, 0, 0, 0xa0, 0, 0, 0, 0xb0, 8, 1, 0, 0, 0, 0, 0, 64, 1, 1, 1])
    guard case .graph(.addNode(.copy(let copy), 0x2, [], 0x1)) = operation else {
      Issue.record("\(operation)")
      return
    }
    #expect(copy.source == .linear(0xb0))
    #expect(copy.destination == .array(0xb0, x: 8, y: 1, z: 0, xInBytes: true))
    #expect(copy.extent == Copy.Extent(width: 64, dimensions: 3) && copy.kind == 1 && copy.isAsync)
  }

  @Test("nodes are listed where their number is told, and nowhere else")
  func listedNodes() throws {
    #expect(
      try add("cuGraphGetNodes", [0x2, 1, 1], tail: [0xd1])
        == .graph(.nodes(of: 0x2, areRoots: false, handles: [0xd1])))
    let function = try #require(ApiTable.functions.named("cudaGraphGetRootNodes"))
    for (pointer, counts) in [(0, false), (0x7ff0, true)] as [(UInt64, Bool)] {
      let event = Event(number: 1, function: function.id, result: 1, arguments: [0x2, pointer, 0])
      #expect(
        Operation(event, functions: ApiTable.functions)
          == .graph(.nodes(of: 0x2, areRoots: true, handles: [], counts: counts)))
    }
    // An empty graph has none.
    #expect(
      try add("cudaGraphGetNodes", [0x2, 0, 0]) == .graph(.nodes(of: 0x2, areRoots: false, handles: [])))
  }

  @Test("the size of a fill is in bytes, and never a trap")
  func fillSize() throws {
    for (width, elementSize, bytes) in [(16, 4, 64), (.max, 4, .max), (16, 0, 0)]
      as [(UInt64, UInt64, UInt64)]
    {
      let operation = try add("cudaGraphAddMemsetNode", [0x1, 0x2, 0, 0xa0, 0, 7, elementSize, width, 1])
      guard case .graph(.addNode(.fill(let fill), _, _, _)) = operation else {
        Issue.record("\(operation)")
        return
      }
      #expect(fill.extent.width == bytes && fill.value == 7 && UInt64(fill.elementSize) == elementSize)
    }
  }

  private func add(_ name: String, _ arguments: [UInt64], tail: [UInt64] = []) throws -> Operation {
    let function = try #require(ApiTable.functions.named(name))
    #expect(arguments.count == function.fields.count, "\(name)")
    let event = Event(number: 1, function: function.id, arguments: Arguments(arguments), tail: tail)
    return Operation(event, functions: ApiTable.functions)
  }
}
