package import CutapeEmulator
package import CutapeTrace

// Other legal orders of a trace's operations, and whether contents depend on them.
//
// The host's calls stay as they were recorded; what they submitted to streams runs in other orders, as far as nothing
// orders it: streams, events, the legacy stream's rules, what the host waited for, under the profile that is asked for.
// All orders are followed side by side in one pass. What the program can see is compared: every copy into host memory,
// and every object when it is freed and at the end.
//
// Bytes are followed by where they came from (see Content.swift), so the size of a copy does not matter; the bytes
// themselves, where the trace has them, are read only where they came another way in another order. What a call that
// is not modelled may have done makes contents unknown, and unknown is equal to everything. A kernel that only may write
// leaves one content that is not known; whether it came before or behind another operation is not judged. So a difference
// that is told rests on the order of copies, memsets and, where they are said to write, kernels.

/// Runs a trace in several legal orders.
package struct Schedules {
  package struct Options: Sendable {
    package var profile: Profile
    package var kernels: KernelModel
    /// How many orders beside the recorded one.
    package var count: Int
    package var seed: UInt64
    /// Whether launches waited for their kernels: see ``Emulator/launchesBlock``.
    package var launchesBlock: Bool

    package init(
      profile: Profile = .doc, kernels: KernelModel = .may, count: Int, seed: UInt64 = 1,
      launchesBlock: Bool = false
    ) {
      self.launchesBlock = launchesBlock
      self.profile = profile
      self.kernels = kernels
      self.count = count
      self.seed = seed
    }
  }

  /// What the orders came to.
  package struct Outcome: Sendable {
    package var divergences: [Divergence]
    /// Where the order of two operations is not said and bytes were known to be equal all the same, this time. They have
    /// no outcomes.
    package var coincidences: [Divergence]
    /// A hash of all contents for each order, the recorded one first.
    package var digests: [UInt64]
    /// How many operations were run.
    package var operations: Int
    /// Calls after which contents counted as unknown.
    package var unknownCalls: Int
    /// Whether more was pending at once than is kept: orders across that point were not run.
    package var isBounded: Bool
  }

  /// The most operations that wait at once.
  private static let pendingLimit = 1 << 18
  /// After so many operations those that every order has run are dropped.
  private static let trimInterval = 1 << 12

  package let replay: Replay
  private let options: Options
  private var orders: [Order] = []
  private var queues: [OperationQueue] = []
  private var submitted = 0
  private var trimmedAt = 0
  private var forcedAt = 0
  private var unknownCalls = 0
  private var isBounded = false
  /// Up to which operation of each timeline the objects are touched.
  private var touches: [Int: [Int: UInt32]] = [:]
  /// Bytes that some orders have brought into host memory and others not yet.
  private var open: [DeliveryKey: [[Piece]?]] = [:]
  private var outcomes: OutcomeList

  private struct DeliveryKey: Hashable, Comparable {
    var operation: PlannedOperation
    var entry: Int

    static func < (left: Self, right: Self) -> Bool {
      (left.operation.serial, left.entry) < (right.operation.serial, right.entry)
    }
  }

  package init(
    functions: FunctionTable, completeness: Completeness = Completeness(), options: Options,
    bytes: (any RecordedBytes)? = nil
  ) {
    self.options = options
    replay = Replay(
      functions: functions, completeness: completeness, kernels: options.kernels,
      launchesBlock: options.launchesBlock)
    replay.submissions = []
    // Where calls were lost, no other order is known to be legal.
    let count = completeness.isGapless ? max(options.count, 0) : 0
    orders.append(Order(.recorded))
    if count > 0 { orders.append(Order(.late)) }
    for number in 1..<max(count, 1) {
      var numbers = SplitMix(seed: options.seed &+ UInt64(number) &* 0x9e37_79b9_7f4a_7c15)
      orders.append(Order(.random(SplitMix(seed: numbers.next()))))
    }
    outcomes = OutcomeList(orders: orders.count, bytes: bytes)
  }

  /// Follows one call.
  package mutating func follow(_ event: Event) {
    replay.follow(event)
    let step = replay.step
    // What the shim wrote by itself is no call.
    guard step.event.number == event.number else { return }
    if case .host(let use) = step.operation { follow(use, step) }
    for submission in replay.submissions ?? [] { submit(submission) }
    for epoch in replay.unordered where epoch.slot < queues.count {
      guard let operation = queues[epoch.slot].operation(at: epoch) else { continue }
      for index in orders.indices { orders[index].hold(operation, queues) }
    }
    if step.isUnknown(to: replay) {
      unknownCalls += 1
      run { _, _ in true }
      for index in orders.indices { orders[index].smearAll() }
    }
    if step.succeeded { release(step) }
    if step.isHostWiser {
      let known = replay.timelines.hostKnowledge[options.profile]
      run { known[$0] >= $1 }
    }
    if submitted - forcedAt > Self.pendingLimit {
      isBounded = true
      run { _, _ in true }
      forcedAt = submitted
    }
    if submitted - trimmedAt > Self.trimInterval { trim() }
  }

  /// Runs what is left, and gives what was found.
  package mutating func finish() -> Outcome {
    run { _, _ in true }
    let objects = Set(orders.flatMap { $0.contents.keys })
    for id in objects.sorted() { conclude(id, freedBy: nil) }
    return Outcome(
      divergences: outcomes.divergences.all,
      coincidences: outcomes.coincidences.without(outcomes.divergences), digests: outcomes.digests,
      operations: submitted, unknownCalls: unknownCalls, isBounded: isBounded)
  }

  // MARK: Running

  private mutating func submit(_ submission: Submission) {
    let slot = submission.operation.epoch.slot
    while queues.count <= slot { queues.append(OperationQueue()) }
    // Of a stream that may have order that was not seen, no other order is known to be legal.
    if submission.isOpaque { run { _, _ in true } }
    submitted += 1
    let operation = PlannedOperation(
      serial: submitted, operation: submission.operation, known: submission.known[options.profile],
      deeds: submission.deeds(
        options.kernels, submission.operation === replay.step.submitted ? replay.step.sourceHashes : [:]))
    queues[slot].append(operation)
    for object in operation.objects { touches[object, default: [:]][slot] = operation.operation.epoch.count }
    orders[0].runIfRecorded(slot, queues)
    if submission.isOpaque { run { _, _ in true } }
  }

  /// What the host does by itself happens where it was seen; what it does not know to be complete may come later.
  private mutating func follow(_ use: HostUse, _ step: Step) {
    guard use.action != .learn, replay.hosts.isOfProgram(use, thread: step.event.thread) else { return }
    var deeds: [PlannedOperation.Deed] = []
    for object in replay.emulator.space.objects(overlapping: use.range) {
      guard let bytes = use.range.intersection(object.range) else { continue }
      let footprint = Footprint(bytes, of: object)
      deeds.append(.host(footprint, isWrite: use.action == .write, entry: deeds.count))
    }
    guard !deeds.isEmpty else { return }
    submitted += 1
    let operation = PlannedOperation(
      serial: submitted,
      operation: SubmittedOperation(
        event: step.event, stream: 0, epoch: Epoch(slot: Timelines.host, count: 0), operands: .init()),
      known: replay.timelines.hostKnowledge[options.profile], deeds: deeds, isOfHost: true)
    for object in operation.objects where touches[object] == nil { touches[object] = [:] }
    for index in orders.indices { orders[index].perform(operation) }
    run { _, _ in false }
  }

  private mutating func run(until required: (Int, UInt32) -> Bool) {
    for index in orders.indices {
      orders[index].run(queues, until: required)
      for delivery in orders[index].deliveries {
        let key = DeliveryKey(operation: delivery.operation, entry: delivery.entry)
        open[key, default: Array(repeating: nil, count: orders.count)][index] = delivery.pieces
      }
      orders[index].deliveries = []
    }
    guard !open.isEmpty else { return }
    for (key, contents) in open.sorted(by: { $0.key < $1.key }) {
      let all = contents.compactMap(\.self)
      guard all.count == orders.count else { continue }
      open[key] = nil
      outcomes.compare(
        all, of: .delivery(key.operation.operation), reader: key.operation,
        mark: UInt64(key.operation.serial), isTold: { _, _ in false })
    }
  }

  private mutating func trim() {
    trimmedAt = submitted
    let counts = queues.indices.map { slot in
      orders.map { slot < $0.done.count ? $0.done[slot] : 0 }.min() ?? 0
    }
    for slot in queues.indices where counts[slot] > 0 { queues[slot].dropFirst(counts[slot]) }
    for index in orders.indices { orders[index].forget(counts) }
  }

  // MARK: Comparing

  /// Memory that goes away is looked at for the last time.
  private mutating func release(_ step: Step) {
    switch step.operation {
    case .free, .unregister:
      guard let object = step.released else { return }
      let last = touches[object.id] ?? [:]
      run { slot, count in last[slot].map { count <= $0 } ?? false }
      conclude(object.id, freedBy: step.event.number, object)
    case .virtualMemory(.unmap), .virtualMemory(.release), .virtualMemory(.freeReservation):
      for id in touches.keys.sorted() {
        guard let object = replay.emulator.space.object(id), object.kind == .physical, !object.isAlive else {
          continue
        }
        let last = touches[id] ?? [:]
        run { slot, count in last[slot].map { count <= $0 } ?? false }
        conclude(id, freedBy: step.event.number, object)
      }
    case .resetDevice:
      run { _, _ in true }
      let objects = Set(orders.flatMap { $0.contents.keys })
      for id in objects.sorted() where replay.emulator.space.object(id)?.isAlive != true {
        conclude(id, freedBy: step.event.number)
      }
    default: break
    }
  }

  private mutating func conclude(_ id: Int, freedBy: Int?, _ object: MemoryObject? = nil) {
    guard touches.removeValue(forKey: id) != nil else { return }
    var maps: [ContentMap] = []
    for index in orders.indices { maps.append(orders[index].take(id)) }
    guard let object = object ?? replay.emulator.space.object(id) else { return }
    let all = Footprint(object: id, memory: MemoryClass(object.kind), start: 0, width: object.byteCount)
    outcomes.compare(
      maps.map { $0.pieces(of: all) }, of: .object(object, freedBy: freedBy), reader: nil,
      mark: 1 << 63 | UInt64(id),
      // What one copy brought to the host was compared when it did.
      isTold: {
        $0.path != nil && $0.path?.writer === $1.path?.writer
          && (object.kind.isHost || object.kind == .managed)
      })
  }
}

extension Step {
  /// Whether the call may have done what is not modelled. Of a kernel whose arguments are not known its operation says
  /// so, when it runs.
  fileprivate func isUnknown(to replay: Replay) -> Bool {
    if case .launch = operation { return false }
    return replay.unknownWriter == event.number
  }
}

extension Knowledge {
  subscript(profile: Profile) -> Clock {
    switch profile {
    case .doc: doc
    case .observed: observed
    }
  }
}
