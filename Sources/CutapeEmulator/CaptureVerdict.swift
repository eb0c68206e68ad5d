import CutapeTrace

// Which calls a capture takes, and which it refuses with which code. Semantics of the reference 2.5; CUDA Runtime API,
// "Stream Management"; programming guide, "Creating a Graph Using Stream Capture".
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
    // No node moves managed memory.
    case .migrate(let migration): return verdict(on: migration.stream, isAsync: false, by: caller)
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
}
