package import CutapeEmulator
package import CutapeTrace

// What replay keeps of an executable graph from one launch to the next.

/// An executable graph: its plan, its timelines, and what its nodes mean while no memory comes or goes.
struct GraphRun: Sendable {
  var plan: GraphPlan
  /// The slot of each chain; taken at the first launch.
  var slots: [Int] = []
  /// What is known when the newest launch is over.
  var end: Knowledge?
  /// For each entry the objects that its operands were in when the graph was instantiated, or the node set since.
  var armed: [[MemoryObject?]] = []
  /// The nodes with their operands, as long as the address space is at `version`.
  var nodes: [ResolvedNode] = []
  var version: Int?
  /// The ids of the nodes that were set since the plan was made; nil when none was, nor enabled or disabled.
  var changed: Set<Int>?
  /// The objects that its own nodes allocate.
  var owned: Set<Int> = []
  /// The nodes that name memory which is not what it was.
  var outlived: [OutlivedNode] = []

  init(plan: GraphPlan) { self.plan = plan }
}

/// A node with its operands as they are at a launch.
struct ResolvedNode: Sendable {
  var movements: [Movement] = []
  var pointers: [(pointer: Launch.Pointer, object: MemoryObject?)] = []
  var operands = SubmittedOperation.Operands()
}

/// A node as a launch ran it.
package struct LaunchedNode: Sendable {
  package var operation: SubmittedOperation
  /// The copy or memset that it is; nil for other nodes.
  package var movement: Movement?
  /// The kernel's pointer arguments.
  package var pointers: [(pointer: Launch.Pointer, object: MemoryObject?)]
}

/// A node that names memory which is gone when its graph is launched, or is no longer the memory that it named.
package struct OutlivedNode: Sendable {
  package var node: PlannedNode
  /// The copy or memset that it is.
  package var movement: Movement?
  /// Which operand; nil for a kernel's.
  package var role: OperandRole?
  /// The position of the kernel's parameter.
  package var parameter: Int?
  /// The memory that it named when the graph was instantiated, or when the node was set.
  package var object: MemoryObject
  /// What has the address now; nil when nothing has.
  package var successor: MemoryObject?
}
