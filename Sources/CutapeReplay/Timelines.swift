import CutapeEmulator

// Happens-before over the host and the streams, edge by edge.
//
// - Submission: an operation is after everything that the host knew when it was submitted, and after the stream's
//   earlier operations.
// - Host synchronisation (stream, event, device, a query that succeeded): the host knows what the stream knows.
// - Event: a record keeps the stream as it is; a wait makes a stream know what the *newest* record kept.
// - Legacy stream: an action in it waits for all blocking streams of its device, and they wait for it. Neither is
//   spread at once: blocking streams that were active since the last barrier are on a list, and they look at the
//   barrier's number at their next operation. So a legacy operation costs one join for each stream that was active.
//
// - Graphs: the nodes of a launch run in *chains*, timelines of their own (see GraphPlan.swift), which begin with what
//   the stream of the launch knows; the stream then knows what they know.
//
// There is one host timeline: the order in which host threads were seen to call is trusted, since the locks that
// made it are not recorded. A finding therefore never blames two threads that a mutex had ordered.
//
// Source: CUDA Runtime API, "Stream synchronization behavior", "Event management".

/// The timelines of a program. Slots are reused when a stream is destroyed and the host knows all of it.
struct Timelines: Sendable {
  /// One stream, or the host in slot 0.
  struct Timeline: Sendable {
    var knowledge = Knowledge()
    /// Operations so far. The own component of the clock is kept here, so that ticking copies no shared clock.
    var count: UInt32 = 0
    /// Which state of the host was joined last.
    var hostVersion = 0
    /// Which barrier of the legacy stream was joined last.
    var barrierSeen = 0
    /// Whether it is on its device's list of active blocking streams.
    var isActive = false
    var device: Int32 = 0
    var kind = Kind.host
    /// Calls that are not modelled had a part in it: it may have order that was not seen.
    var isOpaque = false
  }

  enum Kind: Sendable {
    case host, legacy, blocking, nonBlocking, retired
    /// Nodes of an executable graph that follow each other.
    case chain
  }

  /// The legacy stream of one device.
  private struct Barrier: Sendable {
    var slot: Int
    var number = 0
    var active: [Int] = []
  }

  static let host = 0
  private(set) var all: [Timeline] = [Timeline()]
  private var barriers: [Int32: Barrier] = [:]
  /// Changes whenever the host comes to know more.
  private(set) var hostVersion = 1
  private var retired: [Int] = []
  private var free: [Int] = []
  private var habits: [Int: Conflict.Habit] = [:]
  /// What the host waited for in the newest call; nil while nobody asks.
  var learned: [Snapshot]?
  /// Whether all streams, those to come as well, wait for what is not known.
  private var areAllOpaque = false
  /// What every stream of a device comes after, made or not: see ``publish(_:to:)``.
  private var floors: [Int32: Knowledge] = [:]

  /// What the host knows; for pruning and for what the host itself touches.
  var hostKnowledge: Knowledge { _read { yield all[Self.host].knowledge } }

  subscript(slot: Int) -> Timeline {
    _read { yield all[slot] }
    _modify { yield &all[slot] }
  }

  // MARK: Streams

  /// A slot for a new stream, or that of the legacy stream, which every device has. It starts with what the host
  /// knows.
  mutating func add(_ kind: Kind, device: Int32) -> Int {
    if kind == .legacy, let barrier = barriers[device] { return barrier.slot }
    if kind == .blocking, barriers[device] == nil { _ = add(.legacy, device: device) }
    reclaim()
    let slot: Int
    if let reused = free.popLast() {
      slot = reused
      all[slot].kind = kind
      all[slot].isOpaque = areAllOpaque
    } else {
      slot = all.count
      all.append(Timeline())
      all[slot].kind = kind
      all[slot].isOpaque = areAllOpaque
    }
    all[slot].device = device
    all[slot].hostVersion = 0
    all[slot].barrierSeen = -1
    if let floor = floors[device] { all[slot].knowledge.join(floor) }
    if kind == .legacy { barriers[device] = Barrier(slot: slot) }
    return slot
  }

  /// The stream was destroyed. Its slot is given out again once the host knows all that it did: from then on
  /// every later operation is after it, whatever timeline the slot names.
  mutating func retire(_ slot: Int) { retired.append(slot) }

  /// Any stream may wait from now on for something that was not seen.
  mutating func makeOpaque() {
    areAllOpaque = true
    for slot in all.indices where slot != Self.host { all[slot].isOpaque = true }
  }

  private mutating func reclaim() {
    guard free.isEmpty, !retired.isEmpty else { return }
    let known = all[Self.host].knowledge.doc
    retired.removeAll { slot in
      guard !all[slot].isActive, known.knows(Epoch(slot: slot, count: all[slot].count)) else { return false }
      all[slot].kind = .retired
      free.append(slot)
      return true
    }
  }

  // MARK: Operations

  /// An operation is submitted to the stream: brings its clock up to date and gives the operation its epoch.
  mutating func submit(to slot: Int) -> Epoch {
    act(in: slot)
    all[slot].count += 1
    return Epoch(slot: slot, count: all[slot].count)
  }

  /// What precedes any action in a stream, an operation or a wait.
  private mutating func act(in slot: Int) {
    if all[slot].hostVersion != hostVersion {
      let known = all[Self.host].knowledge
      all[slot].knowledge.join(known)
      all[slot].hostVersion = hostVersion
    }
    let device = all[slot].device
    switch all[slot].kind {
    case .legacy:
      gather(device)
      barriers[device]?.number += 1
    case .blocking:
      guard let barrier = barriers[device] else { return }
      if all[slot].barrierSeen != barrier.number {
        let snapshot = snapshot(of: barrier.slot)
        join(slot, with: snapshot)
        if all[barrier.slot].isOpaque { all[slot].isOpaque = true }
        all[slot].barrierSeen = barrier.number
      }
      if !all[slot].isActive {
        all[slot].isActive = true
        barriers[device]?.active.append(slot)
      }
    case .host, .nonBlocking, .chain, .retired: break
    }
  }

  /// The legacy stream of `device` waits for the blocking streams that were active.
  private mutating func gather(_ device: Int32) {
    guard let barrier = barriers[device] else { return }
    for slot in barrier.active {
      join(barrier.slot, with: snapshot(of: slot))
      if all[slot].isOpaque { all[barrier.slot].isOpaque = true }
      all[slot].isActive = false
    }
    barriers[device]?.active.removeAll(keepingCapacity: true)
  }

  /// What the timeline knows, its own newest operation included.
  func snapshot(of slot: Int) -> Snapshot {
    Snapshot(knowledge: all[slot].knowledge, epoch: Epoch(slot: slot, count: all[slot].count))
  }

  /// The timeline comes to know what `snapshot` holds.
  mutating func join(_ slot: Int, with snapshot: Snapshot) {
    all[slot].knowledge.join(snapshot.knowledge)
    all[slot].knowledge.learn(snapshot.epoch)
  }

  // MARK: Graphs

  /// A chain begins anew, with what its graph's launch knows. That is all that it knew itself, and more: a launch is
  /// after the launches of the same graph before it.
  mutating func begin(_ slot: Int, knowing known: Knowledge, isOpaque: Bool) {
    all[slot].knowledge = known
    if isOpaque { all[slot].isOpaque = true }
  }

  /// The next node of a chain: its epoch.
  mutating func advance(_ slot: Int) -> Epoch {
    all[slot].count += 1
    return Epoch(slot: slot, count: all[slot].count)
  }

  // MARK: Events

  /// What an event keeps when it is recorded in the stream. In the legacy stream the record is itself an action.
  mutating func record(in slot: Int) -> Snapshot {
    act(in: slot)
    return snapshot(of: slot)
  }

  /// The stream waits for what an event kept.
  mutating func wait(in slot: Int, for snapshot: Snapshot) {
    act(in: slot)
    join(slot, with: snapshot)
  }

  // MARK: The host

  /// The host waited for what `snapshot` holds. A `habit` says that only hardware is known to wait there.
  mutating func synchronizeHost(with snapshot: Snapshot, habit: Conflict.Habit? = nil) {
    learned?.append(snapshot)
    var isNewer: Bool
    if let habit {
      note(habit, for: snapshot)
      isNewer = all[Self.host].knowledge.observed.join(snapshot.knowledge.observed)
      isNewer = all[Self.host].knowledge.observed.learn(snapshot.epoch) || isNewer
    } else {
      isNewer = all[Self.host].knowledge.join(snapshot.knowledge)
      isNewer = all[Self.host].knowledge.learn(snapshot.epoch) || isNewer
    }
    if isNewer { hostVersion += 1 }
  }

  /// The host waited for a stream. The legacy stream stands for all blocking streams of its device.
  mutating func synchronizeHost(withStream slot: Int, habit: Conflict.Habit? = nil) {
    // What an opaque stream waited for is not known: it may be everything.
    if all[slot].isOpaque, habit == nil {
      for other in all.indices where other != Self.host && all[other].kind != .retired {
        synchronizeHost(with: snapshot(of: other))
      }
    }
    let device = all[slot].device
    if all[slot].kind == .legacy { gather(device) }
    if all[slot].kind == .blocking, let barrier = barriers[device], all[slot].barrierSeen != barrier.number {
      // The stream waits for the legacy stream even if nothing was submitted to it since.
      join(slot, with: snapshot(of: barrier.slot))
      all[slot].barrierSeen = barrier.number
    }
    synchronizeHost(with: snapshot(of: slot), habit: habit)
  }

  /// The host waited for every stream of `device`, or of all devices when it is nil.
  mutating func synchronizeHost(withDevice device: Int32?, habit: Conflict.Habit? = nil) {
    for slot in all.indices where slot != Self.host && all[slot].kind != .retired && all[slot].kind != .chain
    {
      guard device == nil || all[slot].device == device else { continue }
      synchronizeHost(withStream: slot, habit: habit)
    }
  }

  /// The host was told that the operation with `epoch` is done. What its stream had waited for by then is not kept,
  /// so all that the stream has waited for counts: more than is known, which hides findings and makes none.
  mutating func synchronizeHost(withOperation epoch: Epoch) {
    synchronizeHost(with: Snapshot(knowledge: all[epoch.slot].knowledge, epoch: epoch))
  }

  /// Remembers what made the host know more than was promised; a finding that holds under `doc` alone names it.
  private mutating func note(_ habit: Conflict.Habit, for snapshot: Snapshot) {
    let known = all[Self.host].knowledge.observed
    for slot in all.indices {
      let count = slot == snapshot.epoch.slot ? snapshot.epoch.count : snapshot.knowledge.observed[slot]
      if count > known[slot] { habits[slot] = habit }
    }
  }

  /// Why hardware orders what the stream in `slot` did last, though nothing promises it.
  func habit(of slot: Int) -> Conflict.Habit? { habits[slot] }

  /// The stream waits for everything that was submitted to `devices`, as `cudaMemcpyPeer` does.
  mutating func serialize(_ slot: Int, after devices: Set<Int32>) {
    for other in all.indices where other != slot && isOn(devices, other) {
      join(slot, with: snapshot(of: other))
    }
  }

  /// All that is submitted to `devices` from now on waits for what the stream has done so far.
  mutating func publish(_ slot: Int, to devices: Set<Int32>) {
    let snapshot = snapshot(of: slot)
    for other in all.indices where other != slot && isOn(devices, other) { join(other, with: snapshot) }
    for device in devices {
      floors[device, default: Knowledge()].join(snapshot.knowledge)
      floors[device]?.learn(snapshot.epoch)
    }
  }

  private func isOn(_ devices: Set<Int32>, _ slot: Int) -> Bool {
    slot != Self.host && all[slot].kind != .retired && all[slot].kind != .chain
      && devices.contains(all[slot].device)
  }

  /// Two operations that were found to be concurrent count as ordered from now on, so that one missing edge does
  /// not give a finding for everything that follows (the SHB relation: Mathur, Kini, Viswanathan, OOPSLA 2018).
  mutating func assumeOrder(_ epoch: Epoch, before slot: Int) { all[slot].knowledge.learn(epoch) }
}
