/// What a call does to the state that cutape models; one word of the API table.
package enum Effect: String, Sendable, Hashable, CaseIterable {
  // Allocation: takes effect when the call returns, since its result is the address.
  case allocateDevice, allocatePitched, allocateManaged, allocateHost, allocateArray, allocateAsync
  // Release and registration.
  case freeDevice, freeHost, freeArray, freeAsync, registerHost, unregisterHost
  /// Gives the device address of host memory (`cudaHostGetDevicePointer`).
  case hostDevicePointer
  // Memory pools.
  case createPool, destroyPool, getDefaultPool, getPool, setPool, setPoolAccess, setPoolAttribute, trimPool
  // Managed memory.
  case advise, prefetch, prefetchBatch, discardBatch, discardPrefetchBatch, attach
  // Memory and events that processes share.
  case shareMemory, openMemory, closeMemory, shareEvent, openEvent
  // Virtual memory: addresses, physical memory, mappings and rights.
  case reserveAddresses, freeAddresses, createMemory, importMemory, exportMemory, retainMemory, releaseMemory
  case mapMemory, unmapMemory, setAccess
  // Movement of bytes.
  case copy, copyBatch, copyBatch3D, fill
  // Copies of the driver, whose direction is in the function, and its memsets of elements of two and four bytes.
  case copyDefault, copyHostToDevice, copyDeviceToHost, copyDeviceToDevice, fill16, fill32
  // Symbols and kernels.
  case registerBinary, registerKernel, registerVariable, registerManaged, getKernel, symbolAddress
  case pushConfiguration, popConfiguration, launch, hostFunction
  /// Gives the handle of a kernel by its name (`cuModuleGetFunction`).
  case findKernel
  // Streams and events.
  case createStream, destroyStream, synchronizeStream, queryStream, streamWaitEvent
  case createEvent, destroyEvent, recordEvent, synchronizeEvent, queryEvent, elapsedTime
  // Capture.
  case beginCapture, endCapture, exchangeCaptureMode, captureStatus, updateCaptureDependencies
  // Graphs and their edges.
  case createGraph, cloneGraph, destroyGraph, removeNode, addEdges, removeEdges
  case listNodes, listRootNodes, findNodeInClone, getChildGraph
  // Nodes, by what they do: added, or set in a graph or in an executable graph (``CallArguments/nodeOperation``).
  case emptyNode, copyNode, fillNode, launchNode, hostNode, childNode, recordNode, waitNode, allocateNode,
    freeNode
  /// The type of the node is an argument.
  case anyNode
  case unsupportedNode
  // Executable graphs.
  case instantiateGraph, updateExec, enableNode, uploadGraph, launchGraph, destroyExec
  // Devices and contexts.
  case setDevice, synchronizeDevice, resetDevice, enablePeer, disablePeer
  case initialize, createContext, retainContext, releaseContext, destroyContext, setContext, pushContext,
    popContext
  case enablePeerContext, disablePeerContext
  // What the host does with memory by itself: no calls of CUDA, but what the program says or was seen to do.
  case hostRead, hostWrite
  /// The host read or wrote: which of them is not known.
  case hostTouch
  /// The host was told that work is done, by means that no call shows.
  case workDone
  // The last error of the thread.
  case takeLastError, peekLastError
  /// Turns an error code into text: a sign that the program looked at it.
  case describeError
  /// Changes nothing that cutape judges.
  case neutral
  /// May change what cutape judges, but is not modelled: a trace that has such calls says so.
  case unsupported
  // Records that the shim writes by itself: not calls of the program.
  case shimModule, shimThread
  /// Where a thread is on its stack: see ``StackPointer``.
  case shimStack
  /// What the source of a copy held: see ``SourceHash``.
  case shimSource, shimSourceChanged
  /// A piece of what it held: see ``ContentPiece``.
  case shimContent
  /// The frames of a call stack, and which stack the next call has: see ``CallStack``.
  case shimFrames, shimCallStack

  /// Whether the call takes effect when it returns (its result is an address or a handle that others can use
  /// from then on) rather than when it is made.
  package var isAtReturn: Bool {
    switch self {
    case .allocateDevice, .allocatePitched, .allocateManaged, .allocateHost, .allocateArray, .allocateAsync,
      .registerHost, .createStream, .createEvent, .createContext, .retainContext, .getKernel, .findKernel,
      .symbolAddress, .hostDevicePointer, .endCapture,
      .captureStatus, .createGraph, .cloneGraph, .listNodes, .listRootNodes, .findNodeInClone, .getChildGraph,
      .emptyNode, .copyNode, .fillNode, .launchNode, .hostNode, .childNode, .recordNode, .waitNode,
      .allocateNode, .freeNode, .anyNode, .unsupportedNode, .instantiateGraph,
      .createPool, .getDefaultPool, .getPool, .openMemory, .openEvent, .reserveAddresses, .createMemory,
      .importMemory, .retainMemory, .mapMemory:
      true
    case .freeDevice, .freeHost, .freeArray, .freeAsync, .unregisterHost, .copy, .copyBatch, .copyBatch3D,
      .fill, .copyDefault, .copyHostToDevice, .copyDeviceToHost, .copyDeviceToDevice, .fill16, .fill32,
      .initialize, .releaseContext, .destroyContext, .setContext, .pushContext, .popContext,
      .enablePeerContext,
      .disablePeerContext, .destroyPool, .setPool, .setPoolAccess,
      .setPoolAttribute, .trimPool, .advise, .prefetch, .prefetchBatch, .discardBatch, .discardPrefetchBatch,
      .attach, .shareMemory, .closeMemory, .shareEvent, .freeAddresses, .exportMemory, .releaseMemory,
      .unmapMemory, .setAccess, .registerBinary, .registerKernel, .registerVariable,
      .registerManaged, .pushConfiguration, .popConfiguration, .launch,
      .hostFunction, .destroyStream, .synchronizeStream, .queryStream, .streamWaitEvent, .destroyEvent,
      .recordEvent, .synchronizeEvent, .queryEvent, .elapsedTime, .beginCapture, .exchangeCaptureMode,
      .updateCaptureDependencies, .destroyGraph, .removeNode, .addEdges, .removeEdges, .updateExec,
      .enableNode,
      .uploadGraph, .launchGraph, .destroyExec, .setDevice, .synchronizeDevice,
      .resetDevice, .enablePeer, .disablePeer, .takeLastError, .peekLastError, .describeError, .neutral,
      .unsupported, .shimModule, .shimThread, .shimStack, .shimSource, .shimSourceChanged, .shimContent,
      .shimFrames, .shimCallStack,
      .hostRead, .hostWrite, .hostTouch, .workDone:
      false
    }
  }

  /// Whether it is one copy, whoever gives its direction.
  package var isCopy: Bool {
    switch self {
    case .copy, .copyDefault, .copyHostToDevice, .copyDeviceToHost, .copyDeviceToDevice: true
    default: false
    }
  }

  /// Whether it is one memset, of elements of any size.
  package var isFill: Bool { self == .fill || self == .fill16 || self == .fill32 }

  /// Whether it is what a program does with memory by itself, not a call of CUDA.
  package var isOfHost: Bool {
    self == .hostRead || self == .hostWrite || self == .hostTouch || self == .workDone
  }

  /// Whether it is a record that the shim wrote by itself: it has a number, but is no call of the program.
  package var isInternal: Bool {
    switch self {
    case .shimModule, .shimThread, .shimStack, .shimSource, .shimSourceChanged, .shimContent,
      .shimFrames, .shimCallStack:
      true
    default: false
    }
  }
}
