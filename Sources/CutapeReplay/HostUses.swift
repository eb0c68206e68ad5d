import CutapeEmulator
import CutapeTrace

// What the host does with memory by itself.
//
// A use is looked at and not kept: whatever is submitted later is after it. It is compared with what is pending in
// memory that CUDA knows, byte for byte, and with asynchronous copies from and to pageable memory: those are complete on
// hardware when they return, or have read their source, but nothing promises it.
//
// A host function runs at a point of its stream that no trace shows. What it touches is ordered by the stream, so it is
// left alone: what is done inside a call, and, once a host function was queued, what is done by a thread that has made
// no call so far, since that may be the driver's own.

/// Who may be believed, and what is pending in pageable memory.
struct HostUses: Sendable {
  /// The object of ``pageable``: the whole address space. Real objects have ids from 1.
  static let pageableObject = 0

  /// Asynchronous copies from and to memory that CUDA does not know.
  private(set) var pageable = Shadow()
  /// By thread: whether it made a call that a host function may not make.
  private var callers: [Bool] = []
  private var sawHostFunction = false

  /// Notes who makes calls.
  mutating func note(_ step: Step) {
    switch step.operation {
    case .host: return
    case .hostFunction, .graph(.launch), .unsupported: sawHostFunction = true
    default: break
    }
    let thread = step.event.thread
    guard step.returned, step.event.result != ErrorCode.notPermitted, thread >= 0, thread < 1 << 20 else {
      return
    }
    if thread >= callers.count {
      callers.append(contentsOf: repeatElement(false, count: thread + 1 - callers.count))
    }
    callers[thread] = true
  }

  /// Whether no host function can have made `use`.
  func isOfProgram(_ use: HostUse, thread: Int) -> Bool {
    guard !use.isInsideCall else { return false }
    return !sawHostFunction || (callers.indices.contains(thread) && callers[thread])
  }

  /// Keeps the pageable sides of a copy, or of a node of a graph, that may still be running when its call returns.
  mutating func keep(_ submitted: SubmittedOperation, _ movement: Movement, host: Clock) {
    for (role, side) in movement.sides where side.isPageable {
      var footprint = side.footprint
      footprint.object = Self.pageableObject
      let access = Access(
        slot: Int32(submitted.epoch.slot), count: submitted.epoch.count, operation: pageable.append(submitted)
      )
      // Copies are not compared with each other here: pageable memory has no generations.
      var unused: [RawConflict] = []
      pageable.touch(
        footprint, isWrite: role == .destination, by: access, knowing: Knowledge(), host: host, into: &unused)
    }
  }

  mutating func prune(host: Clock) { pageable.prune(host: host) }
}

extension Replay {
  /// Judges what the host does, or lets it learn what it was told.
  func order(_ use: HostUse) {
    guard !use.range.isEmpty, hosts.isOfProgram(use, thread: step.event.thread) else { return }
    let known = timelines.hostKnowledge
    let isWrite = use.action == .write || use.action == .learn
    var pending: [RawConflict] = []
    for object in emulator.space.objects(overlapping: use.range) {
      guard let bytes = use.range.intersection(object.range) else { continue }
      let footprint = Footprint(bytes, of: object)
      pending += shadow.conflicts(of: footprint, isWrite: isWrite, knowing: known)
    }
    let plain = Footprint(
      object: HostUses.pageableObject, memory: .pageable, start: use.range.start, width: use.range.count)
    let unpromised = hosts.pageable.conflicts(of: plain, isWrite: isWrite, knowing: known)
    guard use.action != .learn else {
      for conflict in pending + unpromised { timelines.synchronizeHost(withOperation: conflict.access.epoch) }
      return
    }
    for conflict in pending { add(conflict, slot: Timelines.host) }
    // Memory of which it is not known whether it is pageable is not judged. The stack is used again without a thought:
    // what copies do there is another question.
    guard !hasUnknownMemory, completeness.isFromStart, !stackBuffers.areOnStack(use.range) else { return }
    for conflict in unpromised { addUnpromised(conflict) }
  }

  /// Adds a use of pageable memory that a copy may still be using.
  private func addUnpromised(_ conflict: RawConflict) {
    guard completeness.isGapless, !timelines[conflict.access.epoch.slot].isOpaque else { return }
    let earlier = hosts.pageable.operations[conflict.access.operation]
    // A launch returns before its nodes run, whatever memory they name.
    let isOfGraph = earlier.node != nil
    step.conflicts.append(
      Conflict(
        earlier: earlier, earlierWrites: conflict.earlierWrites, laterWrites: conflict.laterWrites,
        object: conflict.object, range: conflict.first, bytes: conflict.bytes, isObserved: isOfGraph,
        habit: isOfGraph
          ? nil
          : Conflict.Habit(
            reason: conflict.earlierWrites ? .pageableDownload : .pageableUpload, number: earlier.event.number
          ),
        missed: nil))
  }
}

extension Side {
  /// Whether it is memory that CUDA does not know, at addresses that make sense.
  fileprivate var isPageable: Bool {
    object == nil && memory == .pageable && footprint.end != nil && !footprint.isEmpty
      && (footprint.rows == 1 || footprint.pitch >= footprint.width)
      && (footprint.slices == 1 || footprint.slicePitch >= footprint.width)
  }
}
