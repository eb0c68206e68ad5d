package import CutapeTrace

// Streams, events and the order of work: semantics of the reference 2.2 and 2.4.

extension Emulator {
  // MARK: Reading

  /// Every stream that a call has used or made, in the order of first use.
  package var streams: [StreamState] { streamTable.all }

  /// Every event that was made, in the order of creation.
  package var events: [EventState] { eventTable.all }

  /// The stream with `id`.
  package func stream(id: Int) -> StreamState? { streamTable[id] }

  /// The event with `id`.
  package func event(id: Int) -> EventState? { eventTable[id] }

  /// The newest event with `handle`, alive or destroyed.
  package func event(_ handle: Address) -> EventState? { eventTable.newest(handle) }

  /// The stream that `reference` means to the caller, alive or destroyed; nil for a handle that was never made.
  /// A default stream comes into being when it is first asked for.
  package func stream(_ reference: StreamReference, by caller: Caller) -> StreamState? {
    streamID(reference, by: caller).flatMap { streamTable[$0] }
  }

  func streamID(_ reference: StreamReference, by caller: Caller) -> Int? {
    switch reference {
    case .created(let handle): streamTable.id(handle)
    case .legacy: legacyStream(of: currentDevice(of: caller))
    case .perThread: perThreadStream(of: caller)
    }
  }

  /// Whether work of `stream` has not run yet.
  package func isPending(stream id: Int) -> Bool { workGraph.tail(of: id) != nil }

  /// Whether the work that the newest record of the event captured has not run yet.
  package func isPending(event: EventState) -> Bool {
    event.record.map { workGraph.isPending($0.work) } ?? false
  }

  /// The device whose stream `reference` is: of a default stream, the current one.
  func device(of reference: StreamReference?, by caller: Caller) -> Int32 {
    if case .created(let handle)? = reference, let stream = streamTable.newest(handle) {
      return stream.device
    }
    return currentDevice(of: caller)
  }

  // MARK: Judging

  func judge(_ stream: StreamReference) -> Int32 {
    guard case .created(let handle) = stream else { return ErrorCode.success }
    guard let id = streamTable.id(handle) else { return ErrorCode.invalidResourceHandle }
    return streamTable.all[id - 1].isAlive ? ErrorCode.success : ErrorCode.contextIsDestroyed
  }

  func judgeDestroy(_ stream: StreamReference) -> Int32 {
    guard case .created = stream else { return ErrorCode.invalidResourceHandle }
    return judge(stream)
  }

  func judgeEvent(_ handle: Address) -> Int32 {
    guard let event = eventTable.newest(handle) else { return ErrorCode.invalidResourceHandle }
    return event.isAlive ? ErrorCode.success : ErrorCode.contextIsDestroyed
  }

  func judgeEventFlags(_ flags: UInt32) -> Int32 {
    let isInterprocess = flags & EventState.interprocess != 0
    return flags > 7 || (isInterprocess && flags & EventState.disableTiming == 0)
      ? ErrorCode.invalidValue : ErrorCode.success
  }

  func judgeRecord(_ event: Address, stream: StreamReference, flags: UInt32, by caller: Caller) -> Int32 {
    let error = firstError([judgeEvent(event), judge(stream), flags > 1 ? ErrorCode.invalidValue : 0])
    guard error == ErrorCode.success else { return error }
    return eventTable.newest(event)?.device == device(of: stream, by: caller)
      ? ErrorCode.success : ErrorCode.invalidResourceHandle
  }

  func judgeElapsed(from start: Address, to end: Address) -> Int32 {
    let error = firstError([judgeEvent(start), judgeEvent(end)])
    guard error == ErrorCode.success else { return error }
    guard let first = eventTable.newest(start), let last = eventTable.newest(end),
      first.device == last.device,
      (first.flags | last.flags) & EventState.disableTiming == 0, first.record != nil, last.record != nil
    else { return ErrorCode.invalidResourceHandle }
    return isPending(event: first) || isPending(event: last) ? ErrorCode.notReady : ErrorCode.success
  }

  /// What a query of `goals` gives. It answers "not ready" once for work that waits, and success when it is asked
  /// again about the same work: so that a loop on a query ends, after the same number of calls in every run.
  func query(_ goals: [WorkReference]) -> Int32 {
    goals.allSatisfy { !workGraph.isPending($0) || (polled[$0.stream] ?? 0) >= $0.position }
      ? ErrorCode.success : ErrorCode.notReady
  }

  func notePoll(_ goals: [WorkReference]) {
    for goal in goals { polled[goal.stream] = max(polled[goal.stream] ?? 0, goal.position) }
  }

  // MARK: Handles

  func createStream(handle: Address?, flags: UInt32, priority: Int32, by caller: Caller) -> Outcome {
    let handle = backing.handle(recorded: handle)
    let id = addStream(.created, handle: handle, device: currentDevice(of: caller), by: caller.number)
    streamTable[id]?.isNonBlocking = flags & 1 != 0
    lanes[id - 1].isNonBlocking = flags & 1 != 0
    streamTable[id]?.flags = flags
    streamTable[id]?.priority = priority
    return Outcome(result: ErrorCode.success, values: [handle])
  }

  /// Destroys a stream; its pending work stays and runs.
  func destroy(_ stream: StreamReference, by caller: Caller) {
    guard case .created(let handle) = stream, let state = streamTable.newest(handle), state.isAlive else {
      return
    }
    streamTable[state.id]?.destroyedBy = caller.number
    if let index = graphBook.captures.firstIndex(where: { $0.origin == state.id }) {
      dropCapture(at: index, by: caller)
    }
    devices[lanes[state.id - 1].device].hasDestroyed = true
  }

  func createEvent(handle: Address?, flags: UInt32, by caller: Caller) -> Outcome {
    let handle = backing.handle(recorded: handle)
    _ = addEvent(handle, flags: flags, device: currentDevice(of: caller), createdBy: caller.number)
    return Outcome(result: ErrorCode.success, values: [handle])
  }

  func destroyEvent(_ handle: Address, by caller: Caller) {
    guard let event = eventTable.newest(handle) else { return }
    eventTable[event.id]?.destroyedBy = caller.number
  }

  private func addEvent(_ handle: Address, flags: UInt32, device: Int32, createdBy: Int) -> Int {
    lastEvent += 1
    let event = EventState(
      id: lastEvent, name: "e\(lastEvent)", handle: handle, flags: flags, device: device, createdBy: createdBy
    )
    eventTable.append(event, handle: handle)
    return event.id
  }

  private func addStream(_ kind: StreamState.Kind, handle: Address, device: Int32, by number: Int) -> Int {
    let id = workGraph.addQueue()
    var name: String
    switch kind {
    case .legacy: name = "legacy stream"
    case .perThread(let thread): name = "per-thread stream of T\(thread)"
    case .created:
      createdStreams += 1
      name = "s\(createdStreams)"
    }
    if device != 0, kind != .created { name += " on device \(device)" }
    let state = StreamState(
      id: id, name: name, kind: kind, handle: handle, device: device, isNonBlocking: false, flags: 0,
      priority: 0, createdBy: number)
    streamTable.append(state, handle: kind == .created ? handle : nil)
    let index = devices.indices.contains(Int(device)) ? Int(device) : 0
    lanes.append(Lane(device: index, isLegacy: kind == .legacy, isNonBlocking: false))
    devices[index].streams.append(id)
    return id
  }

  /// The stream that `reference` means, which comes into being when a record knows it and the emulator does not.
  func knownStream(_ reference: StreamReference, by caller: Caller) -> Int {
    if let id = streamID(reference, by: caller) { return id }
    let handle: Address = if case .created(let handle) = reference { handle } else { 0 }
    return addStream(.created, handle: handle, device: currentDevice(of: caller), by: 0)
  }

  private func legacyStream(of device: Int32) -> Int {
    let device = devices.indices.contains(Int(device)) ? device : 0
    if let id = devices[Int(device)].legacy { return id }
    let id = addStream(.legacy, handle: 1, device: device, by: 0)
    devices[Int(device)].legacy = id
    return id
  }

  private func perThreadStream(of caller: Caller) -> Int {
    let current = currentDevice(of: caller)
    let device = devices.indices.contains(Int(current)) ? current : 0
    if let id = devices[Int(device)].perThread[caller.thread] { return id }
    let id = addStream(.perThread(thread: caller.thread), handle: 2, device: device, by: 0)
    devices[Int(device)].perThread[caller.thread] = id
    return id
  }

  /// Drops the destroyed streams of a device whose work is done.
  private func forgetDestroyed(of device: Int) {
    guard devices[device].hasDestroyed else { return }
    func isOver(_ id: Int) -> Bool { !streamTable.all[id - 1].isAlive && workGraph.tail(of: id) == nil }
    for id in devices[device].streams where isOver(id) { polled[id] = nil }
    devices[device].streams.removeAll(where: isOver)
    devices[device].active.removeAll(where: isOver)
    devices[device].hasDestroyed = devices[device].streams.contains { !streamTable.all[$0 - 1].isAlive }
  }

  // MARK: Order

  /// Queues work in the stream that `reference` means.
  @discardableResult
  func submit(
    to reference: StreamReference, by caller: Caller, after dependencies: [WorkReference] = [],
    urgency: Urgency = .lazy, _ action: Action
  ) -> WorkReference {
    submit(to: knownStream(reference, by: caller), after: dependencies, urgency: urgency, action)
  }

  /// When work runs.
  enum Urgency {
    /// When something forces it.
    case lazy
    /// It only carries order: with nothing to wait for it is complete at once.
    case marker
    /// Before the call returns.
    case now
  }

  /// Queues work in stream `id`, behind what the legacy stream's rules demand as well.
  @discardableResult
  func submit(
    to id: Int, after dependencies: [WorkReference] = [], urgency: Urgency = .lazy, _ action: Action
  ) -> WorkReference {
    let lane = lanes[id - 1]
    var dependencies = dependencies
    if lane.isLegacy {
      for stream in devices[lane.device].active {
        lanes[stream - 1].isActive = false
        if let tail = workGraph.tail(of: stream) { dependencies.append(tail) }
      }
      devices[lane.device].active.removeAll(keepingCapacity: true)
    } else if !lane.isNonBlocking {
      if let legacy = devices[lane.device].legacy.flatMap(workGraph.tail) { dependencies.append(legacy) }
      if !lane.isActive {
        lanes[id - 1].isActive = true
        devices[lane.device].active.append(id)
      }
    }
    if !dependencies.isEmpty { dependencies.removeAll { !workGraph.isPending($0) } }
    if urgency != .lazy, dependencies.isEmpty, workGraph.tail(of: id) == nil {
      run(action)
      return workGraph.newest(of: id)
    }
    let work = workGraph.append(to: id, after: dependencies, action)
    if urgency == .now || workGraph.pendingCount > Self.pendingLimit { complete([work]) }
    return work
  }

  func record(_ event: Address, in stream: StreamReference, by caller: Caller) {
    let work = submit(to: stream, by: caller, urgency: .marker, .none)
    record(event, as: work, by: caller)
  }

  /// The event stands for `work` from now on.
  func record(_ event: Address, as work: WorkReference, by caller: Caller) {
    let id = knownEvent(event, by: caller)
    eventTable[id]?.record = EventState.Record(number: caller.number, stream: work.stream, work: work)
    eventTable[id]?.captured = nil
  }

  /// The event with `handle`, which comes into being when a record knows it and the emulator does not.
  func knownEvent(_ handle: Address, by caller: Caller) -> Int {
    eventTable.newest(handle)?.id
      ?? addEvent(handle, flags: 0, device: currentDevice(of: caller), createdBy: 0)
  }

  /// `cudaStreamWaitEvent`: what the event captured last; later records do not matter.
  func wait(on event: Address, in stream: StreamReference, by caller: Caller) {
    let captured = eventTable.newest(event)?.record?.work
    submit(to: stream, by: caller, after: captured.map { [$0] } ?? [], urgency: .marker, .none)
  }

  /// The time between two records, in milliseconds: there is no clock, so each call counts as a microsecond.
  func elapsedTime(from start: Address, to end: Address) -> Outcome {
    let first = eventTable.newest(start)?.record?.number ?? 0
    let last = eventTable.newest(end)?.record?.number ?? 0
    return Outcome(
      result: ErrorCode.success, values: [UInt64((Float(last - first) / 1000).bitPattern)])
  }

  // MARK: Forcing

  /// What has to be complete when `reference` is synchronised. The legacy stream stands for all blocking streams.
  func goals(of reference: StreamReference, by caller: Caller) -> [WorkReference] {
    guard workGraph.pendingCount > 0, let id = streamID(reference, by: caller) else { return [] }
    var goals = workGraph.tail(of: id).map { [$0] } ?? []
    if lanes[id - 1].isLegacy { goals += devices[lanes[id - 1].device].active.compactMap(workGraph.tail) }
    return goals
  }

  /// What has to be complete when `device` is synchronised.
  func goals(ofDevice device: Int32) -> [WorkReference] {
    guard devices.indices.contains(Int(device)) else { return [] }
    forgetDestroyed(of: Int(device))
    return workGraph.pendingCount == 0 ? [] : devices[Int(device)].streams.compactMap(workGraph.tail)
  }

  /// What has to be complete before `object` can go: the work of its device, or of all for host memory.
  func goals(touching object: MemoryObject) -> [WorkReference] {
    object.kind.isHost || object.kind == .managed
      ? (0..<deviceCount).flatMap(goals(ofDevice:)) : goals(ofDevice: object.device)
  }

  /// Whether a host function waits to be called.
  package var hasPendingHostFunction: Bool { hostCalls.contains(where: workGraph.isPending) }

  /// Runs the work that host functions wait for, and calls them: a program may wait for one without a CUDA call.
  package func runHostFunctions() {
    complete(hostCalls)
    hostCalls.removeAll { !workGraph.isPending($0) }
  }

  /// Runs what `goals` need, in an order that respects every edge.
  func complete(_ goals: [WorkReference]) {
    guard !goals.isEmpty else { return }
    var plan = workGraph.plan(for: goals)
    while true {
      switch workGraph.step(&plan) {
      case .done: return
      case .wait: backing.waitForHost()
      case .perform(let work, let action):
        run(action)
        workGraph.finish(work)
      }
    }
  }

  private func run(_ action: Action) {
    switch action {
    case .none: break
    case .run(let body): body()
    case .callHost(let function, let userData): backing.callHost(function: function, userData: userData)
    }
  }
}
