/// From an event to the operation: what the words of a call mean.
///
/// The effect of a function says which operation it is, the roles of its fields say where the parts are: no function
/// is known by its name, so a row added to the API table needs nothing here. A role that a function does not have
/// reads as 0, as the CUDA functions without that parameter mean it.

extension Operation {
  /// The operation that `event` asked for; `unsupported` when `functions` does not know its function.
  ///
  /// What a call returns (addresses, handles, pitches) is nil when it failed or is still in flight.
  package init(_ event: Event, functions: FunctionTable) {
    guard let function = functions[event.function], function.fields.count <= event.arguments.count else {
      self = .unsupported
      return
    }
    self.init(CallArguments(event: event, function: function))
  }

  private init(_ call: CallArguments) {
    switch call.function.effect {
    case .allocateDevice: self = .allocate(call.allocation(.device))
    case .allocatePitched: self = .allocate(call.pitchedAllocation)
    case .allocateManaged: self = .allocate(call.allocation(.managed))
    case .allocateHost: self = .allocate(call.allocation(.host))
    case .allocateAsync: self = .allocate(call.allocation(.async))
    case .allocateArray: self = .allocateArray(call.arrayShape, handle: call.result(.outArray))
    case .freeDevice: self = .free(call.word(.pointer), .device)
    case .freeHost: self = .free(call.word(.pointer), .host)
    case .freeArray: self = .free(call.word(.array), .array)
    case .freeAsync: self = .free(call.word(.pointer), .async(call.stream))
    case .registerHost:
      self = .register(
        ByteRange(start: call.word(.pointer), count: call.word(.bytes)), flags: call.unsigned(.flags))
    case .unregisterHost: self = .unregister(call.word(.pointer))
    case .hostDevicePointer: self = .hostDevicePointer(call.word(.pointer), device: call.result(.outPointer))

    case .prefetch: self = .migrate(call.migration(.prefetch(isBatch: false)))
    case .prefetchBatch:
      self = call.migrationBatch(.prefetch(isBatch: true)).map { .migrate($0) } ?? .unsupported
    case .discardBatch: self = call.migrationBatch(.discard).map { .migrate($0) } ?? .unsupported
    case .discardPrefetchBatch:
      self = call.migrationBatch(.discardAndPrefetch).map { .migrate($0) } ?? .unsupported
    case .attach: self = .migrate(call.migration(.attach))
    case .advise: self = .advise(call.advice)

    case .createPool: self = .pool(.create(call.poolPlace, handle: call.result(.outPool)))
    case .destroyPool: self = .pool(.destroy(call.word(.pool)))
    case .getDefaultPool: self = .pool(.defaultPool(call.poolPlace, handle: call.result(.outPool)))
    case .getPool: self = .pool(.currentPool(call.poolPlace, handle: call.result(.outPool)))
    case .setPool: self = .pool(.setCurrent(call.word(.pool), call.poolPlace))
    case .setPoolAccess:
      self = call.poolAccess.map { .pool(.setAccess(call.word(.pool), $0)) } ?? .unsupported
    case .setPoolAttribute:
      self = .pool(
        .setAttribute(call.word(.pool), attribute: call.signed(.mode), value: call.word(.size)))
    case .trimPool: self = .pool(.trim(call.word(.pool)))

    case .shareMemory: self = .interprocess(.shareMemory(call.word(.pointer)))
    case .openMemory: self = .interprocess(.openMemory(call.result(.outPointer)))
    case .closeMemory: self = .interprocess(.closeMemory(call.word(.pointer)))
    case .shareEvent: self = .interprocess(.shareEvent(call.word(.event)))
    case .openEvent: self = .interprocess(.openEvent(call.result(.outEvent)))

    case .reserveAddresses, .freeAddresses, .createMemory, .importMemory, .exportMemory, .retainMemory,
      .releaseMemory, .mapMemory, .unmapMemory, .setAccess:
      self = call.virtualMemoryCall.map(Operation.virtualMemory) ?? .unsupported

    case .copy: self = .copy(call.copy())
    case .copyDefault: self = .copy(call.copy(kind: 4))
    case .copyHostToDevice: self = .copy(call.copy(kind: 1))
    case .copyDeviceToHost: self = .copy(call.copy(kind: 2))
    case .copyDeviceToDevice: self = .copy(call.copy(kind: 3))
    case .copyBatch: self = call.batch.map { .copyBatch($0, stream: call.stream) } ?? .unsupported
    case .copyBatch3D: self = call.batch3D.map { .copyBatch($0, stream: call.stream) } ?? .unsupported
    case .fill: self = .fill(call.fill())
    case .fill16: self = .fill(call.fill(elementSize: 2))
    case .fill32: self = .fill(call.fill(elementSize: 4))

    case .registerBinary: self = .registerBinary(handle: call.result(.outValue))
    case .registerKernel: self = .registerKernel(stub: call.word(.kernel), name: call.text)
    case .registerVariable:
      self = .registerVariable(shadow: call.word(.symbol), size: call.word(.bytes), name: call.text)
    case .findKernel: self = .registerKernel(stub: call.result(.outKernel), name: call.text)
    case .registerManaged:
      self = .registerManaged(size: call.word(.bytes), name: call.text, address: call.result(.outPointer))
    case .getKernel: self = .getKernel(stub: call.word(.kernel), handle: call.result(.outKernel))
    case .symbolAddress: self = .symbolAddress(shadow: call.word(.symbol), address: call.result(.outPointer))
    case .pushConfiguration, .popConfiguration: self = .callConfiguration
    case .launch: self = .launch(call.launch)
    case .hostFunction:
      self = .hostFunction(
        callback: call.word(.callback), userData: call.word(.userData), stream: call.stream)

    case .createStream:
      self = .createStream(
        handle: call.result(.outStream), flags: call.unsigned(.flags), priority: call.signed(.priority))
    case .destroyStream: self = .destroyStream(call.stream)
    case .synchronizeStream: self = .synchronizeStream(call.stream)
    case .queryStream: self = .queryStream(call.stream)
    case .streamWaitEvent:
      self = .streamWaitEvent(call.stream, event: call.word(.event), flags: call.unsigned(.flags))
    case .createEvent: self = .createEvent(handle: call.result(.outEvent), flags: call.unsigned(.flags))
    case .destroyEvent: self = .destroyEvent(call.word(.event))
    case .recordEvent:
      self = .recordEvent(call.word(.event), stream: call.stream, flags: call.unsigned(.flags))
    case .synchronizeEvent: self = .synchronizeEvent(call.word(.event))
    case .queryEvent: self = .queryEvent(call.word(.event))
    case .elapsedTime: self = .elapsedTime(start: call.word(.event), end: call.lastWord(.event))

    case .beginCapture, .endCapture, .exchangeCaptureMode, .captureStatus, .updateCaptureDependencies:
      self = call.captureOperation.map(Operation.capture) ?? .unsupported
    case .createGraph, .cloneGraph, .destroyGraph, .removeNode, .addEdges, .removeEdges, .listNodes,
      .listRootNodes, .findNodeInClone, .getChildGraph, .emptyNode, .copyNode, .fillNode, .launchNode,
      .hostNode,
      .childNode, .recordNode, .waitNode, .allocateNode, .freeNode, .anyNode, .unsupportedNode,
      .instantiateGraph, .updateExec, .enableNode, .uploadGraph, .launchGraph, .destroyExec:
      self = call.graphOperation.map(Operation.graph) ?? .unsupported

    case .initialize: self = .context(.initialize(flags: call.unsigned(.flags)))
    case .createContext:
      self = .context(.create(call.result(.outContext), device: call.signed(.device)))
    case .retainContext:
      self = .context(.retain(call.result(.outContext), device: call.signed(.device)))
    case .releaseContext: self = .context(.release(device: call.signed(.device)))
    case .enablePeerContext: self = .context(.enablePeer(call.word(.context)))
    case .disablePeerContext: self = .context(.disablePeer(call.word(.context)))
    case .destroyContext: self = .context(.destroy(call.word(.context)))
    case .setContext: self = .context(.setCurrent(call.word(.context)))
    case .pushContext: self = .context(.push(call.word(.context)))
    case .popContext: self = .context(.pop)
    case .setDevice: self = .setDevice(call.signed(.device))
    case .synchronizeDevice: self = .synchronizeDevice
    case .resetDevice: self = .resetDevice
    case .enablePeer: self = .enablePeer(call.signed(.device))
    case .disablePeer: self = .disablePeer(call.signed(.device))

    case .hostRead: self = .host(call.hostUse(.read))
    case .hostWrite: self = .host(call.hostUse(.write))
    case .hostTouch: self = .host(call.hostUse(.touch))
    case .workDone: self = .host(call.hostUse(.learn))

    case .takeLastError: self = .takeLastError
    case .peekLastError: self = .peekLastError
    case .describeError: self = .describeError(call.signed(.value))
    // What the shim wrote by itself is no call of the program.
    case .neutral, .shimModule, .shimThread, .shimStack, .shimSource, .shimSourceChanged, .shimContent,
      .shimFrames, .shimCallStack:
      self = .neutral
    case .unsupported: self = .unsupported
    }
  }
}

/// The arguments of one call by role.
struct CallArguments {
  let event: Event
  let function: Function

  func has(_ role: Role) -> Bool { function.index(of: role) != nil }

  /// The argument of `role`; 0 when the function has none.
  func word(_ role: Role) -> UInt64 { function.index(of: role).map { event.arguments[$0] } ?? 0 }

  /// The last argument of `role`, where a function has two.
  func lastWord(_ role: Role) -> UInt64 {
    function.fields.lastIndex { $0.role == role }.map { event.arguments[$0] } ?? 0
  }

  func unsigned(_ role: Role) -> UInt32 { UInt32(truncatingIfNeeded: word(role)) }

  func signed(_ role: Role) -> Int32 { Int32(truncatingIfNeeded: word(role)) }

  /// What the call returned through the pointer of `role`; nil when it failed or has not returned.
  func result(_ role: Role) -> UInt64? {
    guard event.result == 0, !event.isInFlight else { return nil }
    return function.index(of: role).map { event.arguments[$0] }
  }

  var stream: StreamReference { StreamReference(handle: word(.stream), variant: event.variant) }

  var text: String { event.text(of: function) ?? "" }

  /// The words of the tail that the argument of `role` counts, or nil when they are not known.
  func list(_ role: Role) -> ArraySlice<UInt64>? {
    var rest = event.tail[...]
    for (index, field) in function.fields.enumerated() {
      guard let count = field.role.tailWords(event.arguments[index], function.effect) else { continue }
      guard count <= UInt64(rest.count) else { return nil }
      if field.role == role { return event.arguments[index] == .max ? nil : rest.prefix(Int(count)) }
      rest = rest.dropFirst(Int(count))
    }
    return nil
  }

  /// The items of the tail, or nil when they are not known.
  var items: [ArraySlice<UInt64>]? {
    guard let words = list(.items) else { return nil }
    let size = function.effect.wordsPerItem
    return stride(from: words.startIndex, to: words.endIndex, by: size).map { words[$0..<$0 + size] }
  }

  func allocation(_ kind: Allocation.Kind) -> Allocation {
    Allocation(
      kind: kind, size: word(.bytes), address: result(.outPointer), stream: has(.stream) ? stream : nil,
      pool: has(.pool) ? word(.pool) : nil, flags: unsigned(.flags))
  }

  /// `cudaMallocPitch` and `cudaMalloc3D`: the size follows from the pitch that the call returned.
  var pitchedAllocation: Allocation {
    let count = has(.depth) ? product(word(.height), word(.depth)) : word(.height)
    let pitch = result(.outPitch)
    return Allocation(
      kind: .device, size: pitch.map { product($0, count) } ?? 0, address: result(.outPointer),
      rows: Allocation.Rows(width: word(.width), count: count, pitch: pitch))
  }

  var arrayShape: ArrayShape {
    // The formats are bits of each channel.
    let bits = [Role.formatX, .formatY, .formatZ, .formatW].reduce(0) { $0 + UInt64(unsigned($1)) }
    return ArrayShape(
      width: word(.width), height: word(.height), depth: word(.depth), elementSize: bits / 8,
      flags: unsigned(.flags))
  }

  func hostUse(_ action: HostUse.Action) -> HostUse {
    HostUse(
      action: action, range: ByteRange(start: word(.pointer), count: word(.bytes)),
      isInsideCall: word(.flags) & 1 != 0)
  }

  var launch: Launch {
    Launch(
      kernel: word(.kernel), grid: .init(unsigned(.gridX), unsigned(.gridY), unsigned(.gridZ)),
      block: .init(unsigned(.blockX), unsigned(.blockY), unsigned(.blockZ)),
      sharedMemory: word(.sharedMemory),
      stream: stream, event: word(.event) == 0 ? nil : word(.event),
      pointers: list(.items).map { words in
        stride(from: words.startIndex, to: words.endIndex, by: 2).map { index in
          Launch.Pointer(
            parameter: Int(truncatingIfNeeded: words[index] >> 8), address: words[index + 1],
            isConst: words[index] & 1 != 0, isGuess: words[index] & 2 != 0,
            isDeep: words[index] & 4 != 0)
        }
      })
  }

  /// A product that stops at the largest number: a program may pass anything.
  func product(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let (product, overflow) = left.multipliedReportingOverflow(by: right)
    return overflow ? .max : product
  }
}
