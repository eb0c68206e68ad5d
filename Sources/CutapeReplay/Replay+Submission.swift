import CutapeEmulator
import CutapeTrace

// An operation of a stream: its bytes against those of earlier operations, and what it leaves initialised.

extension Replay {
  /// Submits the call to a stream, with the bytes of its movements. A stream-ordered allocation counts as a write of
  /// all its memory, and a discard as one of its ranges: what uses them has to come after.
  @discardableResult
  func submit(
    to reference: StreamReference, allocating object: MemoryObject? = nil, discarding: [Footprint] = []
  ) -> Int? {
    guard let slot = slot(reference) else { return nil }
    submit(in: slot, allocating: object, discarding: discarding)
    return slot
  }

  /// Submits the call to the stream in `slot`, which is that of the step.
  func submit(in slot: Int, allocating object: MemoryObject? = nil, discarding: [Footprint] = []) {
    let epoch = timelines.submit(to: slot)
    guard step.succeeded, let stream = step.stream?.id else { return }
    let operands = operands(of: step.movements, step.pointers, allocating: object, discarding: discarding)
    let submitted = SubmittedOperation(event: step.event, stream: stream, epoch: epoch, operands: operands)
    step.submitted = submitted
    if case .launch(let launch) = step.operation {
      note(submitted, slot, step.movements, launch, step.pointers)
    } else {
      note(submitted, slot, step.movements, nil, [])
    }
    lookForEarlyReads(slot)
    lookForDiscarded(step.movements, by: submitted)
    if !operands.isEmpty { touch(submitted, slot) }
    for movement in step.movements {
      stackBuffers.add(movement, of: submitted, hostKnows: timelines.hostKnowledge.doc)
      initialize(movement, submitted)
    }
  }

  /// The bytes that an operation touches: those of `movements`, all of an allocation that it makes, what it discards, and under
  /// ``KernelModel/write`` all that `pointers` point into. Of `owned` objects the bytes count even where they are dead
  /// by now: memory that a graph allocates lives while it runs.
  func operands(
    of movements: [Movement], _ pointers: [(pointer: Launch.Pointer, object: MemoryObject?)],
    allocating object: MemoryObject? = nil, discarding: [Footprint] = [], owned: Set<Int> = []
  ) -> SubmittedOperation.Operands {
    var operands = SubmittedOperation.Operands()
    if let first = movements.first {
      operands.destination = first.destination.tracked(owned)
      operands.source = first.source?.tracked(owned)
    }
    if let object { operands.destination = Footprint(all: object) }
    for movement in movements.dropFirst() {
      if let footprint = movement.source?.tracked(owned) {
        operands.others.append(.init(footprint: footprint, isWrite: false))
      }
      if let footprint = movement.destination.tracked(owned) {
        operands.others.append(.init(footprint: footprint, isWrite: true))
      }
    }
    for movement in movements {
      for (role, side) in movement.sides where side.isSpanning {
        for footprint in side.allTracked(owned).dropFirst() {
          operands.others.append(.init(footprint: footprint, isWrite: role == .destination))
        }
      }
    }
    operands.others += discarding.map { .init(footprint: $0, isWrite: true) }
    guard kernels == .write else { return operands }
    for (pointer, object) in pointers {
      guard let object, object.isAlive || owned.contains(object.id), !pointer.isGuess else { continue }
      operands.others.append(.init(footprint: Footprint(all: object), isWrite: !pointer.isConst))
    }
    return operands
  }

  /// Entries of a batch may ask that their source be read out of stream order: then only what the host knows is before
  /// the read.
  func lookForEarlyReads(_ slot: Int) {
    for movement in step.movements {
      guard let order = movement.copy?.sourceAccessOrder,
        order == Copy.duringApiCall || order == Copy.anyTime,
        let bytes = movement.source?.tracked
      else { continue }
      for conflict in shadow.conflicts(of: bytes, isWrite: false, knowing: timelines.hostKnowledge) {
        let earlier = shadow.operations[conflict.access.operation]
        guard !isAllocation(earlier) else { continue }
        add(conflict, slot: slot, later: step.submitted, isEarlyRead: true)
      }
    }
  }

  /// Compares the operation's bytes with earlier ones, reads before writes: an operation does not meet itself.
  func touch(_ submitted: SubmittedOperation, _ slot: Int) {
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
    for conflict in raw { add(conflict, slot: slot, later: submitted) }
  }

  /// Turns what the shadow found into a fact, unless an order that was not seen may exist.
  func add(
    _ conflict: RawConflict, slot: Int, later: SubmittedOperation? = nil, isEarlyRead: Bool = false
  ) {
    let epoch = conflict.access.epoch
    guard submissions == nil else {
      unordered.append(epoch)
      return
    }
    if slot != Timelines.host { timelines.assumeOrder(epoch, before: slot) }
    guard completeness.isGapless, !timelines[slot].isOpaque, !timelines[epoch.slot].isOpaque else { return }
    let earlier = shadow.operations[conflict.access.operation]
    let place = later?.place.slot ?? slot
    let waits = (self.waits[place] ?? []) + (place == Timelines.host ? [] : self.waits[Timelines.host] ?? [])
    step.conflicts.append(
      Conflict(
        earlier: earlier, later: later, earlierWrites: conflict.earlierWrites,
        laterWrites: conflict.laterWrites, object: conflict.object, range: conflict.first,
        bytes: conflict.bytes, isObserved: conflict.isObserved,
        habit: conflict.isObserved ? nil : timelines.habit(of: epoch.slot),
        missed: MissedEdge.reason(
          for: earlier.place, number: earlier.event.number, in: waits.sorted { $0.number < $1.number }),
        isEarlyRead: isEarlyRead))
  }

  // MARK: Initialisation

  /// Asks for the bytes that `movement` reads, then notes those that it writes.
  func initialize(_ movement: Movement, _ operation: SubmittedOperation, owned: Set<Int> = []) {
    guard !movement.extent.isEmpty else { return }
    if let source = movement.source, completeness.isGapless,
      let unwritten = unwritten(in: source, by: operation, owned: owned)
    {
      step.unwritten.append(unwritten)
    }
    if movement.destination.isSpanning {
      for footprint in movement.destination.allTracked(owned) { noteWrite(footprint) }
    } else if let footprint = movement.destination.tracked(owned) {
      noteWrite(footprint)
    }
  }

  /// The bytes that `source` reads and nothing can have written: those of the first object that has some.
  private func unwritten(
    in source: Side, by operation: SubmittedOperation, owned: Set<Int>
  ) -> Step.Unwritten? {
    guard source.isSpanning else {
      return source.tracked(owned).flatMap { unwritten(in: $0, of: source, by: operation) }
    }
    return source.allTracked(owned).lazy.compactMap { self.unwritten(in: $0, of: source, by: operation) }
      .first
  }

  private func unwritten(
    in footprint: Footprint, of source: Side, by operation: SubmittedOperation
  ) -> Step.Unwritten? {
    guard let id = footprint.object,
      let object = id == source.object?.id ? source.object : emulator.space.object(id),
      object.createdBy >= unknownWriter,
      let overlap = initialization[id]?.unwritten(in: footprint, layout: object.rows)
    else { return nil }
    return Step.Unwritten(object: object, overlap: overlap, footprint: footprint, operation: operation)
  }

  private func noteWrite(_ footprint: Footprint) {
    guard let object = footprint.object else { return }
    initialization[object]?.write(footprint)
    if !discards.isEmpty { discards[object]?.remove(footprint) }
  }

  /// Whether there may be addresses behind a pointer argument: its type does not exclude it, and something is there.
  private func mayLeadOn(_ pointer: Launch.Pointer, _ object: MemoryObject?) -> Bool {
    guard let object else { return pointer.isDeep && pointer.address != 0 }
    return (pointer.isDeep || pointer.isGuess) && initialization[object.bytes]?.isUntouched != true
  }

  /// A kernel may write what its pointers reach. That is everything when its arguments are not known, or when there may
  /// be addresses behind one of them.
  func initialize(_ launch: Launch, _ pointers: [(pointer: Launch.Pointer, object: MemoryObject?)]) {
    let isBounded = launch.pointers != nil && !pointers.contains(where: mayLeadOn)
    guard isBounded else {
      unknownWriter = step.event.number
      discards = [:]
      return
    }
    for (pointer, object) in pointers where !pointer.isConst {
      guard let object else { continue }
      guard object.kind == .mapped else {
        noteUnknownWrite(object)
        continue
      }
      // Mappings side by side are one block of memory.
      for reached in emulator.mappings(beside: object) { noteUnknownWrite(reached) }
    }
  }

  private func noteUnknownWrite(_ object: MemoryObject) {
    initialization[object.bytes]?.isUnknown = true
    if !discards.isEmpty { discards[object.bytes] = nil }
  }
}

extension Side {
  /// The bytes for the shadow: those of live objects, inside their bounds. Ordinary host memory is left out: it has
  /// no generations, and on hardware every copy with it has read or written it when the call returns.
  var tracked: Footprint? { tracked([]) }

  /// The same, where objects that are `owned` count as alive. Of bytes in several mappings it is the first part.
  func tracked(_ owned: Set<Int>) -> Footprint? {
    guard let object, isAccessible, object.isAlive || owned.contains(object.id), let end = footprint.end,
      let limit,
      end <= limit, !footprint.isEmpty,
      footprint.rows == 1 || footprint.pitch >= footprint.width,
      footprint.slices == 1 || footprint.slicePitch >= footprint.width
    else { return nil }
    return pieces.first ?? footprint
  }

  /// All the bytes, in one part for each mapping that they lie in.
  func allTracked(_ owned: Set<Int>) -> [Footprint] {
    guard let first = tracked(owned) else { return [] }
    return pieces.isEmpty ? [first] : pieces
  }
}

extension Footprint {
  /// All bytes of an object.
  init(all object: MemoryObject) {
    self.init(object: object.bytes, memory: MemoryClass(object.kind), start: 0, width: object.byteCount)
  }

  /// The bytes of `object` at the addresses `range`, which lie in it.
  init(_ range: ByteRange, of object: MemoryObject) {
    self.init(
      object: object.bytes, memory: MemoryClass(object.kind), start: range.start - object.range.start,
      width: range.count)
  }
}
