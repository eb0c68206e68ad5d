/// What every modelled function of the driver decodes to, written out by hand from the parameters in `cuda.h`.

import CutapeTrace

private typealias Make = @Sendable (Words) -> Operation

let driverOperations: [String: @Sendable (Words) -> Operation] =
  driverCopies.merging(driverMemsets) { $1 }.merging(driverMemory) { $1 }.merging(driverOrder) { $1 }
  .merging(driverGraphs) { $1 }

// MARK: Copies

/// A copy with the direction of its function; an asynchronous one names its stream.
private func copy(
  _ words: Words, _ destination: Copy.Place, _ source: Copy.Place, kind: Int32, isAsync: Bool = false
) -> Operation {
  .copy(
    Copy(
      destination: destination, source: source, extent: .init(width: words["ByteCount"]), kind: kind,
      stream: isAsync ? words.stream("hStream") : .legacy, isAsync: isAsync))
}

private func array(_ words: Words, _ side: String) -> Copy.Place {
  .array(words["\(side)Array"], x: words["\(side)Offset"], y: 0, z: 0, xInBytes: true)
}

/// The structures of 2D and 3D copies: in the calls of these tests no array handle is null.
private func structured(isAsync: Bool, depth: Bool) -> Make {
  { words in
    func place(_ side: String) -> Copy.Place {
      .array(
        words["\(side)Array"], x: words["\(side)X"], y: words["\(side)Y"], z: depth ? words["\(side)Z"] : 0,
        xInBytes: true)
    }
    return .copy(
      Copy(
        destination: place("dst"), source: place("src"),
        extent: .init(
          width: words["width"], height: words["height"], depth: depth ? words["depth"] : 1,
          dimensions: depth ? 3 : 2),
        kind: words.int("kind"), stream: isAsync ? words.stream() : .legacy, isAsync: isAsync))
  }
}

private let batch: Make = {
  .copyBatch(
    [
      Copy(
        destination: .linear(0x101), source: .linear(0x201), extent: .init(width: 0x301), kind: nil,
        stream: $0.stream(), isAsync: true, sourceAccessOrder: 0x401),
      Copy(
        destination: .linear(0x501), source: .linear(0x601), extent: .init(width: 0x701), kind: nil,
        stream: $0.stream(), isAsync: true, sourceAccessOrder: 0x801),
    ], stream: $0.stream())
}

private let driverCopies: [String: Make] = [
  "cuMemcpy": { copy($0, .linear($0["dst"]), .linear($0["src"]), kind: 4) },
  "cuMemcpyAsync": { copy($0, .linear($0["dst"]), .linear($0["src"]), kind: 4, isAsync: true) },
  "cuMemcpyHtoD_v2": { copy($0, .linear($0["dstDevice"]), .linear($0["srcHost"]), kind: 1) },
  "cuMemcpyHtoDAsync_v2": {
    copy($0, .linear($0["dstDevice"]), .linear($0["srcHost"]), kind: 1, isAsync: true)
  },
  "cuMemcpyDtoH_v2": { copy($0, .linear($0["dstHost"]), .linear($0["srcDevice"]), kind: 2) },
  "cuMemcpyDtoHAsync_v2": {
    copy($0, .linear($0["dstHost"]), .linear($0["srcDevice"]), kind: 2, isAsync: true)
  },
  "cuMemcpyDtoD_v2": { copy($0, .linear($0["dstDevice"]), .linear($0["srcDevice"]), kind: 3) },
  "cuMemcpyDtoDAsync_v2": {
    copy($0, .linear($0["dstDevice"]), .linear($0["srcDevice"]), kind: 3, isAsync: true)
  },
  "cuMemcpyDtoA_v2": { copy($0, array($0, "dst"), .linear($0["srcDevice"]), kind: 3) },
  "cuMemcpyAtoD_v2": { copy($0, .linear($0["dstDevice"]), array($0, "src"), kind: 3) },
  "cuMemcpyHtoA_v2": { copy($0, array($0, "dst"), .linear($0["srcHost"]), kind: 1) },
  "cuMemcpyHtoAAsync_v2": { copy($0, array($0, "dst"), .linear($0["srcHost"]), kind: 1, isAsync: true) },
  "cuMemcpyAtoH_v2": { copy($0, .linear($0["dstHost"]), array($0, "src"), kind: 2) },
  "cuMemcpyAtoHAsync_v2": { copy($0, .linear($0["dstHost"]), array($0, "src"), kind: 2, isAsync: true) },
  "cuMemcpyAtoA_v2": { copy($0, array($0, "dst"), array($0, "src"), kind: 3) },
  "cuMemcpyPeer": { copy($0, .linear($0["dstDevice"]), .linear($0["srcDevice"]), kind: 4) },
  "cuMemcpyPeerAsync": {
    copy($0, .linear($0["dstDevice"]), .linear($0["srcDevice"]), kind: 4, isAsync: true)
  },
  "cuMemcpy2D_v2": structured(isAsync: false, depth: false),
  "cuMemcpy2DUnaligned_v2": structured(isAsync: false, depth: false),
  "cuMemcpy2DAsync_v2": structured(isAsync: true, depth: false),
  "cuMemcpy3D_v2": structured(isAsync: false, depth: true),
  "cuMemcpy3DAsync_v2": structured(isAsync: true, depth: true),
  "cuMemcpy3DPeer": structured(isAsync: false, depth: true),
  "cuMemcpy3DPeerAsync": structured(isAsync: true, depth: true),
  "cuMemcpyBatchAsync": batch, "cuMemcpyBatchAsync_v2": batch,
]

// MARK: Memsets

/// A memset of `N` elements of `size` bytes; `value` is the name of the parameter.
private func linear(_ value: String, size: UInt32, isAsync: Bool) -> Make {
  { words in
    .fill(
      Fill(
        destination: .linear(words["dstDevice"]), extent: .init(width: words["N"] * UInt64(size)),
        value: words.unsigned(value) & (size == 1 ? 0xff : size == 2 ? 0xffff : .max), elementSize: size,
        stream: isAsync ? words.stream("hStream") : .legacy, isAsync: isAsync))
  }
}

private func rows(_ value: String, size: UInt32, isAsync: Bool) -> Make {
  { words in
    .fill(
      Fill(
        destination: .pitched(words["dstDevice"], pitch: words["dstPitch"], sliceHeight: 0),
        extent: .init(width: words["Width"] * UInt64(size), height: words["Height"], dimensions: 2),
        value: words.unsigned(value) & (size == 1 ? 0xff : size == 2 ? 0xffff : .max), elementSize: size,
        stream: isAsync ? words.stream("hStream") : .legacy, isAsync: isAsync))
  }
}

private let driverMemsets: [String: Make] = [
  "cuMemsetD8_v2": linear("uc", size: 1, isAsync: false),
  "cuMemsetD8Async": linear("uc", size: 1, isAsync: true),
  "cuMemsetD16_v2": linear("us", size: 2, isAsync: false),
  "cuMemsetD16Async": linear("us", size: 2, isAsync: true),
  "cuMemsetD32_v2": linear("ui", size: 4, isAsync: false),
  "cuMemsetD32Async": linear("ui", size: 4, isAsync: true),
  "cuMemsetD2D8_v2": rows("uc", size: 1, isAsync: false),
  "cuMemsetD2D8Async": rows("uc", size: 1, isAsync: true),
  "cuMemsetD2D16_v2": rows("us", size: 2, isAsync: false),
  "cuMemsetD2D16Async": rows("us", size: 2, isAsync: true),
  "cuMemsetD2D32_v2": rows("ui", size: 4, isAsync: false),
  "cuMemsetD2D32Async": rows("ui", size: 4, isAsync: true),
]

// MARK: Memory

private func range(_ words: Words) -> ByteRange { ByteRange(start: words["ptr"], count: words["size"]) }

private let driverMemory: [String: Make] = [
  "cuMemAlloc_v2": { .allocate(Allocation(kind: .device, size: $0["bytesize"], address: $0["dptr"])) },
  "cuMemAllocPitch_v2": {
    .allocate(
      Allocation(
        kind: .device, size: $0["pPitch"] * $0["Height"], address: $0["dptr"],
        rows: .init(width: $0["WidthInBytes"], count: $0["Height"], pitch: $0["pPitch"])))
  },
  "cuMemAllocManaged": {
    .allocate(
      Allocation(kind: .managed, size: $0["bytesize"], address: $0["dptr"], flags: $0.unsigned("flags")))
  },
  "cuMemAllocHost_v2": { .allocate(Allocation(kind: .host, size: $0["bytesize"], address: $0["pp"])) },
  "cuMemHostAlloc": {
    .allocate(Allocation(kind: .host, size: $0["bytesize"], address: $0["pp"], flags: $0.unsigned("Flags")))
  },
  "cuMemAllocAsync": {
    .allocate(
      Allocation(kind: .async, size: $0["bytesize"], address: $0["dptr"], stream: $0.stream("hStream")))
  },
  "cuMemAllocFromPoolAsync": {
    .allocate(
      Allocation(
        kind: .async, size: $0["bytesize"], address: $0["dptr"], stream: $0.stream("hStream"),
        pool: $0["pool"]))
  },
  "cuMemFree_v2": { .free($0["dptr"], .device) },
  "cuMemFreeHost": { .free($0["p"], .host) },
  "cuMemFreeAsync": { .free($0["dptr"], .async($0.stream("hStream"))) },
  "cuMemHostRegister_v2": {
    .register(ByteRange(start: $0["p"], count: $0["bytesize"]), flags: $0.unsigned("Flags"))
  },
  "cuMemHostUnregister": { .unregister($0["p"]) },
  "cuMemHostGetDevicePointer_v2": { .hostDevicePointer($0["p"], device: $0["pdptr"]) },
  "cuArrayCreate_v2": {
    .allocateArray(
      ArrayShape(
        width: $0["width"], height: $0["height"], elementSize: ($0["x"] + $0["y"] + $0["z"] + $0["w"]) / 8),
      handle: $0["array"])
  },
  "cuArray3DCreate_v2": {
    .allocateArray(
      ArrayShape(
        width: $0["width"], height: $0["height"], depth: $0["depth"],
        elementSize: ($0["x"] + $0["y"] + $0["z"] + $0["w"]) / 8, flags: $0.unsigned("flags")),
      handle: $0["array"])
  },
  "cuArrayDestroy": { .free($0["hArray"], .array) },
  "cuMemAddressReserve": {
    .virtualMemory(.reserve(bytes: $0["size"], alignment: $0["alignment"], address: $0["ptr"]))
  },
  "cuMemAddressFree": { .virtualMemory(.freeReservation(range($0))) },
  "cuMemCreate": {
    .virtualMemory(
      .create(
        bytes: $0["size"], MemoryLocation(type: $0.int("locationType"), id: $0.int("locationId")),
        handle: $0["handle"]))
  },
  "cuMemImportFromShareableHandle": { .virtualMemory(.importMemory(handle: $0["handle"])) },
  "cuMemExportToShareableHandle": { .virtualMemory(.exportMemory($0["handle"])) },
  "cuMemRetainAllocationHandle": { .virtualMemory(.retain(at: $0["addr"], handle: $0["handle"])) },
  "cuMemRelease": { .virtualMemory(.release($0["handle"])) },
  "cuMemMap": { .virtualMemory(.map(range($0), offset: $0["offset"], handle: $0["handle"])) },
  "cuMemUnmap": { .virtualMemory(.unmap(range($0))) },
  // The items are 0x101, 0x201 ... 0x601: type and number of a place, and flags, twice.
  "cuMemSetAccess": {
    .virtualMemory(
      .setAccess(
        range($0),
        [
          .init(location: MemoryLocation(type: 0x101, id: 0x201), flags: 0x301),
          .init(location: MemoryLocation(type: 0x401, id: 0x501), flags: 0x601),
        ]))
  },
  "cuMemGetHandleForAddressRange": { .interprocess(.shareMemory($0["dptr"])) },
  "cuModuleGetFunction": { .registerKernel(stub: $0["hfunc"], name: "_Z1kv") },
  "cuLibraryGetKernel": { .registerKernel(stub: $0["pKernel"], name: "_Z1kv") },
  "cuKernelGetFunction": { .getKernel(stub: $0["kernel"], handle: $0["pFunc"]) },
]

// MARK: Graphs, as far as they differ from the runtime's

private func copyNode(_ words: Words) -> NodeAction {
  guard case .copy(var copy) = structured(isAsync: false, depth: true)(words) else { return .unsupported }
  copy.isAsync = true
  return .copy(copy)
}

private let driverGraphs: [String: Make] = [
  "cuStreamBeginCapture": { .capture(.begin($0.stream("hStream"), mode: 0)) },
  "cuGraphInstantiate": { .graph(.instantiate($0["hGraph"], flags: 0, handle: $0["phGraphExec"])) },
  "cuGraphInstantiate_v2": { .graph(.instantiate($0["hGraph"], flags: 0, handle: $0["phGraphExec"])) },
  "cuGraphAddMemcpyNode": {
    .graph(
      .addNode(
        copyNode($0), graph: $0["hGraph"], dependencies: [0xd1, 0xd2], handle: $0["phGraphNode"]))
  },
  "cuGraphMemcpyNodeSetParams": { .graph(.setNode($0["hNode"], copyNode($0))) },
  "cuGraphExecMemcpyNodeSetParams": {
    .graph(.setExecNode(exec: $0["hGraphExec"], node: $0["hNode"], copyNode($0)))
  },
]

// MARK: Order

private let createdContext: Make = { .context(.create($0["pctx"], device: $0.int("dev"))) }

private let driverOrder: [String: Make] = [
  "cuStreamCreate": { .createStream(handle: $0["phStream"], flags: $0.unsigned("Flags"), priority: 0) },
  "cuStreamCreateWithPriority": {
    .createStream(handle: $0["phStream"], flags: $0.unsigned("flags"), priority: $0.int("priority"))
  },
  "cuGreenCtxStreamCreate": {
    .createStream(handle: $0["phStream"], flags: $0.unsigned("flags"), priority: $0.int("priority"))
  },
  "cuStreamDestroy_v2": { .destroyStream($0.stream("hStream")) },
  "cuStreamSynchronize": { .synchronizeStream($0.stream("hStream")) },
  "cuStreamQuery": { .queryStream($0.stream("hStream")) },
  "cuStreamWaitEvent": {
    .streamWaitEvent($0.stream("hStream"), event: $0["hEvent"], flags: $0.unsigned("Flags"))
  },
  "cuStreamAddCallback": {
    .hostFunction(callback: $0["callback"], userData: $0["userData"], stream: $0.stream("hStream"))
  },
  "cuLaunchHostFunc": {
    .hostFunction(callback: $0["fn"], userData: $0["userData"], stream: $0.stream("hStream"))
  },
  "cuEventCreate": { .createEvent(handle: $0["phEvent"], flags: $0.unsigned("Flags")) },
  "cuEventDestroy_v2": { .destroyEvent($0["hEvent"]) },
  "cuEventRecord": { .recordEvent($0["hEvent"], stream: $0.stream("hStream"), flags: 0) },
  "cuEventRecordWithFlags": {
    .recordEvent($0["hEvent"], stream: $0.stream("hStream"), flags: $0.unsigned("flags"))
  },
  "cuEventSynchronize": { .synchronizeEvent($0["hEvent"]) },
  "cuEventQuery": { .queryEvent($0["hEvent"]) },
  "cuEventElapsedTime": { .elapsedTime(start: $0["hStart"], end: $0["hEnd"]) },
  "cuEventElapsedTime_v2": { .elapsedTime(start: $0["hStart"], end: $0["hEnd"]) },
  "cuInit": { .context(.initialize(flags: $0.unsigned("Flags"))) },
  "cuCtxCreate_v2": createdContext, "cuCtxCreate_v3": createdContext, "cuCtxCreate_v4": createdContext,
  "cuDevicePrimaryCtxRetain": { .context(.retain($0["pctx"], device: $0.int("dev"))) },
  "cuDevicePrimaryCtxRelease_v2": { .context(.release(device: $0.int("dev"))) },
  "cuCtxEnablePeerAccess": { .context(.enablePeer($0["peerContext"])) },
  "cuCtxDisablePeerAccess": { .context(.disablePeer($0["peerContext"])) },
  "cuCtxDestroy_v2": { .context(.destroy($0["ctx"])) },
  "cuCtxSetCurrent": { .context(.setCurrent($0["ctx"])) },
  "cuCtxPushCurrent_v2": { .context(.push($0["ctx"])) },
  "cuCtxPopCurrent_v2": { _ in .context(.pop) },
  "cuCtxSynchronize": { _ in .synchronizeDevice },
  "cuLaunchKernel": launch, "cuLaunchCooperativeKernel": launch, "cuLaunchKernelEx": launchWithEvent,
]
