// Stream capture and graphs, as calls ask for them. Source: CUDA Runtime API, "Graph Management" and "Stream Management".

/// What a call asks of stream capture.
package enum CaptureOperation: Sendable, Hashable {
  /// `cudaStreamBeginCapture`; with a graph and the nodes to go on from, `cudaStreamBeginCaptureToGraph`.
  /// `mode` is `cudaStreamCaptureMode` as the program passed it.
  case begin(StreamReference, mode: Int32, graph: Address? = nil, dependencies: [Address] = [])
  /// `cudaStreamEndCapture`; the graph is known after the call.
  case end(StreamReference, graph: Address?)
  /// `cudaThreadExchangeStreamCaptureMode`: the mode that the thread asks for.
  case exchangeMode(Int32)
  /// `cudaStreamIsCapturing`, `cudaStreamGetCaptureInfo`: change nothing, but give errors of their own. Known after
  /// the call, and only of a stream that captures: the graph that it fills, and the nodes that the next captured call
  /// comes after (none also when the program did not ask for them).
  case status(StreamReference, graph: Address? = nil, dependencies: [Address] = [])
  /// `cudaStreamUpdateCaptureDependencies`: the nodes that the next captured call comes after, in place of those
  /// that the stream had or beside them.
  case updateDependencies(StreamReference, [Address], replaces: Bool)
}

/// What a call asks of a graph, its nodes or an executable graph. Handles are nil before the call has returned.
package enum GraphOperation: Sendable, Hashable {
  case create(handle: Address?)
  /// `cudaGraphClone`.
  case clone(Address, handle: Address?)
  case destroy(Address)

  /// `cudaGraphAdd*Node`, `cudaGraphAddNode`.
  case addNode(NodeAction, graph: Address, dependencies: [Address], handle: Address?)
  /// `cudaGraph*NodeSetParams`, `cudaGraphNodeSetParams`: of the node, not of executable graphs made before.
  case setNode(Address, NodeAction)
  /// `cudaGraphDestroyNode`.
  case removeNode(Address)
  case addEdges([GraphEdge], graph: Address)
  case removeEdges([GraphEdge], graph: Address)

  /// `cudaGraphGetNodes`: which nodes a graph has, those of a capture among them; of `cudaGraphGetRootNodes`, the
  /// ones that come after no other. None also when the program only asked how many there are, which it must:
  /// `counts` is false of a call without a place for the number.
  case nodes(of: Address, areRoots: Bool, handles: [Address], counts: Bool = true)
  /// `cudaGraphNodeFindInClone`.
  case nodeInClone(Address, clone: Address, handle: Address?)
  /// `cudaGraphChildGraphNodeGetGraph`: the graph that a child graph node owns.
  case childGraph(of: Address, handle: Address?)

  /// `cudaGraphInstantiate`, `cudaGraphInstantiateWithFlags`, `cudaGraphInstantiateWithParams`.
  case instantiate(Address, flags: UInt64, handle: Address?)
  /// `cudaGraphExecUpdate`.
  case update(exec: Address, from: Address)
  /// `cudaGraphExec*NodeSetParams`, `cudaGraphExecNodeSetParams`.
  case setExecNode(exec: Address, node: Address, NodeAction)
  /// `cudaGraphNodeSetEnabled`.
  case setEnabled(exec: Address, node: Address, Bool)
  case upload(exec: Address, StreamReference)
  case launch(exec: Address, StreamReference)
  case destroyExec(Address)
}

/// An edge of a graph, between the handles of two of its nodes.
package struct GraphEdge: Sendable, Hashable {
  /// The node that runs first.
  package var from: Address
  package var to: Address

  package init(from: Address, to: Address) {
    self.from = from
    self.to = to
  }
}

/// What a node of a graph does at each launch: an asynchronous call without a stream of its own. The stream that copies,
/// fills and launches name is of no meaning here.
package enum NodeAction: Sendable, Hashable {
  /// `cudaGraphAddEmptyNode`
  case empty
  case copy(Copy)
  case fill(Fill)
  case launch(Launch)
  case hostFunction(callback: Address, userData: Address)
  /// The graph that is embedded: the node keeps a copy of it.
  case childGraph(Address)
  case recordEvent(Address)
  case waitEvent(Address)
  /// `cudaGraphAddMemAllocNode`; the address is known after the call.
  case allocate(Allocation)
  /// `cudaGraphAddMemFreeNode`
  case free(Address)
  /// Not modelled: semaphores, conditional bodies, batches of memory operations.
  case unsupported
}
