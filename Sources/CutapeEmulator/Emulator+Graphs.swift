package import CutapeTrace

// Graphs by hand: their nodes, edges and copies. Semantics of the reference 2.5; CUDA Runtime API, "Graph Management".
// The code for a wrong handle or argument is `cudaErrorInvalidValue`, for what graphs with allocation nodes do not
// allow `cudaErrorNotSupported`.

extension Emulator {
  // MARK: Reading

  /// Every graph that was made, in the order of creation.
  package var graphs: [GraphState] { graphBook.graphs.all }

  /// The newest graph with `handle`, alive or destroyed.
  package func graph(_ handle: Address) -> GraphState? { graphBook.graphs.newest(handle) }

  /// The graph with `id`.
  package func graph(id: Int) -> GraphState? { graphBook.graphs[id] }

  /// The newest executable graph with `handle`, alive or destroyed.
  package func graphExec(_ handle: Address) -> GraphExecState? { graphBook.execs.newest(handle) }

  /// The node of a graph that has `handle`; nil when none has it now.
  package func graphNode(_ handle: Address) -> GraphNode? {
    graphBook.place(of: handle).flatMap(graphBook.node)
  }

  /// The graph that the node with `handle` is in.
  package func graph(ofNode handle: Address) -> GraphState? {
    graphBook.place(of: handle).flatMap { graphBook.graphs[$0.graph] }
  }

  // MARK: Judging

  func judge(_ operation: GraphOperation, by caller: Caller) -> Int32 {
    switch operation {
    case .create: ErrorCode.success
    case .clone(let graph, _): firstError([judgeGraph(graph), judgeCopying(graph)])
    case .destroy(let graph): judgeGraph(graph)
    case .addNode(let action, let graph, let dependencies, _):
      firstError([
        judgeGraph(graph), judgeNodes(dependencies, of: graphBook.graphs.id(graph)),
        judge(action, in: graphBook.graphs.id(graph), by: caller),
      ])
    case .setNode(let node, let action):
      firstError([
        judgeNode(node, as: action), action.hasMemory ? ErrorCode.invalidValue : 0,
        judge(action, in: nil, by: caller),
      ])
    case .removeNode(let node):
      firstError([judgeNode(node), judgeRemoval(from: graphBook.place(of: node)?.graph)])
    case .addEdges(let edges, let graph): judgeAdding(edges, to: graph)
    case .removeEdges(let edges, let graph): judgeRemoving(edges, from: graph)
    case .nodes(let graph, _, _, let counts):
      firstError([counts ? 0 : ErrorCode.invalidValue, judgeGraph(graph)])
    case .nodeInClone(let node, let clone, _): judgeLookUp(of: node, in: clone)
    case .childGraph(let node, _):
      firstError([
        judgeNode(node), graphNode(node).map { $0.embedded == nil } ?? false ? ErrorCode.invalidValue : 0,
      ])
    case .instantiate(let graph, let flags, _): judgeInstantiation(of: graph, flags: flags)
    case .update(let exec, let graph): judgeUpdate(of: exec, from: graph)
    case .setExecNode(let exec, let node, let action): judgeSetting(node, of: exec, to: action, by: caller)
    case .setEnabled(let exec, let node, _): judgeEnabling(node, of: exec)
    case .upload(let exec, let stream): firstError([judgeExec(exec), judge(stream)])
    case .launch(let exec, let stream): firstError([judgeExec(exec), judge(stream), judgeLaunch(of: exec)])
    case .destroyExec(let exec): judgeExec(exec)
    }
  }

  func judgeGraph(_ handle: Address) -> Int32 {
    graphBook.graphs.newest(handle)?.isAlive == true ? ErrorCode.success : ErrorCode.invalidValue
  }

  /// A node that no graph has is refused, unless it may be one whose handle was never seen.
  private func judgeNode(_ handle: Address) -> Int32 {
    if handle != 0, graphBook.hasUnnamedNodes { return ErrorCode.success }
    return graphBook.place(of: handle) == nil ? ErrorCode.invalidValue : ErrorCode.success
  }

  private func judgeNode(_ handle: Address, as action: NodeAction) -> Int32 {
    let error = judgeNode(handle)
    guard error == ErrorCode.success, let node = graphNode(handle) else { return error }
    return node.action.isOfSameType(as: action) ? ErrorCode.success : ErrorCode.invalidValue
  }

  /// Nodes that a new node, or a capture, comes after: of the graph with id `graph`, none of them twice.
  func judgeNodes(_ handles: [Address], of graph: Int?) -> Int32 {
    guard Set(handles).count == handles.count else { return ErrorCode.invalidValue }
    return firstError(handles.map { judgeNode($0, in: graph) })
  }

  private func judgeNode(_ handle: Address, in graph: Int?) -> Int32 {
    guard let place = graphBook.place(of: handle) else { return judgeNode(handle) }
    return place.graph == graph ? ErrorCode.success : ErrorCode.invalidValue
  }

  private func judgeAdding(_ edges: [GraphEdge], to graph: Address) -> Int32 {
    let error = judgeEnds(of: edges, in: graph)
    guard error == ErrorCode.success else { return error }
    let isNew = edges.allSatisfy { $0.from != $0.to && !has($0) }
    return isNew && Set(edges).count == edges.count ? ErrorCode.success : ErrorCode.invalidValue
  }

  private func judgeRemoving(_ edges: [GraphEdge], from graph: Address) -> Int32 {
    let error = firstError([
      judgeEnds(of: edges, in: graph), edges.isEmpty ? 0 : judgeRemoval(from: graphBook.graphs.id(graph)),
    ])
    guard error == ErrorCode.success, !graphBook.hasUnnamedNodes else { return error }
    return edges.allSatisfy(has) && Set(edges).count == edges.count
      ? ErrorCode.success : ErrorCode.invalidValue
  }

  private func judgeEnds(of edges: [GraphEdge], in graph: Address) -> Int32 {
    let id = graphBook.graphs.id(graph)
    return firstError(
      [judgeGraph(graph)] + edges.flatMap { [judgeNode($0.from, in: id), judgeNode($0.to, in: id)] })
  }

  private func has(_ edge: GraphEdge) -> Bool {
    guard let from = graphBook.place(of: edge.from), let node = graphNode(edge.to) else { return false }
    return node.dependencies.contains(from.node)
  }

  private func judgeLookUp(of node: Address, in clone: Address) -> Int32 {
    let error = firstError([judgeNode(node), judgeGraph(clone)])
    guard error == ErrorCode.success, !graphBook.hasUnnamedNodes else { return error }
    return place(of: node, inClone: clone) == nil ? ErrorCode.invalidValue : ErrorCode.success
  }

  /// Where the copy of a node is in a clone of its graph.
  private func place(of node: Address, inClone clone: Address) -> GraphBook.Place? {
    guard let original = graphBook.place(of: node), let graph = graphBook.graphs.newest(clone),
      graph.original == original.graph, let copy = graph.nodes.first(where: { $0.original == original.node })
    else { return nil }
    return GraphBook.Place(graph: graph.id, node: copy.id)
  }

  // MARK: Taking effect

  func apply(_ operation: GraphOperation, by caller: Caller) -> Outcome {
    var values: [UInt64] = []
    switch operation {
    case .create(let handle):
      let handle = backing.handle(recorded: handle)
      _ = graphBook.addGraph(handle: handle, by: caller.number)
      values = [handle]
    case .clone(let graph, let handle): values = [clone(graph, handle: handle, by: caller)]
    case .destroy(let graph):
      if let id = graphBook.graphs.id(graph) { graphBook.destroyGraph(id, by: caller.number) }
      releaseGraphMemory(by: caller)
    case .addNode(let action, let graph, let dependencies, let handle):
      let id = knownGraph(graph)
      guard let action = reserving(action, for: id, by: caller) else {
        return Outcome(result: ErrorCode.memoryAllocation)
      }
      values = addNode(action, to: id, after: dependencies, handle: handle, by: caller)
    case .setNode(let node, let action): set(node, to: action, by: caller)
    case .removeNode(let node):
      if let place = graphBook.place(of: node) { graphBook.removeNode(at: place, by: caller.number) }
    case .addEdges(let edges, let graph): change(edges, of: graph, adding: true)
    case .removeEdges(let edges, let graph): change(edges, of: graph, adding: false)
    case .nodes(let graph, let areRoots, let handles, _): name(handles, areRoots: areRoots, in: graph)
    case .nodeInClone(let node, let clone, let handle):
      guard let place = place(of: node, inClone: clone) else { break }
      if let handle { graphBook.setHandle(handle, of: place) }
      values = [graphBook.node(at: place)?.handle ?? 0]
    case .childGraph(let node, let handle):
      guard let id = graphNode(node)?.embedded else { break }
      if let handle { graphBook.setHandle(handle, ofGraph: id) }
      values = [graphBook.graphs[id]?.handle ?? 0]
    case .instantiate(let graph, let flags, let handle):
      values = [instantiate(graph, flags: flags, handle: handle, by: caller)]
    case .update(let exec, let graph): update(exec, from: graph)
    case .setExecNode(let exec, let node, let action): set(node, of: exec, to: action, by: caller)
    case .setEnabled(let exec, let node, let isEnabled): set(node, of: exec, isEnabled: isEnabled)
    case .upload: break
    case .launch(let exec, let stream): launch(exec, in: stream, by: caller)
    case .destroyExec(let exec): destroyExec(exec, by: caller)
    }
    return Outcome(result: ErrorCode.success, values: values)
  }

  private func clone(_ graph: Address, handle: Address?, by caller: Caller) -> Address {
    let handle = backing.handle(recorded: handle)
    let original = graphBook.graphs.newest(graph)
    let id = graphBook.addGraph(handle: handle, by: caller.number, original: original?.id)
    graphBook.addCopies(of: original?.nodes ?? [], to: id, by: caller.number) { [backing] in
      backing.handle(recorded: nil)
    }
    let isOpaque = original?.isOpaque ?? true
    graphBook.graphs.update(id) { $0.isOpaque = isOpaque }
    return handle
  }

  /// The graph with `handle`, which comes into being when a record knows it and the emulator does not.
  private func knownGraph(_ handle: Address) -> Int {
    if let id = graphBook.graphs.id(handle) { return id }
    let id = graphBook.addGraph(handle: handle, by: 0)
    graphBook.graphs.update(id) { $0.isOpaque = true }
    return id
  }

  /// Adds a node by hand; gives its handle and, for an allocation node, the address of the memory.
  private func addNode(
    _ action: NodeAction, to graph: Int, after dependencies: [Address], handle: Address?, by caller: Caller
  ) -> [UInt64] {
    let known = dependencies.compactMap { graphBook.place(of: $0)?.node }
    if known.count < dependencies.count { graphBook.graphs.update(graph) { $0.isOpaque = true } }
    let node = addNode(action, to: graph, after: known, handle: handle, by: caller)
    guard case .allocate(let allocation) = action else { return [node.handle ?? 0] }
    return [node.handle ?? 0, allocation.address ?? 0]
  }

  /// Adds a node to the graph with id `graph`, with the graph that it embeds.
  func addNode(
    _ action: NodeAction, to graph: Int, after dependencies: [Int], handle: Address?, by caller: Caller
  ) -> GraphNode {
    var node = graphBook.addNode(
      action, to: graph, after: dependencies, handle: backing.handle(recorded: handle), by: caller.number,
      device: currentDevice(of: caller))
    let place = GraphBook.Place(graph: graph, node: node.id)
    switch action {
    case .childGraph(let child):
      guard let original = graphBook.graphs.newest(child) else {
        graphBook.graphs.update(graph) { $0.isOpaque = true }
        break
      }
      graphBook.embed(original.nodes, isOpaque: original.isOpaque, at: place, by: caller.number) {
        [backing] in backing.handle(recorded: nil)
      }
      node = graphBook.node(at: place) ?? node
    case .free(let address): graphBook.memory[address]?.freedIn = graph
    default: break
    }
    return node
  }

  private func set(_ node: Address, to action: NodeAction, by caller: Caller) {
    guard let place = graphBook.place(of: node) else { return }
    let device = currentDevice(of: caller)
    graphBook.update(place) {
      $0.action = action
      $0.device = device
    }
  }

  private func change(_ edges: [GraphEdge], of graph: Address, adding: Bool) {
    for edge in edges {
      guard let from = graphBook.place(of: edge.from), let to = graphBook.place(of: edge.to) else {
        if let id = graphBook.graphs.id(graph) { graphBook.graphs.update(id) { $0.isOpaque = true } }
        continue
      }
      graphBook.update(to) { node in
        node.dependencies.removeAll { $0 == from.node }
        if adding { node.dependencies.append(from.node) }
      }
    }
  }

  /// Learns the handles of nodes from a list of all nodes or of the roots, which is taken to be in the order of
  /// addition. A list of which the program had only a part says nothing.
  private func name(_ handles: [Address], areRoots: Bool, in graph: Address) {
    guard graphBook.hasUnnamedNodes, let state = graphBook.graphs.newest(graph) else { return }
    let nodes = areRoots ? state.nodes.filter(\.dependencies.isEmpty) : state.nodes
    if nodes.count == handles.count { graphBook.name(nodes.map(\.id), of: state.id, handles) }
  }
}
