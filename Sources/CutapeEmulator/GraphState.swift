package import CutapeTrace

/// A graph that exists or existed: built by hand, captured, cloned, or owned by a child graph node.
package struct GraphState: Sendable, Hashable {
  /// Unique over all graphs of a run, from 1 in the order of creation.
  package var id: Int
  /// What messages call it: `g1`.
  package var name: String
  package var handle: Address
  /// The nodes in the order in which they were added, without those that were removed. Empty once it is destroyed.
  package var nodes: [GraphNode]
  /// The number of the call that made it (`cudaStreamBeginCapture` for a captured one); 0 when it was not seen made.
  package var createdBy: Int
  package var destroyedBy: Int?
  /// Whether it has parts that were not seen or are not modelled: nothing can be said of what its launches touch.
  package var isOpaque: Bool
  /// The id of the graph that it was cloned from.
  package var original: Int?
  /// The id of the child graph node that embeds it; nil for a graph that the program destroys by itself.
  package var owner: Int?

  package var isAlive: Bool { destroyedBy == nil }
}

/// A node of a graph, or of an executable graph.
package struct GraphNode: Sendable, Hashable {
  /// Unique over all nodes of a run; a node of an executable graph keeps the id of the node that it was made from.
  package var id: Int
  /// Nil for a captured node whose handle nobody asked for.
  package var handle: Address?
  package var action: NodeAction
  /// The id of the graph that a child graph node embeds: its own copy.
  package var embedded: Int?
  /// The nodes of the embedded graph as they were when it was instantiated; empty in a graph.
  package var child: [GraphNode] = []
  /// The ids of the nodes that run before it.
  package var dependencies: [Int]
  /// The number of the call that added it: the captured call, or `cudaGraphAdd*Node`.
  package var addedBy: Int
  /// The device that was current for that call.
  package var device: Int32
  package var isEnabled = true
  /// The id of the node that it was cloned from.
  package var original: Int?
}

/// An executable graph that exists or existed.
package struct GraphExecState: Sendable, Hashable {
  /// Unique over all executable graphs of a run, from 1 in the order of creation.
  package var id: Int
  /// What messages call it: `x1`.
  package var name: String
  package var handle: Address
  /// The id of the graph that it was made from, or updated from last.
  package var graph: Int
  /// The nodes as they were at instantiation and changed since, each behind those that it depends on. Empty once it
  /// is destroyed.
  package var nodes: [GraphNode]
  package var flags: UInt64
  /// The number of the call that made it.
  package var createdBy: Int
  package var destroyedBy: Int?
  package var isOpaque: Bool
  /// The work of its newest launch.
  package var lastLaunch: WorkReference?

  package var isAlive: Bool { destroyedBy == nil }
}

/// A capture that is going on.
package struct CaptureState: Sendable, Hashable {
  /// Unique over all captures of a run.
  package var id: Int
  /// The id of the graph that it fills.
  package var graph: Int
  /// The id of the stream in which it began, and the number of that call.
  package var origin: Int
  package var begunBy: Int
  /// `cudaStreamCaptureMode`
  package var mode: Int32
  package var thread: Int
  /// The number of the call that made it invalid.
  package var invalidatedBy: Int?
  /// The captured streams by id, and the ids of the nodes that the next call in each comes after.
  package var tails: [Int: [Int]]
}

extension CaptureState {
  /// `cudaStreamCaptureModeGlobal`: other threads may make no unsafe call either.
  package static let global: Int32 = 0
  /// `cudaStreamCaptureModeRelaxed`: unsafe calls are legal, and any thread may end the capture.
  package static let relaxed: Int32 = 2

  package var isValid: Bool { invalidatedBy == nil }
}
