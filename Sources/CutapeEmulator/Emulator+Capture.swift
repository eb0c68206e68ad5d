package import CutapeTrace

// How captures begin and end, and what they tell. CUDA Runtime API, "Stream Management".

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
