/// What a call asks of the CUDA runtime: an event with its arguments understood.
///
/// The emulator performs operations. The stand-in runtime makes them from live calls, replay makes them from the
/// events of a trace: the same value either way, so that both are judged by one implementation.
package enum Operation: Sendable, Hashable {
  /// `cudaMalloc`, `cudaMallocPitch`, `cudaMallocManaged`, `cudaHostAlloc`, `cudaMallocAsync`, ...
  indirect case allocate(Allocation)
  /// `cudaMallocArray`, `cudaMalloc3DArray`.
  case allocateArray(ArrayShape, handle: Address?)
  /// `cudaFree`, `cudaFreeHost`, `cudaFreeArray`, `cudaFreeAsync`.
  case free(Address, Release)
  /// `cudaHostRegister`.
  case register(ByteRange, flags: UInt32)
  /// `cudaHostUnregister`.
  case unregister(Address)
  /// `cudaHostGetDevicePointer`; the device address is known after the call.
  case hostDevicePointer(Address, device: Address?)

  /// Prefetches and discards of managed memory, `cudaStreamAttachMemAsync`.
  case migrate(Migration)
  /// `cudaMemAdvise`.
  case advise(Advice)
  /// `cudaMemPool*` and the current pool of each device.
  case pool(PoolCall)
  /// `cudaIpc*`.
  case interprocess(InterprocessCall)
  /// `cuMemAddressReserve`, `cuMemCreate`, `cuMemMap` and their kin.
  indirect case virtualMemory(VirtualMemoryCall)

  /// Every `cudaMemcpy*` but the batches.
  indirect case copy(Copy)
  /// `cudaMemcpyBatchAsync`, `cudaMemcpy3DBatchAsync`.
  case copyBatch([Copy], stream: StreamReference)
  /// Every `cudaMemset*`.
  indirect case fill(Fill)

  /// `__cudaRegisterFatBinary`; `handle` identifies the module.
  case registerBinary(handle: Address?)
  /// `__cudaRegisterFunction`: a kernel, by the address of its host stub and its mangled name; `cuModuleGetFunction`:
  /// by its handle, which is nil before the call has returned.
  case registerKernel(stub: Address?, name: String)
  /// `__cudaRegisterVar`: a `__device__` or `__constant__` variable, by the address of its host shadow.
  case registerVariable(shadow: Address, size: UInt64, name: String)
  /// `__cudaRegisterManagedVar`: a `__managed__` variable. The address is nil, or 0, while the runtime has not given it
  /// memory.
  case registerManaged(size: UInt64, name: String, address: Address?)
  /// `__cudaGetKernel`: the kernel handle of a host stub.
  case getKernel(stub: Address, handle: Address?)
  /// `cudaGetSymbolAddress`; the address is known after the call.
  case symbolAddress(shadow: Address, address: Address?)
  /// `__cudaPushCallConfiguration`, `__cudaPopCallConfiguration`: of no consequence beside the launch itself.
  case callConfiguration
  case launch(Launch)
  /// `cudaLaunchHostFunc`, `cudaStreamAddCallback`.
  case hostFunction(callback: Address, userData: Address, stream: StreamReference)

  case createStream(handle: Address?, flags: UInt32, priority: Int32)
  case destroyStream(StreamReference)
  case synchronizeStream(StreamReference)
  case queryStream(StreamReference)
  case streamWaitEvent(StreamReference, event: Address, flags: UInt32)

  case createEvent(handle: Address?, flags: UInt32)
  case destroyEvent(Address)
  case recordEvent(Address, stream: StreamReference, flags: UInt32)
  case synchronizeEvent(Address)
  case queryEvent(Address)
  case elapsedTime(start: Address, end: Address)

  case capture(CaptureOperation)
  indirect case graph(GraphOperation)

  case context(ContextOperation)
  case setDevice(Int32)
  case synchronizeDevice
  case resetDevice
  case enablePeer(Int32)
  case disablePeer(Int32)

  /// What the host does with memory by itself.
  case host(HostUse)

  case takeLastError
  case peekLastError
  case describeError(Int32)
  /// Changes nothing that cutape models.
  case neutral
  /// Not modelled: what it did to memory and order is not known.
  case unsupported
}

/// A stream as a call names it: the handle with the meaning of handle 0 resolved by the form of the call.
///
/// Source: CUDA Runtime API, "Stream synchronization behavior".
package enum StreamReference: Sendable, Hashable {
  /// The legacy default stream of the current device: handle 0 in a plain call, or `cudaStreamLegacy`.
  case legacy
  /// The per-thread default stream of the calling thread and the current device: handle 0 in a `_ptsz` or `_ptds`
  /// call, or `cudaStreamPerThread`.
  case perThread
  /// A stream that the program created.
  case created(Address)

  /// The stream that `handle` means in a call of the form `variant`.
  package init(handle: Address, variant: Variant) {
    switch handle {
    case 0: self = variant == .plain ? .legacy : .perThread
    case 1: self = .legacy
    case 2: self = .perThread
    default: self = .created(handle)
    }
  }
}

/// The memory that an allocation call asks for.
package struct Allocation: Sendable, Hashable {
  package enum Kind: String, Sendable, Hashable, CaseIterable {
    /// `cudaMalloc`, `cudaMallocPitch`, `cudaMalloc3D`.
    case device
    /// `cudaMallocManaged`.
    case managed
    /// `cudaMallocHost`, `cudaHostAlloc`: page-locked, mapped at the same address on the device.
    case host
    /// `cudaMallocAsync`, `cudaMallocFromPoolAsync`.
    case async
  }

  package var kind: Kind
  /// The requested size in bytes; for pitched memory 0 until the pitch is known.
  package var size: UInt64
  /// Where the memory is: nil before the call has returned, and for a call that failed.
  package var address: Address?
  /// The rows of pitched memory; nil for linear memory.
  package var rows: Rows?
  /// The stream of a stream-ordered allocation.
  package var stream: StreamReference?
  /// The pool that `cudaMallocFromPoolAsync` names; nil for the current one.
  package var pool: Address?
  package var flags: UInt32

  /// The shape of `cudaMallocPitch` and `cudaMalloc3D`.
  package struct Rows: Sendable, Hashable {
    /// Bytes of a row that were asked for.
    package var width: UInt64
    /// Rows, over all slices.
    package var count: UInt64
    /// Bytes from one row to the next: nil before the call has returned.
    package var pitch: UInt64?

    package init(width: UInt64, count: UInt64, pitch: UInt64? = nil) {
      self.width = width
      self.count = count
      self.pitch = pitch
    }
  }

  package init(
    kind: Kind, size: UInt64, address: Address? = nil, rows: Rows? = nil, stream: StreamReference? = nil,
    pool: Address? = nil, flags: UInt32 = 0
  ) {
    self.kind = kind
    self.size = size
    self.address = address
    self.rows = rows
    self.stream = stream
    self.pool = pool
    self.flags = flags
  }
}

/// The function that releases memory, and the stream of a stream-ordered release.
package enum Release: Sendable, Hashable {
  /// `cudaFree`
  case device
  /// `cudaFreeHost`
  case host
  /// `cudaFreeArray`
  case array
  /// `cudaFreeAsync`
  case async(StreamReference)
}

/// The extent and format of a CUDA array.
package struct ArrayShape: Sendable, Hashable {
  /// In elements.
  package var width: UInt64
  /// In rows; 0 for a one-dimensional array.
  package var height: UInt64
  /// In slices; 0 for a one- or two-dimensional array.
  package var depth: UInt64
  /// Bytes of one element.
  package var elementSize: UInt64
  package var flags: UInt32

  package init(width: UInt64, height: UInt64, depth: UInt64 = 0, elementSize: UInt64, flags: UInt32 = 0) {
    self.width = width
    self.height = height
    self.depth = depth
    self.elementSize = elementSize
    self.flags = flags
  }
}

/// A copy, of whatever function, in one form.
package struct Copy: Sendable, Hashable {
  package var destination: Place
  package var source: Place
  package var extent: Extent
  /// `cudaMemcpyKind` as the program passed it, valid or not; nil for the functions that have none (peer copies).
  package var kind: Int32?
  package var stream: StreamReference
  /// Whether the function is one of the `Async` family.
  package var isAsync: Bool
  /// The device ordinals of a peer copy.
  package var peers: Peers?
  /// `cudaMemcpySrcAccessOrder` of an entry of a batch, as the program passed it; nil for every other copy.
  package var sourceAccessOrder: Int32?
  /// `cudaMemcpySrcAccessOrderDuringApiCall`: the source has been read when the call returns.
  package static let duringApiCall: Int32 = 2
  /// `cudaMemcpySrcAccessOrderAny`: the source may be read before its turn in the stream, and after the call.
  package static let anyTime: Int32 = 3

  /// One operand of a copy.
  package enum Place: Sendable, Hashable {
    /// Contiguous bytes.
    case linear(Address)
    /// Rows of `width` bytes (the copy's extent) every `pitch` bytes; slices every `pitch * sliceHeight` bytes.
    /// `address` is the pitched pointer itself, `x` (always in bytes), `y` and `z` the position in it.
    /// `sliceHeight` is 0 for 2D copies, which have one slice.
    case pitched(Address, pitch: UInt64, sliceHeight: UInt64, x: UInt64 = 0, y: UInt64 = 0, z: UInt64 = 0)
    /// A CUDA array from the position `x` (elements for 3D copies, bytes for the 2D array functions, as
    /// `xInBytes` says), `y`, `z`.
    case array(Address, x: UInt64, y: UInt64, z: UInt64, xInBytes: Bool)
    /// A pointer of an entry of a 3D batch: rows of `rowLength` elements, slices of `layerHeight` rows. Zero means as
    /// many as are copied. The elements are those of the array that takes part in the copy, else bytes.
    case elements(Address, rowLength: UInt64, layerHeight: UInt64)
    /// What no copy takes: an array and a pointer at once, or an operand of a type that does not exist.
    case unusable(Address)
    /// A device variable by its host shadow, from `offset` bytes.
    case symbol(Address, offset: UInt64)
  }

  /// How much is copied: `width` in bytes, or in elements where an array takes part in a 3D copy.
  package struct Extent: Sendable, Hashable {
    package var width: UInt64
    package var height: UInt64
    package var depth: UInt64
    /// The number of dimensions of the function: 1, 2 or 3. A 1D copy has height and depth 1.
    package var dimensions: Int

    package init(width: UInt64, height: UInt64 = 1, depth: UInt64 = 1, dimensions: Int = 1) {
      self.width = width
      self.height = height
      self.depth = depth
      self.dimensions = dimensions
    }

    package var isEmpty: Bool { width == 0 || height == 0 || depth == 0 }
  }

  package struct Peers: Sendable, Hashable {
    package var destination: Int32
    package var source: Int32

    package init(destination: Int32, source: Int32) {
      self.destination = destination
      self.source = source
    }
  }

  package init(
    destination: Place, source: Place, extent: Extent, kind: Int32?, stream: StreamReference, isAsync: Bool,
    peers: Peers? = nil, sourceAccessOrder: Int32? = nil
  ) {
    self.destination = destination
    self.source = source
    self.extent = extent
    self.kind = kind
    self.stream = stream
    self.isAsync = isAsync
    self.peers = peers
    self.sourceAccessOrder = sourceAccessOrder
  }
}

/// A memset, of whatever function, in one form.
package struct Fill: Sendable, Hashable {
  package var destination: Copy.Place
  /// In bytes, whatever the size of an element.
  package var extent: Copy.Extent
  /// What each element is set to: its lowest ``elementSize`` bytes count.
  package var value: UInt32
  /// As the program passed it, valid (1, 2 or 4 bytes) or not; 1 for every `cudaMemset*`.
  package var elementSize: UInt32
  package var stream: StreamReference
  package var isAsync: Bool

  package init(
    destination: Copy.Place, extent: Copy.Extent, value: UInt32, elementSize: UInt32 = 1,
    stream: StreamReference, isAsync: Bool
  ) {
    self.destination = destination
    self.extent = extent
    self.value = value
    self.elementSize = elementSize
    self.stream = stream
    self.isAsync = isAsync
  }
}

/// What the host does with memory by itself, as the program says (`cutape.h`) or as it was seen.
package struct HostUse: Sendable, Hashable {
  package enum Action: Sendable, Hashable {
    case read, write
    /// One of the two.
    case touch
    /// All work on these bytes that was submitted so far is done, and the host knows it.
    case learn
  }

  package var action: Action
  package var range: ByteRange
  /// Whether the thread was inside a call of CUDA, so in a host function that the call ran.
  package var isInsideCall: Bool

  package init(action: Action, range: ByteRange, isInsideCall: Bool = false) {
    self.action = action
    self.range = range
    self.isInsideCall = isInsideCall
  }
}

/// A kernel launch: what may be touched is known from the pointer arguments alone, since kernels are not executed.
package struct Launch: Sendable, Hashable {
  /// The host stub or the kernel handle that the program passed.
  package var kernel: Address
  package var grid: Dimensions
  package var block: Dimensions
  /// Dynamic shared memory in bytes.
  package var sharedMemory: UInt64
  package var stream: StreamReference
  /// The event that an attribute of the launch records: at the latest when the kernel is complete.
  package var event: Address?
  /// The pointer arguments; nil when the kernel's parameters are not known.
  package var pointers: [Pointer]?

  /// `dim3`
  package struct Dimensions: Sendable, Hashable {
    package var x: UInt32
    package var y: UInt32
    package var z: UInt32

    package init(_ x: UInt32, _ y: UInt32, _ z: UInt32) {
      self.x = x
      self.y = y
      self.z = z
    }

    package func contains(_ size: UInt32) -> Bool { x == size || y == size || z == size }
  }

  package struct Pointer: Sendable, Hashable {
    /// The position of the parameter, from 0.
    package var parameter: Int
    package var address: Address
    /// Whether the parameter is a pointer to const: the kernel may only read through it.
    package var isConst: Bool
    /// Whether only its size is known: it may be a pointer, to const or not, or a number that looks like one.
    package var isGuess: Bool
    /// Whether what it points to may hold addresses, through which the kernel reaches other memory.
    package var isDeep: Bool

    package init(
      parameter: Int, address: Address, isConst: Bool, isGuess: Bool = false, isDeep: Bool = false
    ) {
      self.parameter = parameter
      self.address = address
      self.isConst = isConst
      self.isGuess = isGuess
      self.isDeep = isDeep
    }
  }

  package init(
    kernel: Address, grid: Dimensions, block: Dimensions, sharedMemory: UInt64, stream: StreamReference,
    event: Address? = nil, pointers: [Pointer]?
  ) {
    self.kernel = kernel
    self.grid = grid
    self.block = block
    self.sharedMemory = sharedMemory
    self.stream = stream
    self.event = event
    self.pointers = pointers
  }
}
