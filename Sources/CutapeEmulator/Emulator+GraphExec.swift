package import CutapeTrace

// Executable graphs: instantiation and changes. CUDA Runtime API, "Graph Management".

/// `cudaGraphInstantiate` flags.
enum InstantiationFlags {
  static let autoFreeOnLaunch: UInt64 = 1
  static let deviceLaunch: UInt64 = 4
  static let all: UInt64 = 15
}

extension Emulator {
  // MARK: Judging

  func judgeExec(_ handle: Address) -> Int32 {
    graphBook.execs.newest(handle)?.isAlive == true ? ErrorCode.success : ErrorCode.invalidValue
  }

  func judgeInstantiation(of graph: Address, flags: UInt64) -> Int32 {
    guard let state = graphBook.graphs.newest(graph), state.isAlive, flags & ~InstantiationFlags.all == 0,
      flags & (InstantiationFlags.deviceLaunch | InstantiationFlags.autoFreeOnLaunch) != 5
    else { return ErrorCode.invalidValue }
    guard !state.nodes.haveMemory || !graphBook.hasLiveExec(of: state.id) else {
      return ErrorCode.notSupported
    }
    return graphBook.executableNodes(of: state.id) == nil ? ErrorCode.invalidValue : ErrorCode.success
  }

  func judgeUpdate(of exec: Address, from graph: Address) -> Int32 {
    let error = firstError([judgeExec(exec), judgeGraph(graph)])
    guard error == ErrorCode.success else { return error }
    return updateMismatch(of: exec, from: graph) == nil ? ErrorCode.success : ErrorCode.graphExecUpdateFailure
  }

  func judgeSetting(_ node: Address, of exec: Address, to action: NodeAction, by caller: Caller) -> Int32 {
    let error = judgeExec(exec)
    guard error == ErrorCode.success else { return error }
    guard let old = execNode(node, of: exec) else {
      return node != 0 && graphBook.hasUnnamedNodes ? ErrorCode.success : ErrorCode.invalidValue
    }
    guard old.action.isOfSameType(as: action), !action.hasMemory else { return ErrorCode.invalidValue }
    if case .childGraph(let handle) = action {
      guard let graph = graphBook.graphs.newest(handle), graph.isAlive else { return ErrorCode.invalidValue }
      let nodes = graphBook.executableNodes(of: graph.id) ?? []
      return mismatch(of: old.child, nodes) == nil ? ErrorCode.success : ErrorCode.graphExecUpdateFailure
    }
    let judged = judge(action, in: nil, by: caller)
    guard judged == ErrorCode.success else { return judged }
    return keepsOperands(old, as: action, onDevice: currentDevice(of: caller))
      ? ErrorCode.success : ErrorCode.invalidValue
  }

  func judgeEnabling(_ node: Address, of exec: Address) -> Int32 {
    let error = judgeExec(exec)
    guard error == ErrorCode.success else { return error }
    guard let node = execNode(node, of: exec) else {
      return node != 0 && graphBook.hasUnnamedNodes ? ErrorCode.success : ErrorCode.invalidValue
    }
    switch node.action {
    case .copy, .fill, .launch, .unsupported: return ErrorCode.success
    default: return ErrorCode.invalidValue
    }
  }

  /// The node of an executable graph that was made from the node with `handle`, which its graph still has.
  package func execNode(_ handle: Address, of exec: Address) -> GraphNode? {
    guard let place = graphBook.place(of: handle), let exec = graphBook.execs.newest(exec) else { return nil }
    return exec.nodes.position(ofNode: place.node).map { exec.nodes[$0] }
  }

  // MARK: Changing

  func instantiate(_ graph: Address, flags: UInt64, handle: Address?, by caller: Caller) -> Address {
    let handle = backing.handle(recorded: handle)
    let state = graphBook.graphs.newest(graph)
    let nodes = state.flatMap { graphBook.executableNodes(of: $0.id) }
    _ = graphBook.addExec(
      nodes ?? [], of: state?.id ?? 0, flags: flags, handle: handle, by: caller.number,
      isOpaque: nodes == nil || state?.isOpaque == true)
    return handle
  }

  /// `cudaGraphExecUpdate`: the nodes take what those of the graph do, pair by pair in the order of addition.
  func update(_ exec: Address, from graph: Address) {
    guard let id = graphBook.execs.id(exec), let old = graphBook.execs[id] else { return }
    let state = graphBook.graphs.newest(graph)
    let new = state.flatMap { graphBook.executableNodes(of: $0.id) }
    guard let new, mismatch(of: old.nodes, new) == nil else {
      // A record that knows better: which node became which is not known.
      return graphBook.execs.update(id) { exec in
        exec.nodes = new ?? []
        exec.isOpaque = exec.isOpaque || new == nil || state?.isOpaque == true
      }
    }
    let updated = Self.nodes(old.nodes, takingActionsOf: new)
    graphBook.execs.update(id) { $0.nodes = updated }
  }

  private static func nodes(_ old: [GraphNode], takingActionsOf new: [GraphNode]) -> [GraphNode] {
    let order = old.indices.sorted { old[$0].id < old[$1].id }
    var updated = old
    for (index, source) in zip(order, new.sorted { $0.id < $1.id }) {
      updated[index].action = source.action
      updated[index].device = source.device
      updated[index].child = nodes(old[index].child, takingActionsOf: source.child)
    }
    return updated
  }

  func set(_ node: Address, of exec: Address, to action: NodeAction, by caller: Caller) {
    let device = currentDevice(of: caller)
    var child: [GraphNode]?
    if case .childGraph(let handle) = action, let graph = graphBook.graphs.newest(handle),
      let old = execNode(node, of: exec), let new = graphBook.executableNodes(of: graph.id)
    {
      child = Self.nodes(old.child, takingActionsOf: new)
    }
    change(node, of: exec) {
      $0.action = action
      $0.device = device
      if let child { $0.child = child }
    }
  }

  func set(_ node: Address, of exec: Address, isEnabled: Bool) {
    change(node, of: exec) { $0.isEnabled = isEnabled }
  }

  /// Changes a node of an executable graph. Where nobody knows which it is, nothing can be said of the graph.
  private func change(_ node: Address, of exec: Address, _ change: (inout GraphNode) -> Void) {
    guard let id = graphBook.execs.id(exec) else { return }
    let place = graphBook.place(of: node)
    graphBook.execs.update(id) { exec in
      guard let place, let index = exec.nodes.position(ofNode: place.node) else {
        exec.isOpaque = true
        return
      }
      change(&exec.nodes[index])
    }
  }

  func destroyExec(_ handle: Address, by caller: Caller) {
    guard let id = graphBook.execs.id(handle) else { return }
    graphBook.destroyExec(id, by: caller.number)
    releaseGraphMemory(by: caller)
  }
}
