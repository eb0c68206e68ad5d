import CutapeTrace

// Launches of executable graphs. Semantics of the reference 2.5; CUDA Runtime API, `cudaGraphLaunch`.
//
// A launch is one piece of work in its stream, behind the earlier launches of the same executable graph. Its nodes
// run one after the other in an order that respects their edges. What they touch is looked up at the launch: a node
// whose memory is gone does nothing.

extension Emulator {
  // MARK: Judging

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
      if let body = transfer(to: destination, from: .footprint(source), isStaged: false) {
        plan.bodies.append(body)
      }
    case .fill(let fill):
      guard !fill.extent.isEmpty,
        let destination = operand(of: fill.withoutUnusedPitch, onDevice: node.device).footprint
      else { return }
      let value = Transfer.Source.value(fill.value, elementSize: fill.elementSize)
      if let body = transfer(to: destination, from: value, isStaged: false) { plan.bodies.append(body) }
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
