import CutapeTrace

// What a correct runtime may answer to a call on captures and graphs though the emulator answers otherwise: the
// documentation leaves it open, or names no code.

extension Emulator {
  /// Whether a call may give `result` because of a capture.
  func mayCapturesReturn(
    _ result: Int32, judged: Int32, for operation: Operation, by caller: Caller
  ) -> Bool {
    guard graphBook.hasCaptured else { return false }
    switch operation {
    // Which calls are unsafe is documented by example alone.
    case .register, .unregister, .hostDevicePointer, .queryEvent, .synchronizeEvent, .elapsedTime, .copy,
      .fill,
      .destroyStream, .symbolAddress, .graph(.instantiate), .graph(.upload), .neutral:
      if result == ErrorCode.streamCaptureUnsupported, judged == ErrorCode.success {
        return !capturesForbiddingUnsafeCalls(of: caller).isEmpty
      }
    case .queryStream(let stream), .synchronizeStream(let stream):
      if judged == ErrorCode.streamCaptureUnsupported, capture(of: stream, by: caller) == nil {
        return result == ErrorCode.success || result == ErrorCode.notReady
      }
    // It is said of cudaStreamAttachMemAsync alone.
    case .migrate(let migration) where migration.action != .attach:
      return judged == ErrorCode.streamCaptureUnsupported && result == ErrorCode.success
    // Callbacks cannot be captured, and nothing is said of batches.
    case .hostFunction, .copyBatch:
      guard case .captured = captureVerdict(on: operation, by: caller) else { break }
      return result == ErrorCode.streamCaptureUnsupported
    case .streamWaitEvent(_, let event, _):
      // An event that was never recorded, or in a capture that is over.
      guard let event = eventTable.newest(event), event.record == nil else { break }
      return result == ErrorCode.success || ErrorCode.isOfCapture(result) || result == ErrorCode.invalidValue
    case .capture(.end(let stream, _)):
      // Whether an argument that is refused makes a capture invalid, and what an end from a wrong thread does to it.
      guard let capture = capture(of: stream, by: caller) else { break }
      let codes = [ErrorCode.streamCaptureInvalidated, ErrorCode.streamCaptureUnjoined, judged]
      return codes.contains(result) && (!capture.isValid || result != ErrorCode.success)
    default: break
    }
    // Which of several violations is named, or that the capture is no longer valid.
    return ErrorCode.isOfCapture(judged) && ErrorCode.isOfCapture(result)
  }

  func mayReturn(_ result: Int32, judged: Int32, for operation: GraphOperation, by caller: Caller) -> Bool {
    // "Destroyed" is undefined; a handle of before the recording may be anything.
    let failures: Set<Int32> = [
      ErrorCode.invalidValue, ErrorCode.invalidResourceHandle, ErrorCode.contextIsDestroyed,
      ErrorCode.notSupported,
    ]
    if failures.contains(judged), failures.contains(result) { return true }
    switch operation {
    case .update:
      // "The API may add further restrictions in future releases"; nodes are paired by edges where they differ in
      // order.
      return [ErrorCode.success, ErrorCode.graphExecUpdateFailure].contains(result)
        && [ErrorCode.success, ErrorCode.graphExecUpdateFailure].contains(judged)
    case .setExecNode, .setNode, .setEnabled, .addNode, .nodeInClone, .childGraph, .addEdges, .removeEdges:
      return failures.contains(result) && judged == ErrorCode.success
    case .instantiate, .launch, .upload:
      return result == ErrorCode.memoryAllocation && judged == ErrorCode.success
    default: return false
    }
  }
}
