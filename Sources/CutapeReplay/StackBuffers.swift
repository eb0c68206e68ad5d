import CutapeEmulator
package import CutapeTrace

// Copies that use memory on the stack of the thread that submitted them.
//
// The stack pointer of a later call proves that the function that owned the memory has returned: it is above the memory
// then, and all that is below a stack pointer is free for the next function. It proves nothing the other way round: a
// function that returned and another that was called in its place look the same, and nothing is said of those.

/// A copy that may still use memory of a function that has returned.
package struct LeftFrame: Sendable {
  package var copy: SubmittedOperation
  package var role: OperandRole
  /// From the first byte to the last, as addresses.
  package var bytes: ByteRange
  /// Whether the copy may still use it on hardware too, not only by what is promised.
  package var isObserved: Bool
}

struct StackBuffers: Sendable {
  private struct Thread: Sendable {
    var stack: ByteRange
    var uses: [Use] = []
    /// Captured copies by number, and the memory that each will use.
    var captured: [(number: Int, bytes: ByteRange)] = []
    /// Where the thread is when it makes its next call.
    var pointer: Address?
  }

  private struct Use: Sendable {
    var copy: SubmittedOperation
    var role: OperandRole
    var bytes: ByteRange
    /// Whether hardware is done with the memory when the call returns, though nothing promises it.
    var isHabit: Bool
  }

  /// The most copies that are kept for a thread; older ones are not judged.
  private static let limit = 256
  private var threads: [Int: Thread] = [:]
  /// The captured copies, by number, of which the memory is gone.
  private(set) var left: Set<Int> = []

  mutating func note(_ pointer: StackPointer, by thread: Int) {
    threads[thread, default: Thread(stack: pointer.stack)].stack = pointer.stack
    threads[thread]?.pointer = pointer.address
  }

  /// Whether bytes of `range` lie on the stack of a thread.
  func areOnStack(_ range: ByteRange) -> Bool { threads.values.contains { $0.stack.overlaps(range) } }

  /// Notes the operands of `movement` that lie on the stack of their thread and may be in use when the call returns.
  mutating func add(_ movement: Movement, of submitted: SubmittedOperation, hostKnows known: Clock) {
    let number = submitted.event.thread
    guard let thread = threads[number], let copy = movement.copy, copy.isAsync, !movement.extent.isEmpty
    else { return }
    for (role, side) in movement.sides {
      guard let bytes = side.hostBytes, thread.stack.contains(bytes) else { continue }
      let needed: HostSynchronization.Completion = role == .source ? .sourceRead : .complete
      let isOfGraph = submitted.node != nil
      guard isOfGraph || movement.synchronization(of: copy, .doc).completion < needed else { continue }
      threads[number]?.uses.removeAll { known.knows($0.copy.epoch) }
      if thread.uses.count >= Self.limit { threads[number]?.uses.removeFirst() }
      threads[number]?.uses.append(
        Use(
          copy: submitted, role: role, bytes: bytes,
          isHabit: !isOfGraph && movement.synchronization(of: copy, .observed).completion >= needed))
    }
  }

  /// Notes a captured copy with an operand on the stack of its thread.
  mutating func addCaptured(_ movement: Movement, by event: Event) {
    guard let thread = threads[event.thread], !movement.extent.isEmpty else { return }
    for (_, side) in movement.sides {
      guard let bytes = side.hostBytes, thread.stack.contains(bytes) else { continue }
      if thread.captured.count >= Self.limit { threads[event.thread]?.captured.removeFirst() }
      threads[event.thread]?.captured.append((event.number, bytes))
    }
  }

  /// Takes the copies whose memory is gone now that `thread` makes a call, and that the host does not know to be done.
  mutating func leave(_ thread: Int, hostKnows known: Knowledge) -> [LeftFrame] {
    guard !threads.isEmpty, let pointer = threads[thread]?.pointer else { return [] }
    threads[thread]?.pointer = nil
    for captured in threads[thread]?.captured ?? [] where captured.bytes.start < pointer {
      left.insert(captured.number)
    }
    threads[thread]?.captured.removeAll { $0.bytes.start < pointer }
    let uses = threads[thread]?.uses ?? []
    threads[thread]?.uses.removeAll { $0.bytes.start < pointer }
    return uses.filter { $0.bytes.start < pointer && !known.doc.knows($0.copy.epoch) }.map {
      LeftFrame(
        copy: $0.copy, role: $0.role, bytes: $0.bytes,
        isObserved: !$0.isHabit && !known.observed.knows($0.copy.epoch))
    }
  }

  /// Forgets everything: something that is not modelled may have waited for the copies.
  mutating func removeAll() { threads = [:] }
}

extension Side {
  /// The bytes of host memory as addresses, gaps between rows included; nil for other memory.
  var hostBytes: ByteRange? {
    guard memory.isHost, !isArray, !isSymbol, footprint.end != nil else { return nil }
    let hull = footprint.hull
    return ByteRange(start: (object?.range.start ?? 0) &+ hull.start, count: hull.count)
  }
}

extension Movement {
  /// How far `copy`, which this is, has come when its call returns.
  func synchronization(of copy: Copy, _ profile: Profile) -> HostSynchronization {
    guard let source else { return .none }
    if copy.peers != nil, !destination.memory.isHost, !source.memory.isHost { return .peerCopy }
    var result = HostSynchronization.copy(
      to: destination.memory, from: source.memory, isAsync: copy.isAsync, profile: profile)
    if copy.sourceAccessOrder == Copy.duringApiCall, result.completion == .none {
      result.completion = .sourceRead
    }
    return result
  }
}
