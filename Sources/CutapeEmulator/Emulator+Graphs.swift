package import CutapeTrace

// Capture and graphs: semantics of the reference 2.5.

extension Emulator {
  /// Every graph that was made, in the order of creation.
  package var graphs: [GraphState] { graphTable.all }

  /// The newest graph with `handle`, alive or destroyed.
  package func graph(_ handle: Address) -> GraphState? { graphTable.newest(handle) }

  /// The graph with `id`.
  package func graph(id: Int) -> GraphState? { graphTable[id] }

  /// The newest executable graph with `handle`, alive or destroyed.
  package func graphExec(_ handle: Address) -> GraphExecState? { execTable.newest(handle) }

  /// The capture that the stream takes part in, valid or not; nil when it does not capture.
  package func capture(of reference: StreamReference, by caller: Caller) -> CaptureState? {
    guard !captures.isEmpty, let id = streamID(reference, by: caller) else { return nil }
    return captures.first { $0.tails[id] != nil }
  }
}
