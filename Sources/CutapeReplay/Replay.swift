package import CutapeEmulator
package import CutapeTrace

/// Follows a trace call by call: the emulator for what exists, clocks and shadow memory for what is ordered.
///
/// Replay changes state and judges nothing; after each ``follow(_:)`` the rules read ``step`` and the state. One
/// pass, in trace order, with memory that depends on what lives and what is unordered, not on the length of the trace.
///
/// Both profiles are followed at once (see Clock.swift): a ``Conflict`` says whether it exists under both.
package final class Replay {
  package let functions: FunctionTable
  package let completeness: Completeness
  package let kernels: KernelModel
  package let emulator = Emulator(backing: RecordedBacking(), deviceCount: 64)
  /// The newest call.
  package private(set) var step: Step
  /// How many calls were followed, and how many of them are not modelled.
  package private(set) var calls = 0
  package private(set) var unsupported = 0
  /// Whether memory or handles may have come from calls that are not modelled.
  package private(set) var hasUnknownMemory = false
  /// The numbers of the calls that reset a device.
  package private(set) var resets: Set<Int> = []

  private var timelines = Timelines()
  private var shadow = Shadow()
  private var slots: [Int: Int] = [:]
  private var events: [Int: EventHistory] = [:]
  /// The last waits of each stream, by slot; those of the host in slot 0.
  private var waits: [Int: [EventWait]] = [:]
  private var initialization: [Int: Initialization] = [:]
  /// Objects older than this call may have been written by something that was not seen.
  private var unknownWriter = 0
  private var raw: [RawConflict] = []

  package init(
    functions: FunctionTable, completeness: Completeness = Completeness(), kernels: KernelModel = .may
  ) {
    self.functions = functions
    self.completeness = completeness
    self.kernels = kernels
    step = Step(
      event: Event(number: 0, function: 0), function: Function(id: 0, name: "", effect: .neutral, fields: []),
      operation: .neutral)
  }

  /// Strided accesses that were dropped because one object had too many: findings may be missing.
  package var forgotten: Int { shadow.forgotten }

  /// Follows one call.
  package func follow(_ event: Event) {
    calls += 1
    let function =
      functions[event.function] ?? Function(id: event.function, name: "?", effect: .unsupported, fields: [])
    let operation = Operation(event, functions: functions)
    if case .unsupported = operation { unsupported += 1 }
    step = Step(event: event, function: function, operation: operation)
    lookBefore()
    step.judged = emulator.result(of: operation, by: step.caller)
    step.isPlausible =
      event.isInFlight || event.result == step.judged
      || emulator.mayReturn(event.result, for: operation, by: step.caller)
    if step.succeeded { _ = emulator.apply(operation, by: step.caller) }
    if !event.isInFlight { emulator.finish(operation, result: event.result, by: step.caller) }
    resolve()
    let known = timelines.hostVersion
    order()
    step.isHostWiser = timelines.hostVersion != known
  }

  // MARK: Looking

  /// What has to be seen before the call takes effect.
  private func lookBefore() {
    switch step.operation {
    case .free(let address, .array):
      step.released = emulator.space.array(address)
    case .free(let address, _), .unregister(let address):
      step.released = emulator.space.lastObject(containing: address)
      lookForPendingWork()
    case .streamWaitEvent(_, let handle, _), .synchronizeEvent(let handle):
      guard let event = emulator.event(handle), event.createdBy > 0, event.isAlive else { return }
      if events[event.id]?.records.isEmpty ?? true, events[event.id]?.isOpaque != true {
        step.unrecorded = event
      }
    default: break
    }
  }

  /// What is still in flight in memory that is about to go.
  private func lookForPendingWork() {
    guard let object = step.released, object.isAlive else { return }
    if case .free(_, .async) = step.operation { return }
    addPending(in: object, slot: Timelines.host, knowing: timelines.hostKnowledge)
  }

  /// Adds what is in flight in `object` when the timeline in `slot` releases it. The allocation itself is no access.
  private func addPending(in object: MemoryObject, slot: Int, knowing known: Knowledge) {
    for conflict in shadow.pending(in: object, by: slot, knowing: known) {
      let earlier = shadow.operations[conflict.access.operation]
      guard functions[earlier.event.function]?.effect != .allocateAsync else { continue }
      add(conflict, slot: slot)
    }
  }

  /// Resolves operands, right or wrong.
  private func resolve() {
    switch step.operation {
    case .copy(let copy):
      step.movements.append(emulator.sides(of: copy, by: step.caller))
    case .copyBatch(let copies, _):
      for copy in copies { step.movements.append(emulator.sides(of: copy, by: step.caller)) }
    case .fill(let fill):
      step.movements.append(emulator.sides(of: fill, by: step.caller))
    case .launch(let launch):
      for pointer in launch.pointers ?? [] {
        step.pointers.append((pointer, emulator.space.lastObject(containing: pointer.address)))
      }
    default: break
    }
  }

  // MARK: Order

  /// What the call does to the order of things. A call that failed does nothing. One that never returned is taken to
  /// have made its edges, and to have touched nothing: both hide findings and make none.
  private func order() {
    guard step.succeeded || step.event.isInFlight else { return }
    switch step.operation {
    case .copy(let copy): order(copy)
    case .copyBatch(_, let stream): submit(to: stream)
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
    case .unsupported, .capture, .graph: orderUnknown()
    case .allocateArray, .register, .hostDevicePointer, .registerBinary, .registerKernel, .registerVariable,
      .getKernel, .symbolAddress, .callConfiguration, .createStream, .createEvent, .setDevice, .enablePeer,
      .disablePeer, .takeLastError, .peekLastError, .describeError, .neutral:
      break
    }
  }

  /// The slot of the stream that `reference` means, and notes the stream in the step.
  private func slot(_ reference: StreamReference) -> Int? {
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

  /// Submits the call to a stream, with the bytes of its movements. A stream-ordered allocation counts as a write of
  /// all its memory: what uses it has to come after.
  @discardableResult
  private func submit(to reference: StreamReference, allocating object: MemoryObject? = nil) -> Int? {
    guard let slot = slot(reference), let stream = step.stream else { return nil }
    let epoch = timelines.submit(to: slot)
    guard step.succeeded else { return slot }
    var operands = SubmittedOperation.Operands()
    if let first = step.movements.first {
      operands.destination = first.destination.tracked
      operands.source = first.source?.tracked
    }
    if let object {
      operands.destination = Footprint(
        object: object.id, memory: MemoryClass(object.kind), start: 0, width: object.byteCount)
    }
    for movement in step.movements.dropFirst() {
      if let footprint = movement.source?.tracked {
        operands.others.append(.init(footprint: footprint, isWrite: false))
      }
      if let footprint = movement.destination.tracked {
        operands.others.append(.init(footprint: footprint, isWrite: true))
      }
    }
    if kernels == .write {
      for (pointer, object) in step.pointers {
        guard let object, object.isAlive else { continue }
        operands.others.append(
          .init(
            footprint: Footprint(
              object: object.id, memory: MemoryClass(object.kind), start: 0, width: object.byteCount),
            isWrite: !pointer.isConst))
      }
    }
    let submitted = SubmittedOperation(event: step.event, stream: stream.id, epoch: epoch, operands: operands)
    step.submitted = submitted
    lookForEarlyReads(slot)
    if operands.destination != nil || operands.source != nil || !operands.others.isEmpty {
      touch(submitted, slot)
    }
    initialize()
    return slot
  }

  /// Entries of a batch may ask that their source be read out of stream order: then only what the host knows is before
  /// the read.
  private func lookForEarlyReads(_ slot: Int) {
    for movement in step.movements {
      guard let order = movement.copy?.sourceAccessOrder,
        order == Copy.duringApiCall || order == Copy.anyTime,
        let bytes = movement.source?.tracked
      else { continue }
      for conflict in shadow.unknownWrites(of: bytes, knowing: timelines.hostKnowledge) {
        let earlier = shadow.operations[conflict.access.operation]
        guard functions[earlier.event.function]?.effect != .allocateAsync else { continue }
        add(conflict, slot: slot, isEarlyRead: true)
      }
    }
  }

  /// Compares the operation's bytes with earlier ones, reads before writes: an operation does not meet itself.
  private func touch(_ submitted: SubmittedOperation, _ slot: Int) {
    let access = Access(
      slot: Int32(slot), count: submitted.epoch.count, operation: shadow.append(submitted))
    let known = timelines[slot].knowledge
    let host = timelines.hostKnowledge.doc
    raw.removeAll(keepingCapacity: true)
    let operands = submitted.operands
    if let source = operands.source {
      shadow.touch(source, isWrite: false, by: access, knowing: known, host: host, into: &raw)
    }
    for other in operands.others where !other.isWrite {
      shadow.touch(other.footprint, isWrite: false, by: access, knowing: known, host: host, into: &raw)
    }
    if let destination = operands.destination {
      shadow.touch(destination, isWrite: true, by: access, knowing: known, host: host, into: &raw)
    }
    for other in operands.others where other.isWrite {
      shadow.touch(other.footprint, isWrite: true, by: access, knowing: known, host: host, into: &raw)
    }
    for conflict in raw { add(conflict, slot: slot) }
  }

  /// Turns what the shadow found into a fact, unless an order that was not seen may exist.
  private func add(_ conflict: RawConflict, slot: Int, isEarlyRead: Bool = false) {
    let epoch = conflict.access.epoch
    if slot != Timelines.host { timelines.assumeOrder(epoch, before: slot) }
    guard completeness.isGapless, !timelines[slot].isOpaque, !timelines[epoch.slot].isOpaque else { return }
    let earlier = shadow.operations[conflict.access.operation]
    let waits = (self.waits[slot] ?? []) + (slot == Timelines.host ? [] : self.waits[Timelines.host] ?? [])
    step.conflicts.append(
      Conflict(
        earlier: earlier, earlierWrites: conflict.earlierWrites, laterWrites: conflict.laterWrites,
        object: conflict.object, range: conflict.first, bytes: conflict.bytes,
        isObserved: conflict.isObserved, habit: conflict.isObserved ? nil : timelines.habit(of: epoch.slot),
        missed: MissedEdge.reason(
          for: epoch, number: earlier.event.number, in: waits.sorted { $0.number < $1.number }),
        isEarlyRead: isEarlyRead))
  }

  private func order(_ copy: Copy) {
    guard let movement = step.movements.first, let source = movement.source, !movement.extent.isEmpty else {
      submit(to: copy.stream)
      return
    }
    guard let slot = slot(copy.stream) else { return }
    if copy.peers != nil, !copy.isAsync {
      // Serialised with all work of the devices. That the host does not wait is left out: it would only add findings.
      timelines.serialize(slot)
      submit(to: copy.stream)
      timelines.synchronizeHost(withStream: slot)
      return
    }
    let destination = movement.destination.memory
    func synchronization(_ profile: Profile) -> HostSynchronization {
      copy.peers != nil && !destination.isHost && !source.memory.isHost
        ? .peerCopy : .copy(to: destination, from: source.memory, isAsync: copy.isAsync, profile: profile)
    }
    let promised = synchronization(.doc)
    if promised.waitsForStream { timelines.synchronizeHost(withStream: slot) }
    submit(to: copy.stream)
    if promised.completion == .complete {
      timelines.synchronizeHost(withStream: slot)
    } else if synchronization(.observed).completion == .complete {
      let reason: Conflict.Habit.Reason = copy.isAsync ? .pageableDownload : .pageableUpload
      timelines.synchronizeHost(
        withStream: slot, habit: Conflict.Habit(reason: reason, number: step.event.number))
    }
  }

  private func order(_ fill: Fill) {
    let slot = submit(to: fill.stream)
    guard let slot, let memory = step.movements.first?.destination.memory else { return }
    if HostSynchronization.fill(memory, isAsync: fill.isAsync).completion == .complete {
      timelines.synchronizeHost(withStream: slot)
    }
  }

  private func order(_ launch: Launch) {
    submit(to: launch.stream)
    guard launch.pointers != nil else {
      unknownWriter = step.event.number
      return
    }
    for (pointer, object) in step.pointers where !pointer.isConst {
      if let object { initialization[object.id]?.isUnknown = true }
    }
  }

  private func order(_ allocation: Allocation) {
    let object = allocation.address.flatMap { emulator.space.object(containing: $0) }
    let isNew = object?.createdBy == step.event.number
    if let stream = allocation.stream { submit(to: stream, allocating: isNew ? object : nil) }
    guard isNew, allocation.kind == .device || allocation.kind == .async, let object else { return }
    initialization[object.id] = Initialization()
  }

  private func order(_ release: Release) {
    guard let object = step.released else { return }
    switch release {
    case .async(let stream):
      guard let slot = submit(to: stream), step.succeeded else { return }
      addPending(in: object, slot: slot, knowing: timelines[slot].knowledge)
    case .device where object.kind == .async: break
    case .device, .host, .array:
      timelines.synchronizeHost(
        withDevice: object.kind == .device ? object.device : nil,
        habit: Conflict.Habit(reason: .free, number: step.event.number))
    }
    if step.succeeded { forget(object) }
  }

  private func forget(_ object: MemoryObject) {
    shadow.remove(object.id)
    initialization[object.id] = nil
  }

  // MARK: Initialisation

  /// Asks for the bytes that the movements read, then notes those that they write.
  private func initialize() {
    for movement in step.movements where !movement.extent.isEmpty {
      if let source = movement.source, let object = source.object, source.tracked != nil,
        object.createdBy >= unknownWriter,
        let overlap = initialization[object.id]?.unwritten(in: source.footprint, layout: object.rows),
        completeness.isGapless
      {
        step.unwritten.append(.init(object: object, overlap: overlap, footprint: source.footprint))
      }
      if let object = movement.destination.object, let footprint = movement.destination.tracked {
        initialization[object.id]?.write(footprint)
      }
    }
  }

  // MARK: Events

  private func record(_ handle: Address, in reference: StreamReference) {
    guard let slot = slot(reference), let event = emulator.event(handle) else { return }
    let snapshot = timelines.record(in: slot)
    events[event.id, default: EventHistory(name: event.name)].record(snapshot, number: step.event.number)
    events[event.id]?.isOpaque = timelines[slot].isOpaque
  }

  private func wait(_ reference: StreamReference, for handle: Address) {
    guard let slot = slot(reference) else { return }
    guard let event = emulator.event(handle), event.createdBy > 0 || events[event.id]?.snapshot != nil else {
      // An event of before the recording: what it holds is not known.
      timelines[slot].isOpaque = true
      return
    }
    let history = events[event.id]
    if history?.isOpaque == true { timelines[slot].isOpaque = true }
    if let snapshot = history?.snapshot { timelines.wait(in: slot, for: snapshot) }
    note(EventWait(event: event.name, number: step.event.number, records: history?.records ?? []), slot)
  }

  private func waitOnHost(for handle: Address) {
    guard let event = emulator.event(handle) else { return }
    let history = events[event.id]
    if let snapshot = history?.snapshot { timelines.synchronizeHost(with: snapshot) }
    guard case .synchronizeEvent = step.operation else { return }
    note(
      EventWait(event: event.name, number: step.event.number, records: history?.records ?? []), Timelines.host
    )
  }

  private func note(_ wait: EventWait, _ slot: Int) {
    var list = waits.removeValue(forKey: slot) ?? []
    if list.count == EventWait.limit { list.removeFirst() }
    list.append(wait)
    waits[slot] = list
  }

  // MARK: What is not modelled

  /// A call of which only the name is known: what it wrote and ordered is not judged from here on.
  private func orderUnknown() {
    unknownWriter = step.event.number
    let roles = step.function.fields.map(\.role)
    if roles.contains(where: {
      $0 == .outPointer || $0 == .outArray || $0 == .outStream || $0 == .outEvent || $0 == .opaque
    }) {
      hasUnknownMemory = true
    }
    guard let index = step.function.index(of: .stream), index < step.event.arguments.count else { return }
    let reference = StreamReference(handle: step.event.arguments[index], variant: step.event.variant)
    if let slot = slot(reference) {
      _ = timelines.submit(to: slot)
      timelines[slot].isOpaque = true
    }
  }
}

extension Side {
  /// The bytes for the shadow: those of live objects, inside their bounds. Ordinary host memory is left out: it has
  /// no generations, and on hardware every copy with it has read or written it when the call returns.
  var tracked: Footprint? {
    guard let object, object.isAlive, let end = footprint.end, let limit, end <= limit, !footprint.isEmpty,
      footprint.rows == 1 || footprint.pitch >= footprint.width,
      footprint.slices == 1 || footprint.slicePitch >= footprint.width
    else { return nil }
    return footprint
  }
}
