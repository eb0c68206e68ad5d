package import CutapeTrace

// What an executable graph may become: its topology, the types of its nodes and where their operands live must stay.
// CUDA Runtime API, "Graph Management", `cudaGraphExecUpdate`.

/// Why an executable graph cannot be updated from a graph.
package struct UpdateMismatch: Sendable, Hashable {
  /// The values of `cudaGraphExecUpdateResult`.
  package enum Kind: Int32, Sendable, Hashable {
    case error = 1
    case topologyChanged = 2
    case nodeTypeChanged = 3
    case parametersChanged = 5
  }

  package var kind: Kind
  /// The handle of the node of the graph that does not match; nil when the number of nodes differs.
  package var node: Address?
}

extension Emulator {
  /// Why `cudaGraphExecUpdate` of these fails; nil when it succeeds, or when not all of either is known.
  package func updateMismatch(of exec: Address, from graph: Address) -> UpdateMismatch? {
    guard let old = graphBook.execs.newest(exec), let new = graphBook.graphs.newest(graph), old.isAlive,
      new.isAlive
    else { return UpdateMismatch(kind: .error) }
    guard !old.isOpaque, !new.isOpaque else { return nil }
    guard let nodes = graphBook.executableNodes(of: new.id) else {
      return UpdateMismatch(kind: .topologyChanged)
    }
    return mismatch(of: old.nodes, nodes)
  }

  /// Why an update cannot put `new` in the place of `old`. Nodes are paired in the order of addition.
  func mismatch(of old: [GraphNode], _ new: [GraphNode]) -> UpdateMismatch? {
    let (old, new) = (old.sorted { $0.id < $1.id }, new.sorted { $0.id < $1.id })
    guard old.count == new.count else { return UpdateMismatch(kind: .topologyChanged) }
    for (first, second) in zip(old, new) {
      guard
        Set(first.dependencies.map(old.index(ofNode:))) == Set(second.dependencies.map(new.index(ofNode:)))
      else { return UpdateMismatch(kind: .topologyChanged, node: second.handle) }
      guard first.action.isOfSameType(as: second.action) else {
        return UpdateMismatch(kind: .nodeTypeChanged, node: second.handle)
      }
      guard keepsOperands(first, as: second.action, onDevice: second.device) else {
        return UpdateMismatch(kind: .parametersChanged, node: second.handle)
      }
      if let inner = mismatch(of: first.child, second.child) { return inner }
    }
    return nil
  }

  /// Whether the operands of a copy or a memset stay in the same class of memory, on the same device. What cannot be
  /// told is taken to be right.
  package func keepsOperands(_ node: GraphNode, as action: NodeAction, onDevice device: Int32) -> Bool {
    switch (node.action, action) {
    case (.copy(let old), .copy(let new)):
      let before = operands(of: old, onDevice: node.device)
      let after = operands(of: new, onDevice: device)
      return isAlike(before.destination, after.destination) && isAlike(before.source, after.source)
    case (.fill(let old), .fill(let new)):
      return isAlike(
        operand(of: old.withoutUnusedPitch, onDevice: node.device),
        operand(of: new.withoutUnusedPitch, onDevice: device))
    default: return true
    }
  }

  private func isAlike(_ old: Operand, _ new: Operand) -> Bool {
    guard let old = old.footprint, let new = new.footprint else { return true }
    guard old.memory.isHost == new.memory.isHost, (old.memory == .managed) == (new.memory == .managed) else {
      return false
    }
    guard !old.memory.isHost, let first = old.object.flatMap(space.object),
      let second = new.object.flatMap(space.object)
    else { return true }
    return first.device == second.device && (first.kind == .array) == (second.kind == .array)
  }
}
