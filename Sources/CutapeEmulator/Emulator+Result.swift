package import CutapeTrace

// Judging: the code that a call gives now. Nothing here changes what a program can see; only what comes into being
// on first use (a default stream, a device's instance of a variable) may be made on the way.

extension Emulator {
  /// The `cudaError_t` that this call gives in the present state; the `CUresult` where it is a call of the driver.
  ///
  /// Source of the codes: the runtime API reference, and for misuse what public test suites expect of hardware.
  package func result(of operation: Operation, by caller: Caller) -> Int32 {
    if caller.isDriver, let code = driverRefusal(of: operation, by: caller) { return code }
    let code =
      switch captureVerdict(on: operation, by: caller) {
      case .refused(let code, _): code
      case .captured: judgeCaptured(operation, by: caller)
      case .outside: judge(operation, by: caller)
      }
    return caller.isDriver ? ErrorCode.ofDriver(code) : code
  }

  /// The code of a call that no capture refuses.
  func judge(_ operation: Operation, by caller: Caller) -> Int32 {
    switch operation {
    case .allocate(let allocation): judge(allocation, by: caller)
    case .allocateArray(let shape, _): judge(shape)
    case .free(let address, let release): judgeFree(address, release, by: caller)
    case .register(let range, let flags): judgeRegister(range, flags: flags)
    case .unregister(let address): judgeUnregister(address)
    case .hostDevicePointer(let address, _):
      space.object(containing: address)?.kind.isHost == true ? ErrorCode.success : ErrorCode.invalidValue
    case .migrate(let migration): judge(migration, by: caller)
    case .advise(let advice): judge(advice)
    case .pool(let call): judge(call)
    case .interprocess(let call): judge(call)
    case .virtualMemory(let call): judge(call)
    case .copy(let copy): judge(copy, by: caller)
    case .copyBatch(let copies, let stream): judge(copies, stream: stream, by: caller)
    case .fill(let fill): judge(fill, by: caller)
    case .symbolAddress(let shadow, _):
      variables[shadow] == nil ? ErrorCode.invalidSymbol : ErrorCode.success
    case .launch(let launch): judge(launch, by: caller)
    case .hostFunction(let callback, _, let stream):
      firstError([callback == 0 ? ErrorCode.invalidValue : 0, judge(stream)])
    case .createStream(_, let flags, _): flags > 1 ? ErrorCode.invalidValue : ErrorCode.success
    case .destroyStream(let stream): judgeDestroy(stream)
    case .synchronizeStream(let stream): judge(stream)
    case .queryStream(let stream):
      firstError([judge(stream), query(goals(of: stream, by: caller))])
    case .streamWaitEvent(let stream, let event, let flags):
      firstError([judge(stream), judgeEvent(event), flags > 1 ? ErrorCode.invalidValue : 0])
    case .createEvent(_, let flags): judgeEventFlags(flags)
    case .destroyEvent(let event): judgeEvent(event)
    case .recordEvent(let event, let stream, let flags):
      judgeRecord(event, stream: stream, flags: flags, by: caller)
    case .synchronizeEvent(let event): judgeEvent(event)
    case .queryEvent(let event):
      firstError([judgeEvent(event), query(eventTable.newest(event)?.record.map { [$0.work] } ?? [])])
    case .elapsedTime(let start, let end): judgeElapsed(from: start, to: end)
    case .setDevice(let device): isDevice(device) ? ErrorCode.success : ErrorCode.invalidDevice
    case .enablePeer(let peer): judgePeer(peer, enabling: true, by: caller)
    case .disablePeer(let peer): judgePeer(peer, enabling: false, by: caller)
    case .takeLastError, .peekLastError: lastError(of: caller)
    case .registerBinary, .registerKernel, .registerVariable, .registerManaged, .getKernel,
      .callConfiguration, .synchronizeDevice, .resetDevice, .describeError, .host, .neutral,
      .unsupported:
      ErrorCode.success
    case .context(let operation): judge(operation, by: caller)
    case .capture(let operation): judge(operation, by: caller)
    case .graph(let operation): judge(operation, by: caller)
    }
  }

  /// Whether `result` is a code that a correct runtime may give here, though the emulator gives another.
  ///
  /// Not in the record are: whether the thread was in a host function, where nothing is permitted, how far a device had
  /// come when it was queried, how much memory it had left and what else the machine lacked, whether an address that CUDA
  /// never gave is memory at all, and errors of earlier work that a later call reports.
  package func mayReturn(_ result: Int32, for operation: Operation, by caller: Caller) -> Bool {
    let judged = self.result(of: operation, by: caller)
    if result == judged || result == ErrorCode.notPermitted || ErrorCode.isDeferred(result) { return true }
    if judged == ErrorCode.success, ErrorCode.isOfSurroundings(result) { return true }
    // Nor is what the driver was told before the record began.
    if caller.isDriver, judged == ErrorCode.notInitialized || judged == ErrorCode.invalidContext {
      return true
    }
    // How many devices the machine had is not in the record.
    if result == ErrorCode.invalidDevice, judged == ErrorCode.success, operation.namesDevice { return true }
    if mayCapturesReturn(result, judged: judged, for: operation, by: caller) { return true }
    switch operation {
    case .graph(let operation):
      return ErrorCode.isDeferred(result) || mayReturn(result, judged: judged, for: operation, by: caller)
    case .queryStream, .queryEvent, .elapsedTime:
      let progress: Set<Int32> = [ErrorCode.success, ErrorCode.notReady]
      return progress.contains(result) && progress.contains(judged)
    // A pool of which only the handle is known may give anything.
    case .allocate(let allocation) where allocation.pool.map { poolTable.newest($0) == nil } ?? false:
      return true
    case .copy(let copy) where result == ErrorCode.invalidValue:
      let (destination, source) = operands(of: copy, by: caller)
      return !copy.extent.isEmpty
        && [destination, source].contains { $0.footprint.map { $0.object == nil } ?? false }
    // Nor are the attributes of a batch, only what follows from them.
    case .copyBatch: return result == ErrorCode.invalidValue
    // What a device can do with managed memory and pools depends on it, and on which memory of the system it reaches.
    case .migrate, .advise:
      return result == ErrorCode.success || result == ErrorCode.invalidDevice
        || result == ErrorCode.notSupported
    case .pool:
      return result == ErrorCode.notSupported
        || (judged != ErrorCode.success
          && [ErrorCode.invalidValue, ErrorCode.invalidDevice].contains(result))
    case .interprocess, .virtualMemory, .unsupported, .neutral, .describeError, .takeLastError,
      .peekLastError:
      return true
    default: return false
    }
  }

  /// The first of `codes` that is an error, else success.
  func firstError(_ codes: [Int32]) -> Int32 { codes.first { $0 != ErrorCode.success } ?? ErrorCode.success }

  func isDevice(_ device: Int32) -> Bool { device >= 0 && device < deviceCount }

  func judge(_ launch: Launch, by caller: Caller) -> Int32 {
    guard launch.kernel != 0 else { return ErrorCode.invalidDeviceFunction }
    if let error = Optional(judge(launch.stream)), error != ErrorCode.success { return error }
    if case .created(let handle) = launch.stream, let stream = streamTable.newest(handle),
      stream.device != currentDevice(of: caller)
    {
      return ErrorCode.invalidResourceHandle
    }
    let (block, most) = (launch.block, UInt32(1024))
    let isPossible =
      !launch.grid.contains(0) && !block.contains(0) && block.x <= most && block.y <= most && block.z <= most
      && block.x * block.y * block.z <= most
    return isPossible ? ErrorCode.success : ErrorCode.invalidConfiguration
  }

  func judgePeer(_ peer: Int32, enabling: Bool, by caller: Caller) -> Int32 {
    let device = currentDevice(of: caller)
    guard isDevice(device), isDevice(peer), peer != device else { return ErrorCode.invalidDevice }
    let isEnabled = devices[Int(device)].peers.contains(peer)
    if enabling { return isEnabled ? ErrorCode.peerAccessAlreadyEnabled : ErrorCode.success }
    return isEnabled ? ErrorCode.success : ErrorCode.peerAccessNotEnabled
  }
}

extension Operation {
  /// Whether the call names devices by their ordinals.
  fileprivate var namesDevice: Bool {
    switch self {
    case .setDevice, .enablePeer, .disablePeer, .pool, .migrate, .advise: true
    case .copy(let copy): copy.peers != nil
    default: false
    }
  }
}
