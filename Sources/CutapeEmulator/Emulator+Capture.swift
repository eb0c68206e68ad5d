package import CutapeTrace

// Stream capture: which calls become nodes, which are refused and with which code, how a capture ends. Semantics of
// the reference 2.5; CUDA Runtime API, "Stream Management"; programming guide, "Creating a Graph Using Stream Capture".
//
// A call that is refused makes the captures that it touches invalid: every later call in their streams gives
// `cudaErrorStreamCaptureInvalidated`, until `cudaStreamEndCapture` gives it too, and no graph.

/// What the captures that are going on make of a call.
enum CaptureVerdict {
  /// No capture has to do with it.
  case outside
  /// It becomes part of the capture at `index` of the list, in the stream with id `stream`.
  case captured(index: Int, stream: Int)
  /// It gives `code`, and the captures at these indices are invalid from then on.
  case refused(code: Int32, invalidating: [Int])
}

extension Emulator {
  /// The capture that the stream takes part in, valid or not; nil when it does not capture.
  package func capture(of reference: StreamReference, by caller: Caller) -> CaptureState? {
    guard !graphBook.captures.isEmpty, let id = streamID(reference, by: caller) else { return nil }
    return graphBook.capture(ofStream: id).map { graphBook.captures[$0] }
  }

  /// The captures that are going on.
  package var captures: [CaptureState] { graphBook.captures }

  /// Whether there are any.
  package var isCapturing: Bool { !graphBook.captures.isEmpty }

  // MARK: Verdicts

  /// What the captures make of `operation`.
  func captureVerdict(on operation: Operation, by caller: Caller) -> CaptureVerdict {
    guard graphBook.hasCaptured else { return .outside }
    switch operation {
    case .synchronizeEvent(let event), .queryEvent(let event): return verdict(onHostUseOf: [event])
    case .elapsedTime(let start, let end): return verdict(onHostUseOf: [start, end])
    case .streamWaitEvent(let stream, let event, let flags):
      return verdict(onWaitFor: event, in: stream, flags: flags, by: caller)
    default: break
    }
    guard !graphBook.captures.isEmpty else { return .outside }
    switch operation {
    case .copy(let copy): return verdict(on: copy.stream, isAsync: copy.isAsync, by: caller)
    case .fill(let fill): return verdict(on: fill.stream, isAsync: fill.isAsync, by: caller)
    case .copyBatch(_, let stream), .hostFunction(_, _, let stream), .recordEvent(_, let stream, _),
      .graph(.launch(_, let stream)), .free(_, .async(let stream)):
      return verdict(on: stream, isAsync: true, by: caller)
    case .launch(let launch): return verdict(on: launch.stream, isAsync: true, by: caller)
    case .allocate(let allocation):
      guard let stream = allocation.stream else { return verdictOnUnsafeCall(by: caller) }
      return verdict(on: stream, isAsync: true, by: caller)
    case .synchronizeStream(let stream), .queryStream(let stream):
      let verdict = verdict(on: stream, isAsync: false, by: caller)
      if case .outside = verdict { return verdictOnUnsafeCall(by: caller) }
      return verdict
    case .graph(.upload(_, let stream)): return verdict(on: stream, isAsync: false, by: caller)
    case .synchronizeDevice:
      return refusal(ErrorCode.streamCaptureUnsupported, captures(onDevice: currentDevice(of: caller)))
    case .free(let address, _): return address == 0 ? .outside : verdictOnUnsafeCall(by: caller)
    case .allocateArray, .resetDevice: return verdictOnUnsafeCall(by: caller)
    case .capture(.status(.legacy, _, _)):
      return blockingCaptures(by: caller).isEmpty
        ? .outside : .refused(code: ErrorCode.streamCaptureImplicit, invalidating: [])
    default: return .outside
    }
  }

  private func refusal(_ code: Int32, _ captures: [Int]) -> CaptureVerdict {
    captures.isEmpty ? .outside : .refused(code: code, invalidating: captures)
  }

  /// Work in a stream; what is not asynchronous would have to wait for it.
  private func verdict(on reference: StreamReference, isAsync: Bool, by caller: Caller) -> CaptureVerdict {
    guard reference != .legacy else {
      return refusal(ErrorCode.streamCaptureImplicit, blockingCaptures(by: caller))
    }
    guard let id = streamID(reference, by: caller), streamTable[id]?.isAlive == true,
      let index = graphBook.capture(ofStream: id)
    else { return .outside }
    guard graphBook.captures[index].isValid else {
      return .refused(code: ErrorCode.streamCaptureInvalidated, invalidating: [])
    }
    return isAsync
      ? .captured(index: index, stream: id)
      : .refused(code: ErrorCode.streamCaptureUnsupported, invalidating: [index])
  }

  /// `cudaStreamWaitEvent`: a captured event makes the stream join; any other does not go into a capture.
  private func verdict(
    onWaitFor event: Address, in reference: StreamReference, flags: UInt32, by caller: Caller
  ) -> CaptureVerdict {
    let captured = eventTable.newest(event).flatMap { $0.isAlive ? $0.captured : nil }
    guard captured != nil || !graphBook.captures.isEmpty else { return .outside }
    let origin = captured.flatMap { graphBook.capture(id: $0.capture) }
    if reference == .legacy {
      let hit = blockingCaptures(by: caller)
      if !hit.isEmpty { return .refused(code: ErrorCode.streamCaptureImplicit, invalidating: hit) }
      guard captured != nil else { return .outside }
      return .refused(code: ErrorCode.streamCaptureUnsupported, invalidating: origin.map { [$0] } ?? [])
    }
    guard let id = streamID(reference, by: caller), streamTable[id]?.isAlive == true else { return .outside }
    let own = graphBook.capture(ofStream: id)
    if [own, origin].compactMap(\.self).contains(where: { !graphBook.captures[$0].isValid }) {
      return .refused(code: ErrorCode.streamCaptureInvalidated, invalidating: [])
    }
    if let own, flags & Self.externalEvent != 0 { return .captured(index: own, stream: id) }
    guard captured != nil else {
      // An event that was never recorded stands for no work: there is nothing to depend on.
      guard let own, let state = eventTable.newest(event), state.isAlive else { return .outside }
      return state.record == nil
        ? .captured(index: own, stream: id)
        : .refused(code: ErrorCode.streamCaptureIsolation, invalidating: [own])
    }
    guard let origin else {
      return .refused(code: ErrorCode.capturedEvent, invalidating: own.map { [$0] } ?? [])
    }
    guard let own, own != origin else { return .captured(index: origin, stream: id) }
    return .refused(code: ErrorCode.streamCaptureMerge, invalidating: [own, origin])
  }

  /// A wait for, or a query of, an event by the host: there is none for an event that stands for nodes.
  private func verdict(onHostUseOf events: [Address]) -> CaptureVerdict {
    let captured = events.compactMap { eventTable.newest($0) }.filter(\.isAlive).compactMap(\.captured)
    guard !captured.isEmpty else { return .outside }
    return .refused(
      code: ErrorCode.capturedEvent, invalidating: captured.compactMap { graphBook.capture(id: $0.capture) })
  }

  /// A call that a capture does not see though the captured work may rely on it, such as `cudaMalloc`. That waiting
  /// for a stream which does not capture is one is what public test suites expect of hardware.
  private func verdictOnUnsafeCall(by caller: Caller) -> CaptureVerdict {
    refusal(ErrorCode.streamCaptureUnsupported, capturesForbiddingUnsafeCalls(of: caller))
  }

  /// The captures that forbid unsafe calls to the caller (`cudaThreadExchangeStreamCaptureMode`).
  func capturesForbiddingUnsafeCalls(of caller: Caller) -> [Int] {
    let mode = captureMode(of: caller)
    guard mode != CaptureState.relaxed else { return [] }
    return graphBook.captures.indices.filter { index in
      let capture = graphBook.captures[index]
      return capture.thread == caller.thread
        ? capture.mode != CaptureState.relaxed
        : mode == CaptureState.global && capture.mode == CaptureState.global
    }
  }

  /// The captures that a blocking stream of the current device takes part in: the legacy stream is unusable.
  private func blockingCaptures(by caller: Caller) -> [Int] {
    let device = Int(currentDevice(of: caller))
    return graphBook.captures.indices.filter { index in
      graphBook.captures[index].tails.keys.contains { stream in
        lanes[stream - 1].device == device && !lanes[stream - 1].isNonBlocking
      }
    }
  }

  /// The captures that a stream of `device` takes part in.
  func captures(onDevice device: Int32) -> [Int] {
    graphBook.captures.indices.filter { index in
      graphBook.captures[index].tails.keys.contains { lanes[$0 - 1].device == Int(device) }
    }
  }

  func captureMode(of caller: Caller) -> Int32 { threads[caller.thread]?.captureMode ?? CaptureState.global }

  // MARK: Judging

  /// `cudaEventRecordExternal`, `cudaEventWaitExternal`
  static let externalEvent: UInt32 = 1

  /// The code of a call that a capture takes: that of any other time, but that a launch becomes a child graph, and a
  /// free a free node.
  func judgeCaptured(_ operation: Operation, by caller: Caller) -> Int32 {
    switch operation {
    case .graph(.launch(let exec, _)): judgeCapturedLaunch(of: exec)
    case .free(let address, _): judgeFreeNode(address, in: capturingGraph(of: operation, by: caller))
    default: judge(operation, by: caller)
    }
  }

  private func capturingGraph(of operation: Operation, by caller: Caller) -> Int? {
    guard case .captured(let index, _) = captureVerdict(on: operation, by: caller) else { return nil }
    return graphBook.captures[index].graph
  }

  func judge(_ operation: CaptureOperation, by caller: Caller) -> Int32 {
    switch operation {
    case .begin(let stream, let mode, let graph, let dependencies):
      return judgeBegin(stream, mode: mode, graph: graph, dependencies: dependencies, by: caller)
    case .end(let stream, _): return judgeEnd(stream, by: caller)
    case .exchangeMode(let mode): return isCaptureMode(mode) ? ErrorCode.success : ErrorCode.invalidValue
    case .status(let stream, _, _): return judge(stream)
    case .updateDependencies(let stream, let nodes, _):
      let error = judge(stream)
      guard error == ErrorCode.success else { return error }
      guard let capture = capture(of: stream, by: caller) else { return ErrorCode.illegalState }
      guard capture.isValid else { return ErrorCode.streamCaptureInvalidated }
      return judgeNodes(nodes, of: capture.graph)
    }
  }

  private func isCaptureMode(_ mode: Int32) -> Bool {
    (CaptureState.global...CaptureState.relaxed).contains(mode)
  }

  private func judgeBegin(
    _ stream: StreamReference, mode: Int32, graph: Address?, dependencies: [Address], by caller: Caller
  ) -> Int32 {
    guard isCaptureMode(mode) else { return ErrorCode.invalidValue }
    guard stream != .legacy else { return ErrorCode.streamCaptureUnsupported }
    let error = judge(stream)
    guard error == ErrorCode.success else { return error }
    guard capture(of: stream, by: caller) == nil else { return ErrorCode.illegalState }
    guard let graph else { return ErrorCode.success }
    return firstError([judgeGraph(graph), judgeNodes(dependencies, of: graphBook.graphs.id(graph))])
  }

  private func judgeEnd(_ stream: StreamReference, by caller: Caller) -> Int32 {
    let error = judge(stream)
    guard error == ErrorCode.success else { return error }
    guard let capture = capture(of: stream, by: caller) else { return ErrorCode.illegalState }
    guard capture.origin == streamID(stream, by: caller) else { return ErrorCode.streamCaptureUnmatched }
    guard capture.thread == caller.thread || capture.mode == CaptureState.relaxed else {
      return ErrorCode.streamCaptureWrongThread
    }
    guard capture.isValid else { return ErrorCode.streamCaptureInvalidated }
    return isJoined(capture) ? ErrorCode.success : ErrorCode.streamCaptureUnjoined
  }

  /// Whether all that other streams added comes before where the origin is now.
  private func isJoined(_ capture: CaptureState) -> Bool {
    guard capture.tails.count > 1, let graph = graphBook.graphs[capture.graph] else { return true }
    let reached = graph.nodes.reaching(capture.tails[capture.origin] ?? [])
    // A node that was removed from the graph by hand holds nothing up.
    return capture.tails.values.joined().allSatisfy {
      reached.contains($0) || graph.nodes.index(ofNode: $0) == nil
    }
  }

  // MARK: Taking effect

  func apply(_ operation: CaptureOperation, by caller: Caller) -> Outcome {
    switch operation {
    case .begin(let stream, let mode, let graph, let dependencies):
      beginCapture(of: stream, mode: mode, graph: graph, after: dependencies, by: caller)
    case .end(let stream, let handle): return endCapture(of: stream, handle: handle, by: caller)
    case .exchangeMode(let mode):
      let old = captureMode(of: caller)
      threads[caller.thread, default: ThreadState()].captureMode = mode
      return Outcome(result: ErrorCode.success, values: [UInt64(UInt32(bitPattern: old))])
    case .status(let stream, let graph, let nodes): learn(graph, nodes, ofCaptureIn: stream, by: caller)
    case .updateDependencies(let stream, let handles, let replaces):
      guard let id = streamID(stream, by: caller), let index = graphBook.capture(ofStream: id) else { break }
      let nodes = handles.compactMap { graphBook.place(of: $0)?.node }
      addTail(nodes, ofStream: id, inCaptureAt: index, replacing: replaces)
    }
    return Outcome(result: ErrorCode.success)
  }

  private func beginCapture(
    of stream: StreamReference, mode: Int32, graph: Address?, after dependencies: [Address], by caller: Caller
  ) {
    let stream = knownStream(stream, by: caller)
    // Where a record knows better, the old capture has ended unseen.
    if let old = graphBook.capture(ofStream: stream) { graphBook.captures.remove(at: old) }
    let id =
      graph.flatMap(graphBook.graphs.id)
      ?? graphBook.addGraph(handle: graph ?? backing.handle(recorded: nil), by: caller.number)
    let nodes = dependencies.compactMap { graphBook.place(of: $0)?.node }
    graphBook.addCapture(of: stream, into: id, after: nodes, mode: mode, by: caller)
  }

  private func endCapture(of stream: StreamReference, handle: Address?, by caller: Caller) -> Outcome {
    guard let id = streamID(stream, by: caller), let index = graphBook.capture(ofStream: id) else {
      // Its begin was not seen.
      let id = graphBook.addGraph(handle: backing.handle(recorded: handle), by: 0)
      graphBook.graphs.update(id) { $0.isOpaque = true }
      return Outcome(result: ErrorCode.success, values: [graphBook.graphs[id]?.handle ?? 0])
    }
    let graph = graphBook.captures.remove(at: index).graph
    if let handle { graphBook.setHandle(handle, ofGraph: graph) }
    return Outcome(result: ErrorCode.success, values: [graphBook.graphs[graph]?.handle ?? 0])
  }

  /// Learns the handles of the graph that a capture fills, and of the nodes that the stream's next call comes after.
  private func learn(
    _ graph: Address?, _ nodes: [Address], ofCaptureIn stream: StreamReference, by caller: Caller
  ) {
    guard let id = streamID(stream, by: caller), let index = graphBook.capture(ofStream: id) else { return }
    let capture = graphBook.captures[index]
    if let graph { graphBook.setHandle(graph, ofGraph: capture.graph) }
    // Of several it is not known which is which.
    guard graphBook.hasUnnamedNodes, nodes.count == 1, let tails = capture.tails[id], tails.count == 1 else {
      return
    }
    graphBook.name(tails, of: capture.graph, nodes)
  }

  /// What a call that failed does to captures: `cudaStreamEndCapture` ends the capture that gives no graph, and what
  /// was refused makes captures invalid.
  func noteFailure(of operation: Operation, result: Int32, by caller: Caller) {
    guard !graphBook.captures.isEmpty, ErrorCode.isOfCapture(result) else { return }
    if case .capture(let operation) = operation {
      return noteFailure(of: operation, result: result, by: caller)
    }
    switch captureVerdict(on: operation, by: caller) {
    case .refused(_, let hit): invalidate(hit, by: caller.number)
    case .captured(let index, _): invalidate([index], by: caller.number)
    // The record knows better which calls are unsafe.
    case .outside: invalidate(capturesForbiddingUnsafeCalls(of: caller), by: caller.number)
    }
  }

  private func noteFailure(of operation: CaptureOperation, result: Int32, by caller: Caller) {
    guard case .end(let stream, _) = operation, let id = streamID(stream, by: caller),
      let index = graphBook.capture(ofStream: id)
    else { return }
    switch result {
    case ErrorCode.streamCaptureInvalidated, ErrorCode.streamCaptureUnjoined:
      dropCapture(at: index, by: caller)
    default: invalidate([index], by: caller.number)
    }
  }

  private func invalidate(_ captures: [Int], by number: Int) {
    for index in captures where graphBook.captures[index].isValid {
      graphBook.captures[index].invalidatedBy = number
    }
  }

  /// Ends a capture that gives no graph.
  func dropCapture(at index: Int, by caller: Caller) {
    let capture = graphBook.captures.remove(at: index)
    graphBook.destroyGraph(capture.graph, by: caller.number)
  }
}
