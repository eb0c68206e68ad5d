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
  package let emulator: Emulator
  /// The newest call.
  package let step = Step()
  /// How many calls were followed, and how many of them are not modelled.
  package private(set) var calls = 0
  package private(set) var unsupported = 0
  /// Whether a call has returned an error other than that work is not done.
  package private(set) var sawFailure = false
  /// Whether memory or handles may have come from calls that are not modelled.
  package internal(set) var hasUnknownMemory = false
  /// The numbers of the calls that reset a device.
  package internal(set) var resets: Set<Int> = []

  var timelines = Timelines()
  var shadow = Shadow()
  var hosts = HostUses()
  var slots = IdMap<Int>()
  var events = IdMap<EventHistory>()
  /// The last waits of each stream, by slot; those of the host in slot 0.
  var waits = IdMap<[EventWait]>()
  var initialization = IdMap<Initialization>()
  /// The ids of the memory behind the mappings that the newest call takes away.
  var unmapped: [Int] = []
  /// What discards left undefined, by object; objects without have none.
  var discards: [Int: Discards] = [:]
  /// Objects older than this call may have been written by something that was not seen.
  var unknownWriter = 0
  var raw: [RawConflict] = []
  private var places = CallPlaces()
  var stackBuffers = StackBuffers()
  /// What the newest call submitted; nil when nobody asks for it. Whoever does runs other orders: operations that were
  /// found to be unordered then stay so, and are not told as conflicts.
  var submissions: [Submission]?
  /// The earlier operations that the newest call is not ordered with, if submissions are asked for.
  var unordered: [Epoch] = []
  var pendingSources: PendingSources
  /// The executable graphs that were seen made, by id.
  var runs: [Int: GraphRun] = [:]
  /// The calls that became nodes, by number; those of graphs that are gone leave when there are many.
  var origins: [Int: PlannedNode.Origin] = [:]
  var originLimit = 1024
  /// Whether a graph may have recorded events unseen.
  var hasUnknownRecords = false

  package init(
    functions: FunctionTable, completeness: Completeness = Completeness(), kernels: KernelModel = .may,
    launchesBlock: Bool = false
  ) {
    self.functions = functions
    self.completeness = completeness
    self.kernels = kernels
    pendingSources = PendingSources(functions)
    emulator = Emulator(backing: RecordedBacking(), deviceCount: 64, launchesBlock: launchesBlock)
  }

  /// Strided accesses that were dropped because one object had too many: findings may be missing.
  package var forgotten: Int { shadow.forgotten }

  /// Where memory came or went by the call with `number`; nil when the memory is forgotten, or came otherwise.
  package func place(ofCall number: Int) -> CallPlace? { places[number] }

  /// Follows one call, or a record that the shim wrote by itself.
  package func follow(_ event: Event) {
    submissions?.removeAll(keepingCapacity: true)
    unordered.removeAll(keepingCapacity: true)
    let function =
      functions[event.function] ?? Function(id: event.function, name: "?", effect: .unsupported, fields: [])
    if function.effect.isInternal { return note(event, function) }
    if event.isPart {
      // What it did is what the call did that it is part of.
      step.begin(event, function, .neutral)
      return
    }
    calls += 1
    let operation = Operation(event, functions: functions)
    if case .unsupported = operation { unsupported += 1 }
    step.begin(event, function, operation)
    if step.returned, !step.succeeded, event.result != ErrorCode.notReady { sawFailure = true }
    hosts.note(step)
    let captures = emulator.captures
    lookBefore()
    step.judged = emulator.result(of: operation, by: step.caller)
    step.isPlausible =
      event.isInFlight || event.result == step.judged
      || emulator.mayReturn(event.result, for: operation, by: step.caller)
    if step.succeeded {
      _ = emulator.apply(operation, by: step.caller)
      places.note(step, emulator)
    }
    if !event.isInFlight { emulator.finish(operation, result: event.result, by: step.caller) }
    step.isCaptured = event.isInFlight ? isCapturing : step.succeeded && emulator.isCaptured
    if step.isCaptured { step.unrecorded = nil }
    if !captures.isEmpty, step.returned, !step.succeeded { lookForInvalidation(of: captures) }
    resolve()
    let known = timelines.hostVersion
    if pendingSources.isActive { timelines.learned = [] }
    order()
    step.isHostWiser = timelines.hostVersion != known
    if pendingSources.isActive { followSources() }
  }

  /// Notes what the shim wrote by itself. It says something of the thread's next call, unless there is none.
  private func note(_ event: Event, _ function: Function) {
    step.begin(event, function, .neutral)
    if let hash = SourceHash(event, function) {
      let changed = pendingSources.note(hash, by: event.thread)
      step.changedSource = completeness.isGapless ? changed : nil
    }
    guard let pointer = StackPointer(event, function) else { return }
    stackBuffers.note(pointer, by: event.thread)
    if pointer.isEnd { lookForLeftFrames() }
  }

  // MARK: Looking

  /// What has to be seen before the call takes effect.
  private func lookBefore() {
    lookForLeftFrames()
    switch step.operation {
    case .free(let address, .array):
      step.released = emulator.space.array(address)
    case .free(let address, _), .unregister(let address):
      step.released = emulator.space.lastObject(containing: address)
      lookForPendingWork()
    case .virtualMemory(let call): lookBefore(call)
    case .streamWaitEvent(_, let handle, _), .synchronizeEvent(let handle):
      guard let event = emulator.event(handle), event.createdBy > 0, event.isAlive, !event.isShared,
        event.captured == nil
      else { return }
      if events[event.id]?.records.isEmpty ?? true, events[event.id]?.isOpaque != true, !hasUnknownRecords {
        step.unrecorded = event
      }
    case .graph(.setExecNode(let handle, let node, _)):
      guard let exec = emulator.graphExec(handle), let old = exec.nodes.first(where: { $0.handle == node })
      else { return }
      switch old.action {
      case .copy(let copy): step.retargeted = emulator.sides(of: copy, onDevice: old.device)
      case .fill(let fill): step.retargeted = emulator.sides(of: fill, onDevice: old.device)
      default: break
      }
    default: break
    }
  }

  private func lookForLeftFrames() {
    let left = stackBuffers.leave(step.event.thread, hostKnows: timelines.hostKnowledge)
    guard !left.isEmpty, completeness.isGapless else { return }
    step.leftFrames = left.filter { !timelines[$0.copy.epoch.slot].isOpaque }
  }

  /// What is still in flight in memory that is about to go.
  private func lookForPendingWork() {
    guard let object = step.released, object.isAlive else { return }
    if case .free(_, .async) = step.operation { return }
    addPending(in: object, slot: Timelines.host, knowing: timelines.hostKnowledge)
  }

  /// Adds what is in flight in `object` when the timeline in `slot` releases it. The allocation itself is no access.
  func addPending(
    in object: MemoryObject, slot: Int, knowing known: Knowledge, later: SubmittedOperation? = nil
  ) {
    for conflict in shadow.pending(in: object, by: slot, knowing: known) {
      let earlier = shadow.operations[conflict.access.operation]
      guard !isAllocation(earlier) else { continue }
      add(conflict, slot: slot, later: later)
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
    case .launch(let launch): step.pointers = objects(of: launch)
    case .graph(.addNode(let action, _, _, _)), .graph(.setNode(_, let action)),
      .graph(.setExecNode(_, _, let action)):
      switch action {
      case .copy(let copy): step.movements.append(emulator.sides(of: copy, by: step.caller))
      case .fill(let fill): step.movements.append(emulator.sides(of: fill, by: step.caller))
      case .launch(let launch): step.pointers = objects(of: launch)
      default: break
      }
      step.isDeferred = true
    default: break
    }
    if step.isCaptured { step.isDeferred = true }
    if !step.succeeded, !step.event.isInFlight { step.isDeferred = false }
  }

  /// What the pointer arguments of a kernel point into.
  func objects(of launch: Launch) -> [(pointer: Launch.Pointer, object: MemoryObject?)] {
    (launch.pointers ?? []).map { pointer in
      // A number may look like the address of what is gone.
      let object =
        pointer.isGuess
        ? emulator.space.object(containing: pointer.address)
        : emulator.space.lastObject(containing: pointer.address)
      return (pointer, object)
    }
  }

  /// Whether the operation is a stream-ordered allocation.
  package func isAllocation(_ operation: SubmittedOperation) -> Bool {
    if case .allocate = operation.node?.action { return true }
    return operation.node == nil && functions[operation.event.function]?.effect == .allocateAsync
  }
}
