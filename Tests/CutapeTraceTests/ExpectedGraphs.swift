/// What every function of capture and graphs decodes to, written out by hand from the parameters in the CUDA headers.
///
/// Every list of dependencies is 0xd1, 0xd2; the items are 0x101, 0x201 ...; a node of any type frees 0xf1.

import CutapeTrace

let captureOperations: [String: @Sendable (Words) -> Operation] = [
  "cudaStreamBeginCapture": { .capture(.begin($0.stream(), mode: $0.int("mode"))) },
  "cudaStreamBeginCaptureToGraph": {
    .capture(.begin($0.stream(), mode: $0.int("mode"), graph: $0["graph"], dependencies: [0xd1, 0xd2]))
  },
  "cudaStreamEndCapture": { .capture(.end($0.stream(), graph: $0["pGraph"])) },
  "cudaStreamUpdateCaptureDependencies": updateDependencies,
  "cudaStreamUpdateCaptureDependencies_v2": updateDependencies,
  "cudaThreadExchangeStreamCaptureMode": { .capture(.exchangeMode($0.int("mode"))) },
  // The status that they gave, 0x1001, is not that of a stream that captures.
  "cudaStreamIsCapturing": { .capture(.status($0.stream())) },
  "cudaStreamGetCaptureInfo": { .capture(.status($0.stream())) },
  "cudaStreamGetCaptureInfo_v2": { .capture(.status($0.stream())) },
  "cudaStreamGetCaptureInfo_v3": { .capture(.status($0.stream())) },
]

let graphOperations: [String: @Sendable (Words) -> Operation] = [
  "cudaGraphCreate": { .graph(.create(handle: $0["pGraph"])) },
  "cudaGraphClone": { .graph(.clone($0["originalGraph"], handle: $0["pGraphClone"])) },
  "cudaGraphDestroy": { .graph(.destroy($0["graph"])) },
  "cudaGraphDestroyNode": { .graph(.removeNode($0["node"])) },
  "cudaGraphNodeFindInClone": {
    .graph(.nodeInClone($0["originalNode"], clone: $0["clonedGraph"], handle: $0["pNode"]))
  },
  "cudaGraphAddDependencies": { .graph(.addEdges(edges, graph: $0["graph"])) },
  "cudaGraphAddDependencies_v2": { .graph(.addEdges(edges, graph: $0["graph"])) },
  "cudaGraphRemoveDependencies": { .graph(.removeEdges(edges, graph: $0["graph"])) },
  "cudaGraphRemoveDependencies_v2": { .graph(.removeEdges(edges, graph: $0["graph"])) },
  "cudaGraphChildGraphNodeGetGraph": { .graph(.childGraph(of: $0["node"], handle: $0["pGraph"])) },
  "cudaGraphGetNodes": { .graph(.nodes(of: $0["graph"], areRoots: false, handles: [0x101, 0x201])) },
  "cudaGraphGetRootNodes": { .graph(.nodes(of: $0["graph"], areRoots: true, handles: [0x101, 0x201])) },
  "cudaGraphInstantiate": instantiate, "cudaGraphInstantiateWithFlags": instantiate,
  "cudaGraphInstantiateWithParams": instantiate,
  "cudaGraphUpload": { .graph(.upload(exec: $0["graphExec"], $0.stream())) },
  "cudaGraphLaunch": { .graph(.launch(exec: $0["graphExec"], $0.stream())) },
  "cudaGraphExecDestroy": { .graph(.destroyExec($0["graphExec"])) },
  "cudaGraphExecUpdate": { .graph(.update(exec: $0["hGraphExec"], from: $0["hGraph"])) },
  "cudaGraphNodeSetEnabled": { .graph(.setEnabled(exec: $0["hGraphExec"], node: $0["hNode"], true)) },
]

let nodeOperations: [String: @Sendable (Words) -> Operation] = [
  "cudaGraphAddEmptyNode": { add($0, .empty) },
  "cudaGraphAddKernelNode": { add($0, kernel($0)) },
  "cudaGraphAddHostNode": { add($0, host($0)) },
  "cudaGraphAddChildGraphNode": { add($0, .childGraph($0["childGraph"])) },
  "cudaGraphAddMemcpyNode": { add($0, copy3D($0)) },
  "cudaGraphAddMemcpyNode1D": { add($0, copy1D($0)) },
  "cudaGraphAddMemcpyNodeToSymbol": { add($0, copyToSymbol($0)) },
  "cudaGraphAddMemcpyNodeFromSymbol": { add($0, copyFromSymbol($0)) },
  "cudaGraphAddMemsetNode": { add($0, memset($0)) },
  "cudaGraphAddMemAllocNode": {
    add($0, .allocate(Allocation(kind: .async, size: $0["bytesize"], address: $0["dptr"])))
  },
  "cudaGraphAddMemFreeNode": { add($0, .free($0["dptr"])) },
  "cudaGraphAddEventRecordNode": { add($0, .recordEvent($0["event"])) },
  "cudaGraphAddEventWaitNode": { add($0, .waitEvent($0["event"])) },
  "cudaGraphAddExternalSemaphoresSignalNode": { add($0, .unsupported, after: []) },
  "cudaGraphAddExternalSemaphoresWaitNode": { add($0, .unsupported, after: []) },
  "cudaGraphAddNode": { add($0, .free(0xf1)) }, "cudaGraphAddNode_v2": { add($0, .free(0xf1)) },

  "cudaGraphKernelNodeSetParams": { set($0, kernel($0)) },
  "cudaGraphHostNodeSetParams": { set($0, host($0)) },
  "cudaGraphMemcpyNodeSetParams": { set($0, copy3D($0)) },
  "cudaGraphMemcpyNodeSetParams1D": { set($0, copy1D($0)) },
  "cudaGraphMemcpyNodeSetParamsToSymbol": { set($0, copyToSymbol($0)) },
  "cudaGraphMemcpyNodeSetParamsFromSymbol": { set($0, copyFromSymbol($0)) },
  "cudaGraphMemsetNodeSetParams": { set($0, memset($0)) },
  "cudaGraphEventRecordNodeSetEvent": { set($0, .recordEvent($0["event"])) },
  "cudaGraphEventWaitNodeSetEvent": { set($0, .waitEvent($0["event"])) },
  "cudaGraphExternalSemaphoresSignalNodeSetParams": { set($0, .unsupported, "hNode") },
  "cudaGraphExternalSemaphoresWaitNodeSetParams": { set($0, .unsupported, "hNode") },
  "cudaGraphNodeSetParams": { set($0, .free(0xf1)) },

  "cudaGraphExecKernelNodeSetParams": { setExec($0, kernel($0)) },
  "cudaGraphExecHostNodeSetParams": { setExec($0, host($0)) },
  "cudaGraphExecChildGraphNodeSetParams": { setExec($0, .childGraph($0["childGraph"])) },
  "cudaGraphExecMemcpyNodeSetParams": { setExec($0, copy3D($0)) },
  "cudaGraphExecMemcpyNodeSetParams1D": { setExec($0, copy1D($0)) },
  "cudaGraphExecMemcpyNodeSetParamsToSymbol": { setExec($0, copyToSymbol($0)) },
  "cudaGraphExecMemcpyNodeSetParamsFromSymbol": { setExec($0, copyFromSymbol($0)) },
  "cudaGraphExecMemsetNodeSetParams": { setExec($0, memset($0)) },
  "cudaGraphExecEventRecordNodeSetEvent": { setExec($0, .recordEvent($0["event"]), "hNode") },
  "cudaGraphExecEventWaitNodeSetEvent": { setExec($0, .waitEvent($0["event"]), "hNode") },
  "cudaGraphExecExternalSemaphoresSignalNodeSetParams": { setExec($0, .unsupported, "hNode") },
  "cudaGraphExecExternalSemaphoresWaitNodeSetParams": { setExec($0, .unsupported, "hNode") },
  "cudaGraphExecNodeSetParams": {
    .graph(.setExecNode(exec: $0["graphExec"], node: $0["node"], .free(0xf1)))
  },
]

private func add(_ words: Words, _ action: NodeAction, after nodes: [Address] = [0xd1, 0xd2]) -> Operation {
  .graph(.addNode(action, graph: words["graph"], dependencies: nodes, handle: words["pGraphNode"]))
}

private func set(_ words: Words, _ action: NodeAction, _ node: String = "node") -> Operation {
  .graph(.setNode(words[node], action))
}

private func setExec(_ words: Words, _ action: NodeAction, _ node: String = "node") -> Operation {
  .graph(.setExecNode(exec: words["hGraphExec"], node: words[node], action))
}

private let edges = [GraphEdge(from: 0x101, to: 0x201), GraphEdge(from: 0x301, to: 0x401)]

/// The flags, 0x1003 or 0x1002, are odd in the one form that has five parameters.
private let updateDependencies: @Sendable (Words) -> Operation = {
  .capture(.updateDependencies($0.stream(), [0xd1, 0xd2], replaces: $0["flags"] & 1 != 0))
}

private let instantiate: @Sendable (Words) -> Operation = {
  .graph(.instantiate($0["graph"], flags: $0["flags"], handle: $0["pGraphExec"]))
}

private func node(_ copy: Copy) -> NodeAction {
  var copy = copy
  copy.isAsync = true
  return .copy(copy)
}

private func copy3D(_ words: Words) -> NodeAction {
  node(copy(words, destinationArray3D(words), sourceArray3D(words), box(words), isAsync: false))
}

private func copy1D(_ words: Words) -> NodeAction {
  node(copy(words, .linear(words["dst"]), .linear(words["src"]), bytes(words), isAsync: false))
}

private func copyToSymbol(_ words: Words) -> NodeAction {
  node(copy(words, symbol(words), .linear(words["src"]), bytes(words), isAsync: false))
}

private func copyFromSymbol(_ words: Words) -> NodeAction {
  node(copy(words, .linear(words["dst"]), symbol(words), bytes(words), isAsync: false))
}

private func memset(_ words: Words) -> NodeAction {
  .fill(
    Fill(
      destination: .pitched(words["dst"], pitch: words["pitch"], sliceHeight: 0),
      extent: Copy.Extent(
        width: words["width"] * words["elementSize"], height: words["height"], dimensions: 2),
      value: words.unsigned("value"), elementSize: words.unsigned("elementSize"), stream: .legacy,
      isAsync: true))
}

private func host(_ words: Words) -> NodeAction {
  .hostFunction(callback: words["fn"], userData: words["userData"])
}

private func kernel(_ words: Words) -> NodeAction {
  .launch(
    Launch(
      kernel: words["func"],
      grid: .init(words.unsigned("gridX"), words.unsigned("gridY"), words.unsigned("gridZ")),
      block: .init(words.unsigned("blockX"), words.unsigned("blockY"), words.unsigned("blockZ")),
      sharedMemory: words["sharedMemBytes"], stream: .legacy,
      pointers: [
        .init(parameter: 1, address: 0x201, isConst: true),
        .init(parameter: 3, address: 0x401, isConst: true),
      ]))
}
