package import CutapeTrace

// Executable graphs: instantiation, changes and launches. Semantics of the reference 2.5; CUDA Runtime API, "Graph
// Management".
//
// A launch is one piece of work in its stream, behind the earlier launches of the same executable graph. Its nodes
// run one after the other in an order that respects their edges. What they touch is looked up at the launch: a node
// whose memory is gone does nothing.

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

  /// A launch fails while memory that an earlier one allocated is not freed.
  func judgeLaunch(of handle: Address) -> Int32 {
    guard let exec = graphBook.execs.newest(handle), exec.flags & InstantiationFlags.autoFreeOnLaunch == 0
    else { return ErrorCode.success }
    let isHeld = exec.nodes.contains { node in
      if case .allocate(let allocation) = node.action {
        graphBook.memory[allocation.address ?? 0]?.isHeld == true
      } else {
        false
      }
    }
    return isHeld ? ErrorCode.invalidValue : ErrorCode.success
  }

  /// In a capture a launch becomes a child graph.
  func judgeCapturedLaunch(of handle: Address) -> Int32 {
    let error = judgeExec(handle)
    guard error == ErrorCode.success else { return error }
    return graphBook.execs.newest(handle)?.nodes.haveMemory == true
      ? ErrorCode.notSupported : ErrorCode.success
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

  // MARK: Launching

  /// What the nodes of a launch come to.
  private struct LaunchPlan {
    var bodies: [() -> Void] = []
    var callsHost = false
    var dependencies: [WorkReference] = []
    /// The events that it records.
    var records: [Address] = []
    /// The memory that it allocates and frees, in order.
    var memory: [(address: Address, isFree: Bool)] = []
  }

  func launch(_ handle: Address, in stream: StreamReference, by caller: Caller) {
    guard let exec = graphBook.execs.newest(handle) else {
      submit(to: stream, by: caller, .none)
      return
    }
    if exec.flags & InstantiationFlags.autoFreeOnLaunch != 0 {
      freeHeldMemory(of: exec, stream: stream, by: caller)
    }
    for node in exec.nodes {
      if case .allocate(let allocation) = node.action {
        allocateGraphMemory(allocation.address ?? 0, by: caller)
      }
    }
    var plan = LaunchPlan()
    plan.dependencies = exec.lastLaunch.map { [$0] } ?? []
    for node in exec.nodes { add(node, to: &plan) }
    let action: Action =
      plan.bodies.isEmpty ? .none : .run { [bodies = plan.bodies] in for body in bodies { body() } }
    let work = submit(to: stream, by: caller, after: plan.dependencies, action)
    if plan.callsHost { noteHostCall(work) }
    graphBook.execs.update(exec.id) { $0.lastLaunch = work }
    for event in plan.records { record(event, as: work, by: caller) }
    for node in exec.nodes {
      if case .free(let address) = node.action {
        freeGraphMemory(address, in: exec.graph, release: .async(stream), by: caller)
      }
    }
  }

  private func freeHeldMemory(of exec: GraphExecState, stream: StreamReference, by caller: Caller) {
    for node in exec.nodes {
      guard case .allocate(let allocation) = node.action, let address = allocation.address,
        graphBook.memory[address]?.isHeld == true
      else { continue }
      freeGraphMemory(address, in: nil, release: .async(stream), by: caller)
    }
  }

  private func add(_ node: GraphNode, to plan: inout LaunchPlan) {
    guard node.isEnabled else { return }
    switch node.action {
    case .copy(let copy):
      let (destination, source) = operands(of: copy, onDevice: node.device)
      guard !copy.extent.isEmpty, let destination = destination.footprint, let source = source.footprint
      else { return }
      let transfer = Transfer(destination: destination, source: .footprint(source))
      if let body = backing.transfer(transfer, isStaged: false) { plan.bodies.append(body) }
    case .fill(let fill):
      guard !fill.extent.isEmpty,
        let destination = operand(of: fill.withoutUnusedPitch, onDevice: node.device).footprint
      else { return }
      let transfer = Transfer(
        destination: destination, source: .value(fill.value, elementSize: fill.elementSize))
      if let body = backing.transfer(transfer, isStaged: false) { plan.bodies.append(body) }
    case .hostFunction(let callback, let userData):
      plan.callsHost = true
      plan.bodies.append { [backing] in backing.callHost(function: callback, userData: userData) }
    case .childGraph: for child in node.child { add(child, to: &plan) }
    case .recordEvent(let event): plan.records.append(event)
    case .waitEvent(let event):
      // What this launch records itself, it is behind anyway.
      if !plan.records.contains(event), let work = eventTable.newest(event)?.record?.work {
        plan.dependencies.append(work)
      }
    case .empty, .launch, .allocate, .free, .unsupported: break
    }
  }
}
