package import CutapeTrace

/// A graph that exists or existed: built by hand, captured, cloned, or owned by a child graph node.
package struct GraphState: Sendable, Hashable {
  /// Unique over all graphs of a run, from 1 in the order of creation.
  package var id: Int
  /// What messages call it: `g1`.
  package var name: String
  package var handle: Address
  /// The nodes in the order in which they were added, without those that were removed.
  package var nodes: [GraphNode]
  /// The number of the call that made it (`cudaStreamBeginCapture` for a captured one); 0 when it was not seen made.
  package var createdBy: Int
  package var destroyedBy: Int?
  /// Whether it has parts that were not seen or are not modelled: nothing can be said of what its launches touch.
  package var isOpaque: Bool

  package var isAlive: Bool { destroyedBy == nil }
}

/// A node of a graph, or of an executable graph.
package struct GraphNode: Sendable, Hashable {
  /// Unique over all nodes of a run; a node of an executable graph keeps the id of the node that it was made from.
  package var id: Int
  /// Nil for a captured node whose handle nobody asked for.
  package var handle: Address?
  package var action: NodeAction
  /// The nodes of a child graph node's own copy of the graph.
  package var child: [GraphNode] = []
  /// The ids of the nodes that run before it.
  package var dependencies: [Int]
  /// The number of the call that added it: the captured call, or `cudaGraphAdd*Node`.
  package var addedBy: Int
  /// The device that was current for that call.
  package var device: Int32
  package var isEnabled = true
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
  /// The nodes as they were at instantiation and changed since.
  package var nodes: [GraphNode]
  package var flags: UInt64
  /// The number of the call that made it.
  package var createdBy: Int
  package var destroyedBy: Int?
  package var isOpaque: Bool

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
