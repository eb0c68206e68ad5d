/// The functions of the driver that ask for what a function of the runtime asks for: their parameters mean the same,
/// under other names.

import CutapeTrace

/// What each decodes to: the same as its twin.
let twinOperations: [String: @Sendable (Words) -> Operation] = Dictionary(
  uniqueKeysWithValues: twins.map { driver, runtime in
    guard let make = runtimeOperations[runtime] else { fatalError("\(runtime) has no expectation") }
    return (driver, make)
  })

private let runtimeOperations = copyOperations.merging(poolOperations) { $1 }
  .merging(managedOperations) { $1 }.merging(captureOperations) { $1 }.merging(graphOperations) { $1 }
  .merging(nodeOperations) { $1 }

private let twins: [String: String] = [
  "cuMemcpy3DBatchAsync": "cudaMemcpy3DBatchAsync", "cuMemcpy3DBatchAsync_v2": "cudaMemcpy3DBatchAsync",

  "cuMemPoolCreate": "cudaMemPoolCreate", "cuMemPoolDestroy": "cudaMemPoolDestroy",
  "cuMemPoolTrimTo": "cudaMemPoolTrimTo", "cuMemPoolSetAttribute": "cudaMemPoolSetAttribute",
  "cuMemPoolSetAccess": "cudaMemPoolSetAccess", "cuDeviceSetMemPool": "cudaDeviceSetMemPool",
  "cuDeviceGetMemPool": "cudaDeviceGetMemPool",
  "cuDeviceGetDefaultMemPool": "cudaDeviceGetDefaultMemPool",
  "cuMemSetMemPool": "cudaMemSetMemPool", "cuMemGetMemPool": "cudaMemGetMemPool",
  "cuMemGetDefaultMemPool": "cudaMemGetDefaultMemPool",

  "cuMemAdvise": "cudaMemAdvise", "cuMemAdvise_v2": "cudaMemAdvise_v2",
  "cuMemPrefetchAsync": "cudaMemPrefetchAsync", "cuMemPrefetchAsync_v2": "cudaMemPrefetchAsync_v2",
  "cuMemPrefetchBatchAsync": "cudaMemPrefetchBatchAsync",
  "cuMemDiscardBatchAsync": "cudaMemDiscardBatchAsync",
  "cuMemDiscardAndPrefetchBatchAsync": "cudaMemDiscardAndPrefetchBatchAsync",
  "cuStreamAttachMemAsync": "cudaStreamAttachMemAsync",

  "cuIpcGetMemHandle": "cudaIpcGetMemHandle", "cuIpcOpenMemHandle": "cudaIpcOpenMemHandle",
  "cuIpcOpenMemHandle_v2": "cudaIpcOpenMemHandle", "cuIpcCloseMemHandle": "cudaIpcCloseMemHandle",
  "cuIpcGetEventHandle": "cudaIpcGetEventHandle", "cuIpcOpenEventHandle": "cudaIpcOpenEventHandle",

  "cuStreamBeginCapture_v2": "cudaStreamBeginCapture",
  "cuStreamBeginCaptureToGraph": "cudaStreamBeginCaptureToGraph",
  "cuStreamEndCapture": "cudaStreamEndCapture",
  "cuStreamUpdateCaptureDependencies": "cudaStreamUpdateCaptureDependencies",
  "cuStreamUpdateCaptureDependencies_v2": "cudaStreamUpdateCaptureDependencies",
  "cuThreadExchangeStreamCaptureMode": "cudaThreadExchangeStreamCaptureMode",
  "cuStreamIsCapturing": "cudaStreamIsCapturing", "cuStreamGetCaptureInfo": "cudaStreamGetCaptureInfo",
  "cuStreamGetCaptureInfo_v2": "cudaStreamGetCaptureInfo",
  "cuStreamGetCaptureInfo_v3": "cudaStreamGetCaptureInfo",

  "cuGraphCreate": "cudaGraphCreate", "cuGraphClone": "cudaGraphClone", "cuGraphDestroy": "cudaGraphDestroy",
  "cuGraphDestroyNode": "cudaGraphDestroyNode", "cuGraphNodeFindInClone": "cudaGraphNodeFindInClone",
  "cuGraphChildGraphNodeGetGraph": "cudaGraphChildGraphNodeGetGraph",
  "cuGraphGetNodes": "cudaGraphGetNodes", "cuGraphGetRootNodes": "cudaGraphGetRootNodes",
  "cuGraphAddDependencies": "cudaGraphAddDependencies",
  "cuGraphAddDependencies_v2": "cudaGraphAddDependencies",
  "cuGraphRemoveDependencies": "cudaGraphRemoveDependencies",
  "cuGraphRemoveDependencies_v2": "cudaGraphRemoveDependencies",

  "cuGraphAddEmptyNode": "cudaGraphAddEmptyNode", "cuGraphAddKernelNode": "cudaGraphAddKernelNode",
  "cuGraphAddKernelNode_v2": "cudaGraphAddKernelNode", "cuGraphAddHostNode": "cudaGraphAddHostNode",
  "cuGraphAddChildGraphNode": "cudaGraphAddChildGraphNode", "cuGraphAddMemsetNode": "cudaGraphAddMemsetNode",
  "cuGraphAddMemAllocNode": "cudaGraphAddMemAllocNode", "cuGraphAddMemFreeNode": "cudaGraphAddMemFreeNode",
  "cuGraphAddEventRecordNode": "cudaGraphAddEventRecordNode",
  "cuGraphAddEventWaitNode": "cudaGraphAddEventWaitNode",
  "cuGraphAddExternalSemaphoresSignalNode": "cudaGraphAddExternalSemaphoresSignalNode",
  "cuGraphAddExternalSemaphoresWaitNode": "cudaGraphAddExternalSemaphoresWaitNode",
  "cuGraphAddBatchMemOpNode": "cudaGraphAddExternalSemaphoresWaitNode",
  "cuGraphAddNode": "cudaGraphAddNode", "cuGraphAddNode_v2": "cudaGraphAddNode",
  "cuGraphKernelNodeSetParams": "cudaGraphKernelNodeSetParams",
  "cuGraphKernelNodeSetParams_v2": "cudaGraphKernelNodeSetParams",
  "cuGraphHostNodeSetParams": "cudaGraphHostNodeSetParams",
  "cuGraphMemsetNodeSetParams": "cudaGraphMemsetNodeSetParams",
  "cuGraphEventRecordNodeSetEvent": "cudaGraphEventRecordNodeSetEvent",
  "cuGraphEventWaitNodeSetEvent": "cudaGraphEventWaitNodeSetEvent",
  "cuGraphExternalSemaphoresSignalNodeSetParams": "cudaGraphExternalSemaphoresSignalNodeSetParams",
  "cuGraphExternalSemaphoresWaitNodeSetParams": "cudaGraphExternalSemaphoresWaitNodeSetParams",
  "cuGraphBatchMemOpNodeSetParams": "cudaGraphExternalSemaphoresWaitNodeSetParams",
  "cuGraphNodeSetParams": "cudaGraphNodeSetParams", "cuGraphNodeSetEnabled": "cudaGraphNodeSetEnabled",

  "cuGraphInstantiateWithFlags": "cudaGraphInstantiateWithFlags",
  "cuGraphInstantiateWithParams": "cudaGraphInstantiateWithParams",
  "cuGraphUpload": "cudaGraphUpload", "cuGraphLaunch": "cudaGraphLaunch",
  "cuGraphExecDestroy": "cudaGraphExecDestroy", "cuGraphExecUpdate": "cudaGraphExecUpdate",
  "cuGraphExecUpdate_v2": "cudaGraphExecUpdate",
  "cuGraphExecKernelNodeSetParams": "cudaGraphExecKernelNodeSetParams",
  "cuGraphExecKernelNodeSetParams_v2": "cudaGraphExecKernelNodeSetParams",
  "cuGraphExecHostNodeSetParams": "cudaGraphExecHostNodeSetParams",
  "cuGraphExecChildGraphNodeSetParams": "cudaGraphExecChildGraphNodeSetParams",
  "cuGraphExecMemsetNodeSetParams": "cudaGraphExecMemsetNodeSetParams",
  "cuGraphExecEventRecordNodeSetEvent": "cudaGraphExecEventRecordNodeSetEvent",
  "cuGraphExecEventWaitNodeSetEvent": "cudaGraphExecEventWaitNodeSetEvent",
  "cuGraphExecExternalSemaphoresSignalNodeSetParams": "cudaGraphExecExternalSemaphoresSignalNodeSetParams",
  "cuGraphExecExternalSemaphoresWaitNodeSetParams": "cudaGraphExecExternalSemaphoresWaitNodeSetParams",
  "cuGraphExecBatchMemOpNodeSetParams": "cudaGraphExecExternalSemaphoresWaitNodeSetParams",
  "cuGraphExecNodeSetParams": "cudaGraphExecNodeSetParams",
]

/// What the driver calls a parameter of the runtime.
let driverNames: [String: [String]] = [
  "memPool": ["pool", "pool_out"], "device": ["dev"], "devPtr": ["dptr", "pdptr"], "event": ["phEvent"],
  "stream": ["hStream"], "graph": ["hGraph"], "pGraph": ["phGraph"], "pGraphClone": ["phGraphClone"],
  "node": ["hNode"], "pNode": ["phNode"], "originalNode": ["hOriginalNode"], "clonedGraph": ["hClonedGraph"],
  "pGraphNode": ["phGraphNode"], "graphExec": ["hGraphExec"], "pGraphExec": ["phGraphExec"],
]
