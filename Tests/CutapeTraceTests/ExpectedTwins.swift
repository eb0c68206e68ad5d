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
  .merging(managedOperations) { $1 }

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
]

/// What the driver calls a parameter of the runtime.
let driverNames: [String: [String]] = [
  "memPool": ["pool", "pool_out"], "device": ["dev"], "devPtr": ["dptr", "pdptr"], "event": ["phEvent"],
  "stream": ["hStream"],
]
