import CutapeTrace

// The calls that a capture takes: each becomes a node behind what its stream added last, and nothing is executed.

extension Emulator {
  /// Adds a call to the capture at `index`, in the stream with id `stream`.
  func capture(_ operation: Operation, index: Int, stream: Int, by caller: Caller) -> Outcome {
    isCaptured = true
    switch operation {
    case .copy(let copy):
      if !copy.extent.isEmpty { addCapturedNode(.copy(copy), index: index, stream: stream, by: caller) }
    case .copyBatch(let copies, _): addCapturedBatch(copies, index: index, stream: stream, by: caller)
    case .fill(let fill):
      if !fill.extent.isEmpty { addCapturedNode(.fill(fill), index: index, stream: stream, by: caller) }
    case .launch(let launch):
      addCapturedNode(.launch(launch), index: index, stream: stream, by: caller)
      if let event = launch.event { recordCaptured(event, index: index, stream: stream, by: caller) }
    case .hostFunction(let callback, let userData, _):
      addCapturedNode(
        .hostFunction(callback: callback, userData: userData), index: index, stream: stream, by: caller)
    case .recordEvent(let event, _, let flags):
      if flags & Self.externalEvent != 0 {
        addCapturedNode(.recordEvent(event), index: index, stream: stream, by: caller)
      } else {
        recordCaptured(event, index: index, stream: stream, by: caller)
      }
    case .streamWaitEvent(_, let event, let flags):
      if flags & Self.externalEvent != 0 {
        addCapturedNode(.waitEvent(event), index: index, stream: stream, by: caller)
      } else if let captured = eventTable.newest(event)?.captured {
        addTail(captured.nodes, ofStream: stream, inCaptureAt: index, replacing: false)
      }
    case .graph(.launch(let exec, _)): addCapturedLaunch(of: exec, index: index, stream: stream, by: caller)
    case .allocate(let allocation):
      return addCapturedAllocation(allocation, index: index, stream: stream, by: caller)
    case .free(let address, _): addCapturedNode(.free(address), index: index, stream: stream, by: caller)
    default: break
    }
    return Outcome(result: ErrorCode.success)
  }

  /// Adds a node and makes it the one that the next call of the stream comes after.
  @discardableResult
  func addCapturedNode(_ action: NodeAction, index: Int, stream: Int, by caller: Caller) -> GraphNode {
    let capture = graphBook.captures[index]
    let node = addNode(action, to: capture.graph, after: capture.tails[stream] ?? [], handle: nil, by: caller)
    addTail([node.id], ofStream: stream, inCaptureAt: index, replacing: true)
    capturedNode = node
    return node
  }

  /// `cudaMallocAsync`: an allocation node; its memory has its address at once.
  private func addCapturedAllocation(_ allocation: Allocation, index: Int, stream: Int, by caller: Caller)
    -> Outcome
  {
    guard allocation.size > 0 else { return Outcome(result: ErrorCode.success, values: [0]) }
    let graph = graphBook.captures[index].graph
    guard let action = reserving(.allocate(allocation), for: graph, by: caller),
      case .allocate(let allocation) = action
    else { return Outcome(result: ErrorCode.memoryAllocation) }
    addCapturedNode(action, index: index, stream: stream, by: caller)
    return Outcome(result: ErrorCode.success, values: [allocation.address ?? 0])
  }

  /// The copies of a batch are not ordered among themselves: each comes after what was before the batch.
  private func addCapturedBatch(_ copies: [Copy], index: Int, stream: Int, by caller: Caller) {
    let before = graphBook.captures[index].tails[stream] ?? []
    var nodes: [Int] = []
    for copy in copies where !copy.extent.isEmpty {
      graphBook.captures[index].tails[stream] = before
      nodes.append(addCapturedNode(.copy(copy), index: index, stream: stream, by: caller).id)
    }
    if !nodes.isEmpty { graphBook.captures[index].tails[stream] = nodes }
  }

  /// The nodes that the next call of a stream comes after, in place of those it had or beside them.
  func addTail(_ nodes: [Int], ofStream stream: Int, inCaptureAt index: Int, replacing: Bool) {
    let old = replacing ? [] : graphBook.captures[index].tails[stream] ?? []
    graphBook.captures[index].tails[stream] = old + nodes.filter { !old.contains($0) }
  }

  /// An event that is recorded in a capture stands for the nodes that its stream added last.
  private func recordCaptured(_ handle: Address, index: Int, stream: Int, by caller: Caller) {
    let capture = graphBook.captures[index]
    let id = knownEvent(handle, by: caller)
    eventTable[id]?.record = nil
    eventTable[id]?.captured = EventState.CapturedRecord(
      number: caller.number, capture: capture.id, nodes: capture.tails[stream] ?? [])
  }

  /// `cudaGraphLaunch` of an executable graph: a child graph node with its nodes as they are now.
  private func addCapturedLaunch(of handle: Address, index: Int, stream: Int, by caller: Caller) {
    let exec = graphBook.execs.newest(handle)
    let graph = exec.flatMap { graphBook.graphs[$0.graph]?.handle } ?? 0
    let node = addCapturedNode(.childGraph(graph), index: index, stream: stream, by: caller)
    let place = GraphBook.Place(graph: graphBook.captures[index].graph, node: node.id)
    graphBook.embed(
      exec?.nodes ?? [], isOpaque: exec?.isOpaque ?? true, at: place, by: caller.number,
      handle: { [backing] in backing.handle(recorded: nil) })
    capturedNode?.child = exec?.nodes ?? []
  }
}
