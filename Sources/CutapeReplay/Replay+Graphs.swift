import CutapeEmulator
import CutapeTrace

// Capture and graphs.
//
// A call that is captured does nothing: it becomes a node. A launch runs the nodes of an executable graph, each an
// operation of its own with the memory that its operands name *then*: after what was in the stream of the launch, after
// the launches of the same executable graph before it, and in the order of the graph's edges. What comes later in the
// stream is after all of them.
//
// What an executable graph does that was not seen made, or has nodes that are not modelled, is not known. Its stream
// is opaque from then on, and so is every stream that waits for an event: the graph may have recorded it.
//
// Source: CUDA Runtime API, "Graph Management", cudaGraphLaunch.

extension Replay {
  /// Whether the call would be captured: it acts in a stream that captures.
  var isCapturing: Bool {
    guard let reference = step.operation.capturable else { return false }
    return emulator.capture(of: reference, by: step.caller) != nil
  }

  /// Notes which of the captures that were going on the call has made invalid, or ended without a graph.
  func lookForInvalidation(of captures: [CaptureState]) {
    let now = emulator.captures
    step.invalidated = captures.first { capture in
      guard capture.invalidatedBy == nil else { return false }
      guard let after = now.first(where: { $0.id == capture.id }) else { return true }
      return after.invalidatedBy == step.event.number
    }
  }

  /// Notes what a call becomes that is not executed, for the nodes that it adds.
  func noteOrigin() {
    if origins.count >= originLimit { forgetOrigins() }
    var stream: String?
    if step.isCaptured, let reference = step.operation.capturable {
      stream = emulator.stream(reference, by: step.caller)?.name
    }
    origins[step.event.number] = PlannedNode.Origin(event: step.event, stream: stream)
  }

  /// Drops the calls of which no graph has a node any more.
  private func forgetOrigins() {
    var kept: Set<Int> = []
    for graph in emulator.graphs { for node in graph.nodes { kept.insert(node.addedBy) } }
    for run in runs.values {
      for entry in run.plan.entries {
        if let origin = entry.node?.origin { kept.insert(origin.event.number) }
      }
    }
    origins = origins.filter { kept.contains($0.key) }
    originLimit = max(1024, 2 * origins.count)
  }

  // MARK: Executable graphs

  func order(_ operation: GraphOperation) {
    switch operation {
    case .instantiate(_, _, let handle?), .update(let handle, _):
      guard step.succeeded, let exec = emulator.graphExec(handle) else { return }
      plan(exec, keeping: [])
    case .setExecNode(let handle, let node, _), .setEnabled(let handle, let node, _):
      guard step.succeeded, let exec = emulator.graphExec(handle) else { return }
      var changed = runs[exec.id]?.changed ?? []
      if case .setExecNode = operation, let id = exec.nodes.first(where: { $0.handle == node })?.id {
        changed.insert(id)
      }
      runs[exec.id]?.changed = changed
    case .launch(let exec, let stream): launch(exec, in: stream)
    case .upload(_, let stream): submit(to: stream)
    case .destroyExec(let handle):
      guard let exec = emulator.graphExec(handle), let run = runs.removeValue(forKey: exec.id) else { return }
      for slot in run.slots { timelines.retire(slot) }
    case .addNode: noteOrigin()
    case .instantiate, .create, .clone, .destroy, .setNode, .removeNode, .addEdges, .removeEdges, .nodes,
      .nodeInClone, .childGraph:
      break
    }
  }

  /// Makes the plan of an executable graph that was instantiated or changed. Its nodes name their memory anew, but for
  /// those of `kept`, by their ids.
  private func plan(_ exec: GraphExecState, keeping kept: Set<Int>) {
    guard exec.isAlive, !exec.isOpaque else { return }
    let graph = emulator.graph(id: exec.graph)?.name ?? "its graph"
    var run = GraphRun(plan: GraphPlan(exec.nodes, of: graph) { self.origins[$0] })
    let old = runs[exec.id]
    if let old {
      run.slots = old.slots
      run.end = old.end
    }
    resolve(&run)
    run.armed = run.nodes.map(\.objects)
    if let old, !kept.isEmpty, old.plan.entries.count == run.plan.entries.count {
      for (index, entry) in run.plan.entries.enumerated() {
        guard let node = entry.node, kept.contains(node.id) else { continue }
        run.armed[index] = old.armed[index]
      }
    }
    run.version = nil
    runs[exec.id] = run
  }

  /// Looks up what the operands of the nodes mean now.
  private func resolve(_ run: inout GraphRun) {
    run.version = emulator.space.version
    run.owned = []
    for entry in run.plan.entries {
      guard case .allocate(let allocation) = entry.node?.action, let address = allocation.address,
        let object = emulator.space.lastObject(containing: address)
      else { continue }
      run.owned.insert(object.id)
    }
    run.nodes = run.plan.entries.map { entry in
      guard let node = entry.node, node.isEnabled else { return ResolvedNode() }
      return resolve(node, owned: run.owned)
    }
  }

  private func resolve(_ node: PlannedNode, owned: Set<Int>) -> ResolvedNode {
    var resolved = ResolvedNode()
    switch node.action {
    case .copy(let copy): resolved.movements = [emulator.sides(of: copy, onDevice: node.device)]
    case .fill(let fill): resolved.movements = [emulator.sides(of: fill, onDevice: node.device)]
    case .launch(let launch): resolved.pointers = objects(of: launch)
    case .allocate, .free, .empty, .hostFunction, .childGraph, .recordEvent, .waitEvent, .unsupported: break
    }
    var object: MemoryObject?
    if case .allocate(let allocation) = node.action, let address = allocation.address {
      object = emulator.space.lastObject(containing: address)
    }
    resolved.operands = operands(
      of: resolved.movements, resolved.pointers, allocating: object, owned: owned)
    return resolved
  }

  // MARK: Launches

  private func launch(_ handle: Address, in reference: StreamReference) {
    guard let slot = slot(reference), let stream = step.stream else { return }
    let epoch = timelines.submit(to: slot)
    let exec = emulator.graphExec(handle)
    if let exec, let run = runs[exec.id], let changed = run.changed {
      plan(exec, keeping: Set(run.plan.entries.compactMap { $0.node?.id }).subtracting(changed))
    }
    if step.succeeded {
      step.submitted = SubmittedOperation(
        event: step.event, stream: stream.id, epoch: epoch, operands: SubmittedOperation.Operands())
    }
    guard let exec, !exec.isOpaque, var run = runs[exec.id] else {
      timelines[slot].isOpaque = true
      unknownWriter = step.event.number
      discards = [:]
      hasUnknownRecords = true
      return
    }
    guard step.succeeded else { return }
    step.knowsLaunched = true
    if run.version != emulator.space.version {
      resolve(&run)
      run.outlived = lookForOutlivedMemory(run)
    }
    step.outlived = run.outlived
    while run.slots.count < run.plan.chains {
      run.slots.append(timelines.add(.chain, device: stream.device))
    }
    let end = execute(run, in: slot, of: stream, at: epoch)
    run.end = end
    runs[exec.id] = run
    timelines[slot].knowledge.join(end)
    dropUnwrittenRaces()
    for id in run.owned {
      if let object = emulator.space.object(id), !object.isAlive { forget(object) }
    }
  }

  /// Runs the nodes; gives what is known when all are complete.
  private func execute(_ run: GraphRun, in slot: Int, of stream: StreamState, at epoch: Epoch) -> Knowledge {
    var base = timelines[slot].knowledge
    base.learn(epoch)
    if let end = run.end { base.join(end) }
    var snapshots: [Int: Snapshot] = [:]
    step.launched.reserveCapacity(run.plan.entries.count)
    for (index, entry) in run.plan.entries.enumerated() {
      let chain = run.slots[entry.chain]
      if entry.isRoot { timelines.begin(chain, knowing: base, isOpaque: timelines[slot].isOpaque) }
      for join in entry.joins { if let before = snapshots[join] { timelines.join(chain, with: before) } }
      if let node = entry.node, node.isEnabled {
        execute(node, run.nodes[index], chain, in: stream, at: epoch, owned: run.owned)
      }
      if entry.isJoined { snapshots[index] = timelines.snapshot(of: chain) }
    }
    for chain in run.slots.prefix(run.plan.chains) {
      let last = timelines.snapshot(of: chain)
      base.join(last.knowledge)
      base.learn(last.epoch)
    }
    return base
  }

  private func execute(
    _ node: PlannedNode, _ resolved: ResolvedNode, _ chain: Int, in stream: StreamState, at place: Epoch,
    owned: Set<Int>
  ) {
    if mayTellHost(resolved.pointers) { timelines.synchronizeHost(with: timelines.snapshot(of: chain)) }
    let epoch = timelines.advance(chain)
    switch node.action {
    case .recordEvent(let handle): keep(timelines.snapshot(of: chain), in: handle)
    case .waitEvent(let handle):
      if let snapshot = awaited(handle, in: chain)?.snapshot { timelines.join(chain, with: snapshot) }
    case .hostFunction: timelines.synchronizeHost(with: timelines.snapshot(of: chain))
    case .empty, .childGraph, .unsupported: return
    case .copy, .fill, .launch, .allocate, .free: break
    }
    let submitted = SubmittedOperation(
      event: step.event, stream: stream.id, epoch: epoch, operands: resolved.operands, node: node,
      place: place)
    let launched = LaunchedNode(
      operation: submitted, movement: resolved.movements.first, pointers: resolved.pointers)
    step.launched.append(launched)
    if let origin = node.origin, stackBuffers.left.contains(origin.event.number) {
      step.leftNodes.append(launched)
    }
    if case .launch(let launch) = node.action {
      note(submitted, chain, [], launch, resolved.pointers)
    } else {
      note(submitted, chain, resolved.movements, nil, [])
    }
    lookForDiscarded(resolved.movements, by: submitted)
    if !resolved.operands.isEmpty { touch(submitted, chain) }
    for movement in resolved.movements {
      initialize(movement, submitted, owned: owned)
      stackBuffers.add(movement, of: submitted, hostKnows: timelines.hostKnowledge.doc)
      hosts.keep(submitted, movement, host: timelines.hostKnowledge.doc)
    }
    switch node.action {
    case .launch(let launch): initialize(launch, resolved.pointers)
    case .allocate(let allocation):
      if let object = allocation.address.flatMap(emulator.space.lastObject) {
        initialization[object.id] = Initialization()
      }
    case .free(let address):
      guard let object = emulator.space.lastObject(containing: address) else { return }
      addPending(in: object, slot: chain, knowing: timelines[chain].knowledge, later: submitted)
      forget(object)
    case .empty, .copy, .fill, .hostFunction, .childGraph, .recordEvent, .waitEvent, .unsupported: break
    }
  }

  /// A read of what a node of the same graph writes, unordered with it, is a race and not a read of what nothing wrote.
  private func dropUnwrittenRaces() {
    guard !step.unwritten.isEmpty, !step.conflicts.isEmpty else { return }
    step.unwritten.removeAll { unwritten in
      step.conflicts.contains { $0.earlier === unwritten.operation && $0.laterWrites }
    }
  }

  // MARK: Memory

  /// The nodes that name memory which is gone, or is not the memory that they named when they were made. What the graph
  /// allocates by itself comes and goes with it; host memory that was only unregistered lives on.
  private func lookForOutlivedMemory(_ run: GraphRun) -> [OutlivedNode] {
    var outlived: [OutlivedNode] = []
    for (index, entry) in run.plan.entries.enumerated() {
      guard let node = entry.node, index < run.armed.count else { continue }
      let now = run.nodes[index]
      for (position, object) in now.objects.enumerated() {
        guard position < run.armed[index].count, let named = run.armed[index][position],
          named.isAlive || named.isOnlyOnDevice, named.kind != .registered, !run.owned.contains(named.id)
        else { continue }
        let isSame = object?.id == named.id
        // The launch itself may be what frees the memory, behind the node. Memory of a graph has its address for
        // good: what a launch allocates there anew is what the node names.
        let lives = object.map { $0.isAlive || $0.freedBy == step.event.number } ?? false
        if lives, isSame || emulator.isGraphMemory(named.range.start) { continue }
        // What is behind addresses that the program mapped is its own affair.
        if lives, object?.kind == .mapped, named.kind == .mapped { continue }
        // Of the object that was named the newest state says who freed it.
        let known = emulator.space.object(named.id) ?? named
        if known.isAlive { continue }
        let sides = now.movements.first.map { Array($0.sides) } ?? []
        outlived.append(
          OutlivedNode(
            node: node, movement: now.movements.first,
            role: position < sides.count ? sides[position].role : nil,
            parameter: sides.isEmpty ? now.pointers[position].pointer.parameter : nil, object: known,
            successor: object.flatMap { $0.isAlive && !isSame ? $0 : nil }))
      }
    }
    return outlived
  }
}

extension ResolvedNode {
  /// The objects that the operands are in.
  fileprivate var objects: [MemoryObject?] {
    movements.flatMap { $0.sides.map(\.side.object) } + pointers.map(\.object)
  }
}

extension MemoryObject {
  /// Whether nothing but CUDA can have put something at its addresses since it was freed.
  fileprivate var isOnlyOnDevice: Bool { !kind.isHost && kind != .managed }
}

extension Operation {
  /// The stream of a call that is captured when its stream captures.
  fileprivate var capturable: StreamReference? {
    switch self {
    case .copy(let copy): copy.stream
    case .copyBatch(_, let stream): stream
    case .fill(let fill): fill.stream
    case .launch(let launch): launch.stream
    case .migrate(let migration): migration.stream
    case .allocate(let allocation): allocation.stream
    case .free(_, .async(let stream)), .hostFunction(_, _, let stream), .streamWaitEvent(let stream, _, _),
      .recordEvent(_, let stream, _), .graph(.launch(_, let stream)):
      stream
    case .allocateArray, .free, .register, .unregister, .hostDevicePointer, .registerBinary, .registerKernel,
      .registerVariable, .getKernel, .symbolAddress, .callConfiguration, .createStream, .destroyStream,
      .synchronizeStream, .queryStream, .createEvent, .destroyEvent, .synchronizeEvent, .queryEvent,
      .elapsedTime,
      .capture, .graph, .setDevice, .synchronizeDevice, .resetDevice, .enablePeer, .disablePeer,
      .takeLastError,
      .peekLastError, .describeError, .host, .neutral, .context, .advise, .pool, .interprocess,
      .virtualMemory,
      .registerManaged, .unsupported:
      nil
    }
  }
}
