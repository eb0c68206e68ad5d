/// The functions of the driver that ask for what a function of the runtime asks for: their parameters mean the same,
/// under other names.

import CutapeTrace

/// What each decodes to: the same as its twin.
let twinOperations: [String: @Sendable (Words) -> Operation] = Dictionary(
  uniqueKeysWithValues: names.map { name in
    guard let make = twins(of: name).lazy.compactMap({ runtimeOperations[$0] }).first else {
      fatalError("\(name) has no twin")
    }
    return (name, make)
  })

private let runtimeOperations = copyOperations.merging(poolOperations) { $1 }
  .merging(managedOperations) { $1 }.merging(captureOperations) { $1 }.merging(graphOperations) { $1 }
  .merging(nodeOperations) { $1 }

/// The functions of the runtime that may be the twin: with the version, or without. It has no nodes for batches of
/// memory operations, but others that are not modelled either.
private func twins(of name: String) -> [String] {
  let twin = "cuda" + name.dropFirst(2).replacing("BatchMemOp", with: "ExternalSemaphoresWait")
  return twin.contains("_v") ? [twin, String(twin.dropLast(3))] : [twin]
}

private let names = [
  "cuMemcpy3DBatchAsync", "cuMemcpy3DBatchAsync_v2", "cuMemPoolCreate", "cuMemPoolDestroy",
  "cuMemPoolTrimTo", "cuMemPoolSetAttribute", "cuMemPoolSetAccess", "cuDeviceSetMemPool",
  "cuDeviceGetMemPool", "cuDeviceGetDefaultMemPool", "cuMemSetMemPool", "cuMemGetMemPool",
  "cuMemGetDefaultMemPool", "cuMemAdvise", "cuMemAdvise_v2", "cuMemPrefetchAsync", "cuMemPrefetchAsync_v2",
  "cuMemPrefetchBatchAsync", "cuMemDiscardBatchAsync", "cuMemDiscardAndPrefetchBatchAsync",
  "cuStreamAttachMemAsync", "cuIpcGetMemHandle", "cuIpcOpenMemHandle", "cuIpcOpenMemHandle_v2",
  "cuIpcCloseMemHandle", "cuIpcGetEventHandle", "cuIpcOpenEventHandle",

  "cuStreamBeginCapture_v2", "cuStreamBeginCaptureToGraph", "cuStreamEndCapture",
  "cuStreamUpdateCaptureDependencies", "cuStreamUpdateCaptureDependencies_v2",
  "cuThreadExchangeStreamCaptureMode", "cuStreamIsCapturing", "cuStreamGetCaptureInfo",
  "cuStreamGetCaptureInfo_v2", "cuStreamGetCaptureInfo_v3",

  "cuGraphCreate", "cuGraphClone", "cuGraphDestroy", "cuGraphDestroyNode", "cuGraphNodeFindInClone",
  "cuGraphChildGraphNodeGetGraph", "cuGraphGetNodes", "cuGraphGetRootNodes", "cuGraphRemoveDependencies",
  "cuGraphRemoveDependencies_v2", "cuGraphInstantiateWithFlags", "cuGraphInstantiateWithParams",
  "cuGraphUpload", "cuGraphLaunch", "cuGraphExecDestroy", "cuGraphExecUpdate", "cuGraphExecUpdate_v2",

  "cuGraphAddDependencies", "cuGraphAddDependencies_v2", "cuGraphAddEmptyNode", "cuGraphAddKernelNode",
  "cuGraphAddKernelNode_v2", "cuGraphAddHostNode", "cuGraphAddChildGraphNode", "cuGraphAddMemsetNode",
  "cuGraphAddMemAllocNode", "cuGraphAddMemFreeNode", "cuGraphAddEventRecordNode", "cuGraphAddEventWaitNode",
  "cuGraphAddExternalSemaphoresSignalNode", "cuGraphAddExternalSemaphoresWaitNode",
  "cuGraphAddBatchMemOpNode", "cuGraphAddNode", "cuGraphAddNode_v2", "cuGraphKernelNodeSetParams",
  "cuGraphKernelNodeSetParams_v2", "cuGraphHostNodeSetParams", "cuGraphMemsetNodeSetParams",
  "cuGraphEventRecordNodeSetEvent", "cuGraphEventWaitNodeSetEvent",
  "cuGraphExternalSemaphoresSignalNodeSetParams", "cuGraphExternalSemaphoresWaitNodeSetParams",
  "cuGraphBatchMemOpNodeSetParams", "cuGraphNodeSetParams", "cuGraphNodeSetEnabled",
  "cuGraphExecKernelNodeSetParams", "cuGraphExecKernelNodeSetParams_v2", "cuGraphExecHostNodeSetParams",
  "cuGraphExecChildGraphNodeSetParams", "cuGraphExecMemsetNodeSetParams",
  "cuGraphExecEventRecordNodeSetEvent", "cuGraphExecEventWaitNodeSetEvent",
  "cuGraphExecExternalSemaphoresSignalNodeSetParams", "cuGraphExecExternalSemaphoresWaitNodeSetParams",
  "cuGraphExecBatchMemOpNodeSetParams", "cuGraphExecNodeSetParams",
]

/// What the driver calls a parameter of the runtime.
let driverNames: [String: [String]] = [
  "memPool": ["pool", "pool_out"], "device": ["dev"], "devPtr": ["dptr", "pdptr"], "event": ["phEvent"],
  "stream": ["hStream"], "graph": ["hGraph"], "pGraph": ["phGraph"], "pGraphClone": ["phGraphClone"],
  "node": ["hNode"], "pNode": ["phNode"], "originalNode": ["hOriginalNode"], "clonedGraph": ["hClonedGraph"],
  "pGraphNode": ["phGraphNode"], "graphExec": ["hGraphExec"], "pGraphExec": ["phGraphExec"],
]
