/// What every modelled function decodes to, written out by hand from the parameters in the CUDA headers.

import CutapeTrace

/// By function name: from the arguments of a successful call to its operation.
let expectedOperations: [String: @Sendable (Words) -> Operation] =
  memoryOperations.merging(copyOperations) { $1 }.merging(orderOperations) { $1 }
  .merging(captureOperations) { $1 }.merging(graphOperations) { $1 }.merging(nodeOperations) { $1 }
  .merging(driverOperations) { $1 }.merging(twinOperations) { $1 }
  .merging(poolOperations) { $1 }.merging(managedOperations) { $1 }

private let memoryOperations: [String: @Sendable (Words) -> Operation] = [
  "cudaMalloc": { .allocate(Allocation(kind: .device, size: $0["size"], address: $0["devPtr"])) },
  "cudaMallocPitch": {
    .allocate(
      Allocation(
        kind: .device, size: $0["pitch"] * $0["height"], address: $0["devPtr"],
        rows: .init(width: $0["width"], count: $0["height"], pitch: $0["pitch"])))
  },
  "cudaMalloc3D": {
    .allocate(
      Allocation(
        kind: .device, size: $0["pitch"] * $0["height"] * $0["depth"], address: $0["ptr"],
        rows: .init(width: $0["width"], count: $0["height"] * $0["depth"], pitch: $0["pitch"])))
  },
  "cudaMallocManaged": {
    .allocate(
      Allocation(kind: .managed, size: $0["size"], address: $0["devPtr"], flags: $0.unsigned("flags")))
  },
  "cudaMallocHost": { .allocate(Allocation(kind: .host, size: $0["size"], address: $0["ptr"])) },
  "cudaHostAlloc": {
    .allocate(Allocation(kind: .host, size: $0["size"], address: $0["pHost"], flags: $0.unsigned("flags")))
  },
  "cudaMallocAsync": {
    .allocate(
      Allocation(kind: .async, size: $0["size"], address: $0["devPtr"], stream: $0.stream("hStream")))
  },
  "cudaMallocFromPoolAsync": {
    .allocate(
      Allocation(
        kind: .async, size: $0["size"], address: $0["ptr"], stream: $0.stream(), pool: $0["memPool"]))
  },
  "cudaMallocArray": {
    .allocateArray(
      ArrayShape(
        width: $0["width"], height: $0["height"], elementSize: ($0["x"] + $0["y"] + $0["z"] + $0["w"]) / 8,
        flags: $0.unsigned("flags")), handle: $0["array"])
  },
  "cudaMalloc3DArray": {
    .allocateArray(
      ArrayShape(
        width: $0["width"], height: $0["height"], depth: $0["depth"],
        elementSize: ($0["x"] + $0["y"] + $0["z"] + $0["w"]) / 8, flags: $0.unsigned("flags")),
      handle: $0["array"])
  },
  "cudaFree": { .free($0["devPtr"], .device) },
  "cudaFreeHost": { .free($0["ptr"], .host) },
  "cudaFreeArray": { .free($0["array"], .array) },
  "cudaFreeAsync": { .free($0["devPtr"], .async($0.stream("hStream"))) },
  "cudaHostRegister": {
    .register(ByteRange(start: $0["ptr"], count: $0["size"]), flags: $0.unsigned("flags"))
  },
  "cudaHostUnregister": { .unregister($0["ptr"]) },
  "cudaHostGetDevicePointer": { .hostDevicePointer($0["pHost"], device: $0["pDevice"]) },
  "__cudaRegisterFatBinary": { .registerBinary(handle: $0["fatCubinHandle"]) },
  "__cudaRegisterFunction": { .registerKernel(stub: $0["hostFun"], name: "_Z1kv") },
  "__cudaRegisterVar": { .registerVariable(shadow: $0["hostVar"], size: $0["size"], name: "_Z1kv") },
  "cudaGetSymbolAddress": { .symbolAddress(shadow: $0["symbol"], address: $0["devPtr"]) },
]

private let orderOperations: [String: @Sendable (Words) -> Operation] = [
  "__cudaGetKernel": { .getKernel(stub: $0["entryFuncAddr"], handle: $0["kernelPtr"]) },
  "cudaGetKernel": { .getKernel(stub: $0["entryFuncAddr"], handle: $0["kernelPtr"]) },
  "cudaGetFuncBySymbol": { .getKernel(stub: $0["symbolPtr"], handle: $0["functionPtr"]) },
  "__cudaPushCallConfiguration": { _ in .callConfiguration },
  "__cudaPopCallConfiguration": { _ in .callConfiguration },
  "cudaLaunchKernel": launch, "cudaLaunchKernelExC": launchWithEvent,
  "cudaLaunchCooperativeKernel": launch,
  "__cudaLaunchKernel": launch,
  "cudaStreamAddCallback": {
    .hostFunction(callback: $0["callback"], userData: $0["userData"], stream: $0.stream())
  },
  "cudaLaunchHostFunc": { .hostFunction(callback: $0["fn"], userData: $0["userData"], stream: $0.stream()) },
  "cudaStreamCreate": { .createStream(handle: $0["pStream"], flags: 0, priority: 0) },
  "cudaStreamCreateWithFlags": {
    .createStream(handle: $0["pStream"], flags: $0.unsigned("flags"), priority: 0)
  },
  "cudaStreamCreateWithPriority": {
    .createStream(handle: $0["pStream"], flags: $0.unsigned("flags"), priority: $0.int("priority"))
  },
  "cudaStreamDestroy": { .destroyStream($0.stream()) },
  "cudaStreamSynchronize": { .synchronizeStream($0.stream()) },
  "cudaStreamQuery": { .queryStream($0.stream()) },
  "cudaStreamWaitEvent": {
    .streamWaitEvent($0.stream(), event: $0["event"], flags: $0.unsigned("flags"))
  },
  "cudaEventCreate": { .createEvent(handle: $0["event"], flags: 0) },
  "cudaEventCreateWithFlags": { .createEvent(handle: $0["event"], flags: $0.unsigned("flags")) },
  "cudaEventDestroy": { .destroyEvent($0["event"]) },
  "cudaEventRecord": { .recordEvent($0["event"], stream: $0.stream(), flags: 0) },
  "cudaEventRecordWithFlags": {
    .recordEvent($0["event"], stream: $0.stream(), flags: $0.unsigned("flags"))
  },
  "cudaEventSynchronize": { .synchronizeEvent($0["event"]) },
  "cudaEventQuery": { .queryEvent($0["event"]) },
  "cudaEventElapsedTime": { .elapsedTime(start: $0["start"], end: $0["end"]) },
  "cudaEventElapsedTime_v2": { .elapsedTime(start: $0["start"], end: $0["end"]) },
  "cudaSetDevice": { .setDevice($0.int("device")) },
  "cudaDeviceSynchronize": { _ in .synchronizeDevice },
  "cudaThreadSynchronize": { _ in .synchronizeDevice },
  "cudaDeviceReset": { _ in .resetDevice },
  "cudaThreadExit": { _ in .resetDevice },
  "cudaDeviceEnablePeerAccess": { .enablePeer($0.int("peerDevice")) },
  "cudaDeviceDisablePeerAccess": { .disablePeer($0.int("peerDevice")) },
  "CUTAPE_HOST_READ": { .host(hostUse(.read, $0)) },
  "CUTAPE_HOST_WRITE": { .host(hostUse(.write, $0)) },
  "CUTAPE_SAW_WRITE": { .host(hostUse(.write, $0)) },
  "CUTAPE_SAW_TOUCH": { .host(hostUse(.touch, $0)) },
  "CUTAPE_WORK_DONE": { .host(hostUse(.learn, $0)) },
  "cudaGetLastError": { _ in .takeLastError },
  "cudaPeekAtLastError": { _ in .peekLastError },
  "cudaGetErrorString": { .describeError($0.int("error")) },
  "cudaGetErrorName": { .describeError($0.int("error")) },
]

private func hostUse(_ action: HostUse.Action, _ words: Words) -> HostUse {
  HostUse(
    action: action, range: ByteRange(start: words["address"], count: words["bytes"]),
    isInsideCall: words["inside"] % 2 == 1)
}

/// Two items: 0x101 0x201 and 0x301 0x401, so pointers to const at the parameters 1 and 3.
let launch: @Sendable (Words) -> Operation = { launch($0, event: nil) }
/// One that may record an event.
let launchWithEvent: @Sendable (Words) -> Operation = { launch($0, event: $0["event"]) }

private func launch(_ words: Words, event: Address?) -> Operation {
  .launch(
    Launch(
      kernel: words["kernel"],
      grid: .init(words.unsigned("gridX"), words.unsigned("gridY"), words.unsigned("gridZ")),
      block: .init(words.unsigned("blockX"), words.unsigned("blockY"), words.unsigned("blockZ")),
      sharedMemory: words["sharedMem"], stream: words.stream(), event: event,
      pointers: [
        .init(parameter: 1, address: 0x201, isConst: true),
        .init(parameter: 3, address: 0x401, isConst: true),
      ]))
}
