import CutapeTrace

/// The books of graphs, executable graphs and captures: who has which handle, which node is where.
///
/// It keeps order and judges nothing. Node ids count upwards over all graphs, so a graph's nodes, in the order of
/// addition, are sorted by id.
struct GraphBook {
  var graphs = HandleTable<GraphState>()
  var execs = HandleTable<GraphExecState>()
  /// The captures that are going on.
  var captures: [CaptureState] = []
  /// The memory of allocation nodes, by address.
  var memory: [Address: GraphMemory] = [:]
  /// Whether there ever was a capture.
  private(set) var hasCaptured = false
  /// Whether there were nodes without a known handle: an unknown handle may then be one of them.
  private(set) var hasUnnamedNodes = false

  private var places: [Address: Place] = [:]
  /// How many executable graphs of each graph live, by its id.
  private var liveExecs: [Int: Int] = [:]
  private var lastNode = 0
  private var lastCapture = 0

  /// Where a node is.
  struct Place: Hashable {
    var graph: Int
    var node: Int
  }

  // MARK: Nodes

  /// Where the node with `handle` is; nil when no graph has it.
  func place(of handle: Address) -> Place? { places[handle] }

  /// The node at `place`.
  func node(at place: Place) -> GraphNode? {
    guard let graph = graphs[place.graph], let index = graph.nodes.index(ofNode: place.node) else {
      return nil
    }
    return graph.nodes[index]
  }

  /// Changes the node at `place`.
  mutating func update(_ place: Place, _ change: (inout GraphNode) -> Void) {
    graphs.update(place.graph) { graph in
      guard let index = graph.nodes.index(ofNode: place.node) else { return }
      change(&graph.nodes[index])
    }
  }

  /// Adds a node to the graph with id `graph`; a handle of 0 is not known.
  mutating func addNode(
    _ action: NodeAction, to graph: Int, after dependencies: [Int], handle: Address, by number: Int,
    device: Int32
  ) -> GraphNode {
    lastNode += 1
    let node = GraphNode(
      id: lastNode, handle: handle == 0 ? nil : handle, action: action, dependencies: dependencies,
      addedBy: number, device: device)
    graphs.update(graph) { state in
      state.nodes.append(node)
      if case .unsupported = action { state.isOpaque = true }
    }
    if handle == 0 { hasUnnamedNodes = true } else { places[handle] = Place(graph: graph, node: node.id) }
    return node
  }

  /// The node at `place` is known by `handle` from now on.
  mutating func setHandle(_ handle: Address, of place: Place) {
    guard handle != 0 else { return }
    places[handle] = place
    update(place) { $0.handle = handle }
  }

  /// Gives those of `nodes` that have none the handles that are not taken, in order.
  mutating func name(_ nodes: [Int], of graph: Int, _ handles: [Address]) {
    let unknown = handles.filter { $0 != 0 && places[$0]?.graph != graph }
    let unnamed = nodes.filter { node(at: Place(graph: graph, node: $0))?.handle == nil }
    guard unknown.count == unnamed.count else { return }
    for (node, handle) in zip(unnamed, unknown) { setHandle(handle, of: Place(graph: graph, node: node)) }
  }

  /// Removes a node and its edges.
  mutating func removeNode(at place: Place, by number: Int) {
    guard let removed = node(at: place) else { return }
    if let handle = removed.handle { places[handle] = nil }
    if let embedded = removed.embedded { destroyGraph(embedded, by: number) }
    graphs.update(place.graph) { graph in
      graph.nodes.removeAll { $0.id == place.node }
      for index in graph.nodes.indices where graph.nodes[index].dependencies.contains(place.node) {
        graph.nodes[index].dependencies.removeAll { $0 == place.node }
      }
    }
  }

  // MARK: Graphs

  /// Adds an empty graph and gives its id; a handle of 0 is not known.
  mutating func addGraph(handle: Address, by number: Int, original: Int? = nil, owner: Int? = nil) -> Int {
    let id = graphs.all.count + 1
    let graph = GraphState(
      id: id, name: "g\(id)", handle: handle, nodes: [], createdBy: number, isOpaque: false,
      original: original, owner: owner)
    graphs.append(graph, handle: handle == 0 ? nil : handle)
    return id
  }

  /// The graph with `id` is known by `handle` from now on.
  mutating func setHandle(_ handle: Address, ofGraph id: Int) {
    guard handle != 0 else { return }
    graphs.update(id) { $0.handle = handle }
    graphs.assign(handle, to: id)
  }

  /// Adds copies of `nodes` to the graph with id `graph`, with the graphs that they embed. `handle` names each.
  mutating func addCopies(
    of nodes: [GraphNode], to graph: Int, by number: Int, handle: () -> Address
  ) {
    var copies: [Int: Int] = [:]
    for node in nodes {
      copies[node.id] =
        addNode(node.action, to: graph, after: [], handle: handle(), by: node.addedBy, device: node.device).id
    }
    for node in nodes {
      guard let copy = copies[node.id] else { continue }
      let place = Place(graph: graph, node: copy)
      update(place) {
        $0.dependencies = node.dependencies.compactMap { copies[$0] }
        $0.original = node.id
        $0.isEnabled = node.isEnabled
      }
      if case .childGraph = node.action {
        let child = node.embedded.flatMap { graphs[$0] }
        embed(
          child?.nodes ?? node.child, isOpaque: child?.isOpaque ?? false, at: place, by: number,
          handle: handle)
      }
    }
  }

  /// Gives the child graph node at `place` a graph of its own with copies of `nodes`.
  mutating func embed(
    _ nodes: [GraphNode], isOpaque: Bool, at place: Place, by number: Int, handle: () -> Address
  ) {
    let id = addGraph(handle: handle(), by: number, owner: place.node)
    addCopies(of: nodes, to: id, by: number, handle: handle)
    graphs.update(id) { $0.isOpaque = isOpaque }
    if isOpaque { graphs.update(place.graph) { $0.isOpaque = true } }
    update(place) { $0.embedded = id }
  }

  /// Destroys a graph with its nodes and the graphs that they embed.
  mutating func destroyGraph(_ id: Int, by number: Int) {
    guard let graph = graphs[id], graph.isAlive else { return }
    for node in graph.nodes {
      if let handle = node.handle { places[handle] = nil }
      if let embedded = node.embedded { destroyGraph(embedded, by: number) }
    }
    graphs.update(id) {
      $0.destroyedBy = number
      $0.nodes = []
    }
  }

  /// The nodes of a graph as an executable graph has them: in an order that respects every edge, with the nodes of
  /// embedded graphs; nil when the edges make a circle.
  func executableNodes(of id: Int) -> [GraphNode]? {
    guard var nodes = graphs[id]?.nodes.inOrder else { return nil }
    for index in nodes.indices {
      guard let embedded = nodes[index].embedded else { continue }
      guard let child = executableNodes(of: embedded) else { return nil }
      nodes[index].child = child
    }
    return nodes
  }

  // MARK: Executable graphs and captures

  /// Adds an executable graph and gives its id; a handle of 0 is not known.
  mutating func addExec(
    _ nodes: [GraphNode], of graph: Int, flags: UInt64, handle: Address, by number: Int, isOpaque: Bool
  ) -> Int {
    let id = execs.all.count + 1
    let exec = GraphExecState(
      id: id, name: "x\(id)", handle: handle, graph: graph, nodes: nodes, flags: flags, createdBy: number,
      isOpaque: isOpaque)
    execs.append(exec, handle: handle == 0 ? nil : handle)
    liveExecs[graph, default: 0] += 1
    return id
  }

  /// Destroys an executable graph; its pending launches run.
  mutating func destroyExec(_ id: Int, by number: Int) {
    guard let exec = execs[id], exec.isAlive else { return }
    liveExecs[exec.graph, default: 1] -= 1
    execs.update(id) {
      $0.destroyedBy = number
      $0.nodes = []
    }
  }

  /// Whether an executable graph of the graph with id `graph` lives.
  func hasLiveExec(of graph: Int) -> Bool { liveExecs[graph, default: 0] > 0 }

  /// Begins a capture in the stream with id `stream`, into the graph with id `graph`.
  mutating func addCapture(
    of stream: Int, into graph: Int, after nodes: [Int], mode: Int32, by caller: Caller
  ) {
    lastCapture += 1
    hasCaptured = true
    captures.append(
      CaptureState(
        id: lastCapture, graph: graph, origin: stream, begunBy: caller.number, mode: mode,
        thread: caller.thread, tails: [stream: nodes]))
  }

  /// The index of the capture that the stream with id `stream` takes part in.
  func capture(ofStream stream: Int) -> Int? { captures.firstIndex { $0.tails[stream] != nil } }

  /// The index of the capture with `id`, while it goes on.
  func capture(id: Int) -> Int? { captures.firstIndex { $0.id == id } }
}

extension [GraphNode] {
  /// The index of the node with `id`, in nodes that are sorted by id.
  func index(ofNode id: Int) -> Int? {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if self[middle].id < id { low = middle + 1 } else { high = middle }
    }
    return low < count && self[low].id == id ? low : nil
  }

  /// The index of the node with `id`, whatever the order of the nodes: mostly they are sorted by id.
  func position(ofNode id: Int) -> Int? { index(ofNode: id) ?? firstIndex { $0.id == id } }

  /// The nodes, sorted by id before, each behind those that it depends on; nil when the edges make a circle.
  var inOrder: [GraphNode]? {
    let isInOrder = allSatisfy { node in node.dependencies.allSatisfy { $0 < node.id } }
    if isInOrder { return self }
    var open = map(\.dependencies.count)
    var dependents: [[Int]] = Array<[Int]>(repeating: [], count: count)
    for (index, node) in enumerated() {
      for dependency in node.dependencies {
        if let first = self.index(ofNode: dependency) { dependents[first].append(index) }
      }
    }
    var ready = indices.filter { open[$0] == 0 }
    var next = 0
    while next < ready.count {
      for dependent in dependents[ready[next]] {
        open[dependent] -= 1
        if open[dependent] == 0 { ready.append(dependent) }
      }
      next += 1
    }
    return ready.count == count ? ready.map { self[$0] } : nil
  }

  /// The ids of `nodes` and of all that they depend on.
  func reaching(_ nodes: [Int]) -> Set<Int> {
    var reached = Set(nodes)
    var open = nodes
    while let id = open.popLast() {
      guard let index = self.index(ofNode: id) else { continue }
      for dependency in self[index].dependencies where reached.insert(dependency).inserted {
        open.append(dependency)
      }
    }
    return reached
  }
}
