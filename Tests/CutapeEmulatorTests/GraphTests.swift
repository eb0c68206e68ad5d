import CutapeEmulator
import CutapeTrace
import Testing

/// Graphs by hand: nodes, edges, copies, executable graphs. The reference's section 2.5 and "Graph Management".
@Suite("graphs")
struct GraphTests {
  private let program = Program()

  private func create() -> Address { program.call(.graph(.create(handle: nil))).values[0] }

  private func code(_ operation: GraphOperation) -> Int32 { program.call(.graph(operation)).result }

  private func instantiate(_ graph: Address, flags: UInt64 = 0) -> Address {
    program.call(.graph(.instantiate(graph, flags: flags, handle: nil))).values.first ?? 0
  }

  private func fill(_ address: Address, _ count: UInt64 = 64) -> NodeAction {
    .fill(Program.filling(address, count))
  }

  private func copy(_ destination: Address, _ source: Address, _ count: UInt64, kind: Int32 = 4) -> NodeAction
  {
    .copy(Program.copying(destination, source, count, kind: kind))
  }

  /// The names of the objects that were written, in order.
  private var ran: [String] {
    program.backing.ran.map { $0.object.flatMap { program.emulator.space.object($0)?.name } ?? "host" }
  }

  private func dependencies(of graph: Address) -> [[Int?]] {
    let nodes = program.emulator.graph(graph)?.nodes ?? []
    return nodes.map { $0.dependencies.map { id in nodes.firstIndex { $0.id == id } } }
  }

  // MARK: Nodes and edges

  @Test func `a node is checked when it is added, to the byte`() {
    let (graph, d, e) = (create(), program.malloc(64), program.malloc(64))
    func add(_ action: NodeAction) -> Int32 {
      code(.addNode(action, graph: graph, dependencies: [], handle: nil))
    }
    #expect(add(copy(d, e, 64)) == ErrorCode.success)
    #expect(add(copy(d, e, 65)) == ErrorCode.invalidValue)
    #expect(add(copy(d, e + 16, 49)) == ErrorCode.invalidValue)
    #expect(add(copy(d, e, 0)) == ErrorCode.invalidValue)
    #expect(add(copy(d, e, 64, kind: 5)) == ErrorCode.invalidMemcpyDirection)
    #expect(add(copy(d, 0, 64)) == ErrorCode.invalidValue)
    #expect(add(fill(d, 64)) == ErrorCode.success)
    #expect(add(fill(d, 65)) == ErrorCode.invalidValue)
    #expect(add(fill(d, 0)) == ErrorCode.invalidValue)
    #expect(add(.hostFunction(callback: 0, userData: 1)) == ErrorCode.invalidValue)
    #expect(add(.recordEvent(0)) == ErrorCode.invalidValue)
    #expect(add(.recordEvent(program.event())) == ErrorCode.success)
    #expect(add(.childGraph(0x999)) == ErrorCode.invalidValue)
    #expect(program.emulator.graph(graph)?.nodes.count == 3)
  }

  @Test func `edges join nodes of one graph, once each and never to themselves`() {
    let (graph, other) = (create(), create())
    let (a, b, foreign) = (
      program.add(.empty, to: graph), program.add(.empty, to: graph), program.add(.empty, to: other)
    )
    func add(_ from: Address, _ to: Address, to graph: Address) -> Int32 {
      code(.addEdges([GraphEdge(from: from, to: to)], graph: graph))
    }
    #expect(add(a, b, to: graph) == ErrorCode.success)
    #expect(add(a, b, to: graph) == ErrorCode.invalidValue)
    #expect(add(a, a, to: graph) == ErrorCode.invalidValue)
    #expect(add(a, foreign, to: graph) == ErrorCode.invalidValue)
    #expect(add(0, b, to: graph) == ErrorCode.invalidValue)
    #expect(add(a, b, to: 0) == ErrorCode.invalidValue)
    #expect(code(.addEdges([], graph: graph)) == ErrorCode.success)
    #expect(dependencies(of: graph) == [[], [0]])
    #expect(code(.removeEdges([GraphEdge(from: b, to: a)], graph: graph)) == ErrorCode.invalidValue)
    #expect(code(.removeEdges([GraphEdge(from: a, to: b)], graph: graph)) == ErrorCode.success)
    #expect(dependencies(of: graph) == [[], []])
    func adding(after nodes: [Address]) -> Int32 {
      code(.addNode(.empty, graph: graph, dependencies: nodes, handle: nil))
    }
    #expect(adding(after: [a, b]) == ErrorCode.success)
    #expect(adding(after: [a, a]) == ErrorCode.invalidValue)
    #expect(adding(after: [foreign]) == ErrorCode.invalidValue)
  }

  @Test func `a circle is refused when the graph is instantiated`() {
    let graph = create()
    let a = program.add(.empty, to: graph)
    let b = program.add(.empty, to: graph, after: [a])
    #expect(code(.addEdges([GraphEdge(from: b, to: a)], graph: graph)) == ErrorCode.success)
    #expect(code(.instantiate(graph, flags: 0, handle: nil)) == ErrorCode.invalidValue)
    #expect(code(.removeEdges([GraphEdge(from: b, to: a)], graph: graph)) == ErrorCode.success)
    #expect(code(.instantiate(graph, flags: 0, handle: nil)) == ErrorCode.success)
    #expect(code(.instantiate(graph, flags: 16, handle: nil)) == ErrorCode.invalidValue)
    #expect(code(.instantiate(graph, flags: 5, handle: nil)) == ErrorCode.invalidValue)
  }

  @Test func `a removed node takes its edges with it`() {
    let graph = create()
    let a = program.add(.empty, to: graph)
    let b = program.add(.empty, to: graph, after: [a])
    program.add(.empty, to: graph, after: [b])
    #expect(code(.removeNode(b)) == ErrorCode.success)
    #expect(dependencies(of: graph) == [[], []])
    #expect(code(.removeNode(b)) == ErrorCode.invalidValue)
  }

  @Test func `handles of destroyed graphs are refused`() {
    let graph = create()
    let node = program.add(.empty, to: graph)
    let exec = instantiate(graph)
    #expect(code(.destroy(graph)) == ErrorCode.success)
    #expect(code(.destroy(graph)) == ErrorCode.invalidValue)
    #expect(code(.destroy(0)) == ErrorCode.invalidValue)
    #expect(code(.removeNode(node)) == ErrorCode.invalidValue)
    #expect(code(.instantiate(graph, flags: 0, handle: nil)) == ErrorCode.invalidValue)
    #expect(code(.launch(exec: exec, .legacy)) == ErrorCode.success)
    #expect(code(.destroyExec(exec)) == ErrorCode.success)
    #expect(code(.destroyExec(exec)) == ErrorCode.invalidValue)
    #expect(code(.launch(exec: exec, .legacy)) == ErrorCode.invalidValue)
    #expect(code(.launch(exec: 0, .legacy)) == ErrorCode.invalidValue)
  }

  // MARK: Clones and children

  @Test func `a clone is a copy of its own, in which nodes can be found`() {
    let (graph, d) = (create(), program.malloc(64))
    let a = program.add(fill(d), to: graph)
    let b = program.add(.empty, to: graph, after: [a])
    let clone = program.call(.graph(.clone(graph, handle: nil))).values[0]
    program.call(.graph(.removeNode(b)))
    #expect(dependencies(of: clone) == [[], [0]])
    let found = program.call(.graph(.nodeInClone(a, clone: clone, handle: nil)))
    #expect(found.values.first == program.emulator.graph(clone)?.nodes.first?.handle)
    #expect(code(.nodeInClone(found.values[0], clone: clone, handle: nil)) == ErrorCode.invalidValue)
    #expect(code(.nodeInClone(a, clone: graph, handle: nil)) == ErrorCode.invalidValue)
  }

  @Test func `a child graph is the node's own, and changes through its handle count`() {
    let (graph, child, stream) = (create(), create(), program.stream())
    let (d, e) = (program.malloc(64), program.malloc(64))
    program.add(fill(d), to: child)
    let node = program.add(.childGraph(child), to: graph)
    program.add(fill(e), to: child)
    let own = program.call(.graph(.childGraph(of: node, handle: nil))).values[0]
    #expect(own != child)
    program.add(fill(d), to: own)
    let exec = instantiate(graph)
    program.call(.graph(.launch(exec: exec, stream)))
    program.call(.synchronizeStream(stream))
    #expect(ran == ["d1", "d1"])
    #expect(code(.childGraph(of: program.add(.empty, to: graph), handle: nil)) == ErrorCode.invalidValue)
  }

  // MARK: Launches

  @Test func `a launch runs its nodes in the order of the edges, when something forces it`() {
    let (graph, stream) = (create(), program.stream())
    let memory = (0..<3).map { _ in program.malloc(64) }
    let nodes = memory.map { program.add(fill($0), to: graph) }
    program.call(
      .graph(
        .addEdges(
          [GraphEdge(from: nodes[2], to: nodes[1]), GraphEdge(from: nodes[1], to: nodes[0])], graph: graph)))
    let exec = instantiate(graph)
    #expect(code(.launch(exec: exec, stream)) == ErrorCode.success)
    #expect(ran == [])
    program.call(.graph(.destroyExec(exec)))
    program.call(.graph(.destroy(graph)))
    program.call(.synchronizeStream(stream))
    #expect(ran == ["d3", "d2", "d1"])
  }

  @Test func `a launch waits for the launches before it, in whatever stream`() {
    let (graph, s, t, d) = (create(), program.stream(), program.stream(), program.malloc(64))
    program.add(fill(d), to: graph)
    let exec = instantiate(graph)
    program.call(.graph(.launch(exec: exec, s)))
    program.call(.graph(.launch(exec: exec, t)))
    program.call(.synchronizeStream(t))
    #expect(ran == ["d1", "d1"])
    #expect(!program.emulator.isPending(stream: program.emulator.stream(s, by: program.caller)?.id ?? 0))
  }

  @Test func `a node of freed memory does nothing`() {
    let (graph, d, e) = (create(), program.malloc(64), program.malloc(64))
    program.add(fill(d), to: graph)
    program.add(fill(e), to: graph)
    let exec = instantiate(graph)
    program.call(.free(d, .device))
    #expect(code(.launch(exec: exec, .legacy)) == ErrorCode.success)
    program.call(.synchronizeDevice)
    #expect(ran == ["d2"])
  }

  @Test func `host functions of a graph are called, and events of its nodes are recorded`() {
    let (graph, stream, event) = (create(), program.stream(), program.event())
    let node = program.add(.hostFunction(callback: 0x77, userData: 1), to: graph)
    program.add(.recordEvent(event), to: graph, after: [node])
    let exec = instantiate(graph)
    program.call(.graph(.launch(exec: exec, stream)))
    #expect(program.emulator.hasPendingHostFunction)
    #expect(program.call(.queryEvent(event)).result == ErrorCode.notReady)
    program.call(.synchronizeEvent(event))
    #expect(program.backing.calledHost == [0x77])
  }

  @Test func `a wait node brings in what its event stands for at the launch`() {
    let (graph, s, t) = (create(), program.stream(), program.stream())
    let (event, d, e) = (program.event(), program.malloc(64), program.malloc(64))
    let wait = program.add(.waitEvent(event), to: graph)
    program.add(fill(d), to: graph, after: [wait])
    let exec = instantiate(graph)
    program.fill(e, 64, stream: s)
    program.call(.recordEvent(event, stream: s, flags: 0))
    program.call(.graph(.launch(exec: exec, t)))
    program.call(.synchronizeStream(t))
    #expect(ran == ["d2", "d1"])
  }

  @Test func `a launch in a capturing stream becomes a child graph`() {
    let (graph, stream, d) = (create(), program.stream(), program.malloc(64))
    program.add(fill(d), to: graph)
    let exec = instantiate(graph)
    #expect(program.begin(stream) == ErrorCode.success)
    program.call(.graph(.launch(exec: exec, stream)))
    #expect(program.emulator.capturedNode?.child.count == 1)
    let outer = instantiate(program.end(stream).values[0])
    program.call(.synchronizeDevice)
    #expect(ran == [])
    program.call(.graph(.destroyExec(exec)))
    program.call(.graph(.launch(exec: outer, stream)))
    program.call(.synchronizeStream(stream))
    #expect(ran == ["d1"])
  }

  // MARK: Changes

  @Test func `a change of an executable graph counts from the next launch on`() {
    let (graph, stream) = (create(), program.stream())
    let (d, e) = (program.malloc(64), program.malloc(64))
    let node = program.add(fill(d), to: graph)
    let exec = instantiate(graph)
    program.call(.graph(.launch(exec: exec, stream)))
    #expect(code(.setExecNode(exec: exec, node: node, fill(e))) == ErrorCode.success)
    program.call(.graph(.launch(exec: exec, stream)))
    #expect(code(.setEnabled(exec: exec, node: node, false)) == ErrorCode.success)
    program.call(.graph(.launch(exec: exec, stream)))
    #expect(code(.setEnabled(exec: exec, node: node, true)) == ErrorCode.success)
    program.call(.graph(.launch(exec: exec, stream)))
    program.call(.synchronizeStream(stream))
    #expect(ran == ["d1", "d2", "d2"])
    #expect(program.emulator.graphNode(node)?.action == fill(d))
  }

  @Test func `a change of a graph leaves what was made of it`() {
    let (graph, stream) = (create(), program.stream())
    let (d, e) = (program.malloc(64), program.malloc(64))
    let node = program.add(fill(d), to: graph)
    let before = instantiate(graph)
    #expect(code(.setNode(node, fill(e))) == ErrorCode.success)
    #expect(code(.setNode(node, .empty)) == ErrorCode.invalidValue)
    #expect(code(.setNode(node, fill(e, 65))) == ErrorCode.invalidValue)
    let after = instantiate(graph)
    program.call(.graph(.launch(exec: before, stream)))
    program.call(.graph(.launch(exec: after, stream)))
    program.call(.synchronizeStream(stream))
    #expect(ran == ["d1", "d2"])
  }

  @Test func `operands of an executable graph stay in their class of memory and on their device`() {
    let graph = create()
    let (d, h) = (program.malloc(64), program.malloc(64, .host))
    program.call(.setDevice(1))
    let far = program.malloc(64)
    program.call(.setDevice(0))
    let node = program.add(copy(d, h, 64), to: graph)
    let host = program.add(.hostFunction(callback: 1, userData: 1), to: graph)
    let exec = instantiate(graph)
    func set(_ action: NodeAction, _ node: Address) -> Int32 {
      code(.setExecNode(exec: exec, node: node, action))
    }
    #expect(set(copy(d + 32, h, 32), node) == ErrorCode.success)
    #expect(set(copy(d, d + 32, 32), node) == ErrorCode.invalidValue)
    #expect(set(copy(far, h, 64), node) == ErrorCode.invalidValue)
    #expect(set(copy(d, h, 65), node) == ErrorCode.invalidValue)
    #expect(set(fill(d), node) == ErrorCode.invalidValue)
    #expect(set(.hostFunction(callback: 2, userData: 2), host) == ErrorCode.success)
    #expect(set(fill(d), 0) == ErrorCode.invalidValue)
    #expect(code(.setEnabled(exec: exec, node: host, false)) == ErrorCode.invalidValue)
  }

  @Test func `an update takes what the nodes do, if the graphs are alike`() {
    let (graph, stream) = (create(), program.stream())
    let (d, e, f) = (program.malloc(64), program.malloc(64), program.malloc(64))
    let first = program.add(fill(d), to: graph)
    program.add(fill(e), to: graph, after: [first])
    let exec = instantiate(graph)

    let alike = create()
    let one = program.add(fill(f), to: alike)
    program.add(fill(e), to: alike, after: [one])
    #expect(code(.update(exec: exec, from: alike)) == ErrorCode.success)
    program.call(.graph(.launch(exec: exec, stream)))
    #expect(code(.setExecNode(exec: exec, node: first, fill(d))) == ErrorCode.success)
    program.call(.graph(.launch(exec: exec, stream)))
    program.call(.synchronizeStream(stream))
    #expect(ran == ["d3", "d2", "d1", "d2"])

    let (loose, short, otherTypes) = (create(), create(), create())
    program.add(fill(d), to: loose)
    program.add(fill(e), to: loose)
    program.add(fill(d), to: short)
    let copied = program.add(copy(d, e, 64), to: otherTypes)
    program.add(fill(e), to: otherTypes, after: [copied])
    let emulator = program.emulator
    for (graph, kind) in [
      (loose, UpdateMismatch.Kind.topologyChanged), (short, .topologyChanged), (otherTypes, .nodeTypeChanged),
    ] {
      #expect(code(.update(exec: exec, from: graph)) == ErrorCode.graphExecUpdateFailure)
      #expect(emulator.updateMismatch(of: exec, from: graph)?.kind == kind)
    }
    #expect(code(.update(exec: exec, from: 0)) == ErrorCode.invalidValue)
  }

  // MARK: Memory of graphs

  /// A graph that allocates, and the address.
  private func allocating(_ graph: Address, _ size: UInt64 = 64) -> (node: Address, address: Address) {
    let outcome = program.call(
      .graph(
        .addNode(
          .allocate(Allocation(kind: .async, size: size)), graph: graph, dependencies: [], handle: nil)))
    #expect(outcome.result == ErrorCode.success)
    return (outcome.values[0], outcome.values[1])
  }

  @Test func `a graph that frees what it allocates can be launched again and again`() {
    let (graph, stream) = (create(), program.stream())
    let (node, address) = allocating(graph)
    let use = program.add(fill(address), to: graph, after: [node])
    program.add(.free(address), to: graph, after: [use])
    #expect(
      code(.addNode(.free(address), graph: graph, dependencies: [], handle: nil)) == ErrorCode.invalidValue)
    let exec = instantiate(graph)
    for _ in 0..<3 { #expect(code(.launch(exec: exec, stream)) == ErrorCode.success) }
    #expect(program.call(.free(address, .device)).result == ErrorCode.invalidValue)
    program.call(.synchronizeStream(stream))
    #expect(ran == ["d1", "d1", "d1"])
    #expect(program.backing.discarded == [])
    program.call(.graph(.destroy(graph)))
    program.call(.graph(.destroyExec(exec)))
    #expect(program.backing.discarded == ["d1"])
  }

  @Test func `what a launch leaves allocated has to be freed before the next`() {
    let (graph, stream) = (create(), program.stream())
    let (node, address) = allocating(graph)
    let use = program.add(fill(address), to: graph, after: [node])
    let exec = instantiate(graph)
    #expect(program.call(.free(address, .async(stream))).result == ErrorCode.invalidValue)
    #expect(code(.launch(exec: exec, stream)) == ErrorCode.success)
    #expect(program.fill(address, 64, stream: stream) == ErrorCode.success)
    #expect(code(.launch(exec: exec, stream)) == ErrorCode.invalidValue)
    #expect(program.call(.free(address, .async(stream))).result == ErrorCode.success)
    #expect(program.fill(address, 64, stream: stream) == ErrorCode.invalidValue)
    // The address is that of the graph's memory all the same.
    #expect(code(.setExecNode(exec: exec, node: use, fill(address + 16, 48))) == ErrorCode.success)
    #expect(code(.setExecNode(exec: exec, node: use, fill(address + 16, 49))) == ErrorCode.invalidValue)
    #expect(code(.launch(exec: exec, stream)) == ErrorCode.success)
    #expect(program.call(.free(address, .device)).result == ErrorCode.success)
    program.call(.synchronizeStream(stream))
    #expect(program.backing.ran.count == 3)
  }

  @Test func `a launch that frees by itself, and a free in another graph`() {
    let (graph, stream) = (create(), program.stream())
    let (_, address) = allocating(graph)
    let exec = instantiate(graph, flags: 1)
    #expect(code(.launch(exec: exec, stream)) == ErrorCode.success)
    #expect(code(.launch(exec: exec, stream)) == ErrorCode.success)
    let freeing = create()
    program.add(.free(address), to: freeing)
    #expect(
      code(.addNode(.free(address), graph: graph, dependencies: [], handle: nil)) == ErrorCode.invalidValue)
    let free = instantiate(freeing)
    #expect(code(.launch(exec: free, stream)) == ErrorCode.success)
    #expect(program.fill(address, 64, stream: stream) == ErrorCode.invalidValue)
    #expect(program.call(.free(address, .device)).result == ErrorCode.invalidValue)
  }

  @Test func `a graph that allocates is neither cloned nor embedded, and instantiated once at a time`() {
    let graph = create()
    let (node, _) = allocating(graph)
    let after = program.add(.empty, to: graph, after: [node])
    #expect(code(.clone(graph, handle: nil)) == ErrorCode.notSupported)
    #expect(
      code(.addNode(.childGraph(graph), graph: create(), dependencies: [], handle: nil))
        == ErrorCode.notSupported)
    #expect(code(.removeEdges([GraphEdge(from: node, to: after)], graph: graph)) == ErrorCode.notSupported)
    #expect(code(.removeNode(after)) == ErrorCode.notSupported)
    let exec = instantiate(graph)
    #expect(code(.instantiate(graph, flags: 0, handle: nil)) == ErrorCode.notSupported)
    program.call(.graph(.destroyExec(exec)))
    #expect(code(.instantiate(graph, flags: 0, handle: nil)) == ErrorCode.success)
  }

  @Test func `memory that is allocated in a capture is used and freed there`() {
    let stream = program.stream()
    #expect(program.begin(stream) == ErrorCode.success)
    let outcome = program.call(.allocate(Allocation(kind: .async, size: 64, stream: stream)))
    let address = outcome.values[0]
    #expect(program.fill(address, 64, stream: stream) == ErrorCode.success)
    #expect(program.fill(address, 65, stream: stream) == ErrorCode.invalidValue)
    #expect(program.call(.free(address, .async(stream))).result == ErrorCode.success)
    #expect(program.call(.free(address, .async(stream))).result == ErrorCode.invalidValue)
    let graph = program.end(stream).values[0]
    #expect(program.emulator.graph(graph)?.nodes.map(\.action.type) == [10, 2, 11])
    let exec = instantiate(graph)
    for _ in 0..<2 { #expect(code(.launch(exec: exec, stream)) == ErrorCode.success) }
    program.call(.synchronizeStream(stream))
    #expect(ran == ["d1", "d1"])
  }
}
