import CutapeEmulator
import CutapeTrace

// What each call does to the order of things, and to what is known of memory.

extension Replay {
  /// What the call does to the order of things. A call that failed does nothing. One that never returned is taken to
  /// have made its edges, and to have touched nothing: both hide findings and make none.
  func order() {
    guard step.succeeded || step.event.isInFlight else { return }
    guard !step.isCaptured else {
      if emulator.capturedNode != nil { noteOrigin() }
      for movement in step.movements { stackBuffers.addCaptured(movement, by: step.event) }
      return
    }
    switch step.operation {
    case .copy(let copy): order(copy)
    case .copyBatch(_, let stream): submit(to: stream)
    case .migrate(let migration): order(migration)
    case .interprocess(let call): order(call)
    case .virtualMemory(let call): order(call)
    case .registerManaged(_, _, let address): if (address ?? 0) == 0 { hasUnknownMemory = true }
    case .fill(let fill): order(fill)
    case .launch(let launch): order(launch)
    case .hostFunction(_, _, let stream):
      // The function runs after all that is in the stream, and may tell the host so by means that no trace shows:
      // what is submitted later may be ordered by it.
      if let slot = submit(to: stream) { timelines.synchronizeHost(withStream: slot) }
    case .allocate(let allocation): order(allocation)
    case .free(_, let release): order(release)
    case .unregister: if let object = step.released { forget(object) }
    case .destroyStream(let reference):
      if let slot = slot(reference) { timelines.retire(slot) }
      if let stream = step.stream { slots[stream.id] = nil }
    case .synchronizeStream(let reference), .queryStream(let reference):
      guard let slot = slot(reference) else { return }
      timelines.synchronizeHost(withStream: slot)
    case .streamWaitEvent(let reference, let handle, _): wait(reference, for: handle)
    case .recordEvent(let handle, let reference, _): record(handle, in: reference)
    case .synchronizeEvent(let handle), .queryEvent(let handle): waitOnHost(for: handle)
    case .elapsedTime(let start, let end):
      waitOnHost(for: start)
      waitOnHost(for: end)
    case .destroyEvent(let handle):
      if let event = emulator.event(handle) { events[event.id] = nil }
    case .synchronizeDevice, .resetDevice:
      if case .resetDevice = step.operation { resets.insert(step.event.number) }
      timelines.synchronizeHost(withDevice: emulator.currentDevice(of: step.caller))
      shadow.prune(host: timelines.hostKnowledge.doc)
      hosts.prune(host: timelines.hostKnowledge.doc)
    case .host(let use): order(use)
    case .graph(let operation): order(operation)
    case .unsupported: orderUnknown()
    case .allocateArray, .register, .hostDevicePointer, .advise, .pool, .registerBinary, .registerKernel,
      .registerVariable, .getKernel, .symbolAddress, .callConfiguration, .createStream, .createEvent,
      .setDevice,
      .context, .enablePeer, .disablePeer, .takeLastError, .peekLastError, .describeError, .neutral, .capture:
      break
    }
  }

  /// The slot of the stream that `reference` means, and notes the stream in the step.
  func slot(_ reference: StreamReference) -> Int? {
    guard let stream = emulator.stream(reference, by: step.caller) else { return nil }
    step.stream = stream
    if let slot = slots[stream.id] { return slot }
    let kind: Timelines.Kind = stream.isLegacy ? .legacy : stream.isNonBlocking ? .nonBlocking : .blocking
    let slot = timelines.add(kind, device: stream.device)
    // Of a stream of before the recording it is not known what it waits for.
    if stream.kind == .created, stream.createdBy == 0 { timelines[slot].isOpaque = true }
    slots[stream.id] = slot
    waits[slot] = nil
    return slot
  }

  func order(_ copy: Copy) {
    guard let movement = step.movements.first, !movement.extent.isEmpty else {
      submit(to: copy.stream)
      return
    }
    guard let slot = slot(copy.stream) else { return }
    if copy.peers != nil, !copy.isAsync {
      // Serialised with all work of the devices, before it and after it; the host does not wait.
      let devices = [emulator.currentDevice(of: step.caller), copy.peers?.destination, copy.peers?.source]
      let involved = Set(devices.compactMap(\.self))
      timelines.serialize(slot, after: involved)
      submit(in: slot)
      timelines.publish(slot, to: involved)
      if movement.destination.memory.isHost || movement.source?.memory.isHost == true {
        timelines.synchronizeHost(withStream: slot)
      }
      return
    }
    let promised = movement.synchronization(of: copy, .doc)
    if promised.waitsForStream { timelines.synchronizeHost(withStream: slot) }
    submit(in: slot)
    if promised.completion == .none, let submitted = step.submitted {
      hosts.keep(submitted, movement, host: timelines.hostKnowledge.doc)
    }
    if promised.completion == .complete {
      timelines.synchronizeHost(withStream: slot)
    } else if movement.synchronization(of: copy, .observed).completion == .complete {
      let reason: Conflict.Habit.Reason = copy.isAsync ? .pageableDownload : .pageableUpload
      timelines.synchronizeHost(
        withStream: slot, habit: Conflict.Habit(reason: reason, number: step.event.number))
    }
  }

  func order(_ fill: Fill) {
    let slot = submit(to: fill.stream)
    guard let slot, let memory = step.movements.first?.destination.memory else { return }
    if HostSynchronization.fill(memory, isAsync: fill.isAsync).completion == .complete {
      timelines.synchronizeHost(withStream: slot)
    }
  }

  func order(_ launch: Launch) {
    if mayTellHost(step.pointers), let slot = slot(launch.stream) {
      timelines.synchronizeHost(with: timelines.record(in: slot))
    }
    let slot = submit(to: launch.stream)
    if let event = launch.event { record(event, in: launch.stream) }
    if let slot, emulator.launchesBlock {
      timelines.synchronizeHost(
        withStream: slot, habit: Conflict.Habit(reason: .launchBlocking, number: step.event.number))
    }
    initialize(launch, step.pointers)
  }

  /// Whether a kernel may tell the host that it runs, and so that all before it is complete: it may write to page-locked
  /// memory, which the program can poll. Managed memory is left out: it is rarely read while a kernel runs.
  func mayTellHost(_ pointers: [(pointer: Launch.Pointer, object: MemoryObject?)]) -> Bool {
    pointers.contains { !$0.pointer.isConst && $0.object.map { $0.isAlive && $0.kind.isHost } ?? false }
  }

  func order(_ allocation: Allocation) {
    let object = allocation.address.flatMap { emulator.space.object(containing: $0) }
    let isNew = object?.createdBy == step.event.number
    if let stream = allocation.stream { submit(to: stream, allocating: isNew ? object : nil) }
    guard isNew, let object, object.kind == .device || object.kind == .async else { return }
    initialization[object.id] = Initialization()
  }

  func order(_ release: Release) {
    guard let object = step.released else { return }
    switch release {
    case .async(let stream):
      guard let slot = submit(to: stream), step.succeeded else { return }
      addPending(
        in: object, slot: slot, knowing: timelines[slot].knowledge, later: step.submitted)
    case .device where object.kind == .async || object.pool != nil: break
    case .device, .host, .array:
      timelines.synchronizeHost(
        withDevice: object.kind == .device ? object.device : nil,
        habit: Conflict.Habit(reason: .free, number: step.event.number))
    }
    if step.succeeded { forget(object) }
  }

  func forget(_ object: MemoryObject) {
    shadow.remove(object.id)
    initialization[object.id] = nil
    discards[object.id] = nil
  }

  // MARK: What is not modelled

  /// A call of which only the name is known: what it wrote and ordered is not judged from here on. One that takes an
  /// event may have recorded it, or have made everything wait for it. One in a stream may write a word that the host
  /// polls, and so tell it that all before is complete.
  func orderUnknown() {
    unknownWriter = step.event.number
    stackBuffers.removeAll()
    discards = [:]
    let roles = step.function.fields.map(\.role)
    if roles.contains(where: {
      $0 == .outPointer || $0 == .outArray || $0 == .outStream || $0 == .outEvent || $0 == .opaque
    }) {
      hasUnknownMemory = true
    }
    if roles.contains(.event) {
      hasUnknownRecords = true
      timelines.makeOpaque()
    }
    guard let index = step.function.index(of: .stream), index < step.event.arguments.count else { return }
    let reference = StreamReference(handle: step.event.arguments[index], variant: step.event.variant)
    if let slot = slot(reference) {
      _ = timelines.submit(to: slot)
      timelines[slot].isOpaque = true
      timelines.synchronizeHost(withStream: slot)
    }
  }
}
