package import CutapeTrace

// Taking effect: each call changes state as if it had succeeded. What cannot be resolved is skipped, never
// trapped on: a replay follows a record that may know better.

extension Emulator {
  /// Changes state as `operation` does when it succeeds.
  ///
  /// The values of the outcome: the address of an allocation or a reservation and then its pitch, the handle of an
  /// array, a pool, a stream, an event, a context, a kernel or memory without an address, the device address of host
  /// memory or a variable, the bits of `cudaEventElapsedTime`'s float,
  /// the handle of a graph, a node (and then the address of its memory) or an executable graph, the old capture mode.
  package func apply(_ operation: Operation, by caller: Caller) -> Outcome {
    (isCaptured, capturedNode) = (false, nil)
    if case .captured(let index, let stream) = captureVerdict(on: operation, by: caller) {
      return capture(operation, index: index, stream: stream, by: caller)
    }
    switch operation {
    case .allocate(let allocation): return allocate(allocation, by: caller)
    case .allocateArray(let shape, let handle): return allocateArray(shape, handle: handle, by: caller)
    case .free(let address, let release): free(address, release, by: caller)
    case .register(let range, _): register(range, by: caller)
    case .unregister(let address): unregister(address, by: caller)
    case .hostDevicePointer(let address, let recorded):
      return hostDevicePointer(address, recorded: recorded, by: caller)
    case .migrate(let migration): apply(migration, by: caller)
    case .pool(let call): return apply(call, by: caller)
    case .interprocess(let call): return apply(call, by: caller)
    case .virtualMemory(let call): return apply(call, by: caller)
    case .copy(let copy): apply(copy, by: caller)
    case .copyBatch(let copies, let stream): apply(copies, stream: stream, by: caller)
    case .fill(let fill): apply(fill, by: caller)
    case .registerBinary(let handle): return Outcome(result: ErrorCode.success, values: [handle ?? 0])
    case .registerKernel(let stub, let name):
      let stub = stub ?? backing.handle(recorded: nil)
      kernels[stub] = name
      return Outcome(result: ErrorCode.success, values: [stub])
    case .registerVariable(let shadow, let size, let name):
      registerVariable(shadow, size: size, name: name, by: caller)
    case .registerManaged(let size, let name, let address):
      return registerManaged(size: size, name: name, address: address, by: caller)
    case .getKernel(let stub, let handle):
      kernelStubs[handle ?? stub] = stub
      return Outcome(result: ErrorCode.success, values: [handle ?? stub])
    case .symbolAddress(let shadow, let recorded):
      return symbolAddress(shadow, recorded: recorded, by: caller)
    case .launch(let launch):
      submit(to: launch.stream, by: caller, urgency: launchesBlock ? .now : .lazy, .none)
      if let event = launch.event { record(event, in: launch.stream, by: caller) }
    case .hostFunction(let callback, let userData, let stream):
      let work = submit(to: stream, by: caller, .callHost(function: callback, userData: userData))
      noteHostCall(work)
    case .createStream(let handle, let flags, let priority):
      return createStream(handle: handle, flags: flags, priority: priority, by: caller)
    case .destroyStream(let stream): destroy(stream, by: caller)
    case .synchronizeStream(let stream), .queryStream(let stream): complete(goals(of: stream, by: caller))
    case .streamWaitEvent(let stream, let event, _): wait(on: event, in: stream, by: caller)
    case .createEvent(let handle, let flags): return createEvent(handle: handle, flags: flags, by: caller)
    case .destroyEvent(let event): destroyEvent(event, by: caller)
    case .recordEvent(let event, let stream, _): record(event, in: stream, by: caller)
    case .synchronizeEvent(let event), .queryEvent(let event):
      complete(eventTable.newest(event)?.record.map { [$0.work] } ?? [])
    case .elapsedTime(let start, let end): return elapsedTime(from: start, to: end)
    case .context(let operation): return apply(operation, by: caller)
    case .setDevice(let device): setDevice(device, by: caller)
    case .synchronizeDevice: complete(goals(ofDevice: currentDevice(of: caller)))
    case .resetDevice: reset(currentDevice(of: caller), by: caller)
    case .enablePeer(let peer): setPeer(peer, enabled: true, by: caller)
    case .disablePeer(let peer): setPeer(peer, enabled: false, by: caller)
    case .capture(let operation): return apply(operation, by: caller)
    case .graph(let operation): return apply(operation, by: caller)
    case .advise, .takeLastError, .peekLastError, .describeError, .callConfiguration, .host, .neutral,
      .unsupported:
      break
    }
    return Outcome(result: ErrorCode.success)
  }

  /// Keeps in mind that `work` calls back into the program.
  func noteHostCall(_ work: WorkReference) {
    if hostCalls.count >= 64 { hostCalls.removeAll { !workGraph.isPending($0) } }
    hostCalls.append(work)
  }

  func setPeer(_ peer: Int32, enabled: Bool, by caller: Caller) {
    let device = Int(currentDevice(of: caller))
    guard devices.indices.contains(device) else { return }
    if enabled { devices[device].peers.insert(peer) } else { devices[device].peers.remove(peer) }
  }
}
