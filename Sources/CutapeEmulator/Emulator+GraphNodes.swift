import CutapeTrace

// What a node may do: checked when it is added or changed, to the byte. Semantics of the reference 2.5 and 2.10.

extension Emulator {
  /// The code for a node of the graph with id `graph` that does `action`.
  func judge(_ action: NodeAction, in graph: Int?, by caller: Caller) -> Int32 {
    switch action {
    case .empty, .unsupported: ErrorCode.success
    case .copy(let copy): judgeNode(copy, by: caller)
    case .fill(let fill): judgeNode(fill, by: caller)
    case .launch(let launch): judge(launch, by: caller)
    case .hostFunction(let callback, _): callback == 0 ? ErrorCode.invalidValue : ErrorCode.success
    case .childGraph(let child): firstError([judgeGraph(child), judgeCopying(child)])
    case .recordEvent(let event), .waitEvent(let event):
      event == 0 ? ErrorCode.invalidValue : judgeEvent(event)
    case .allocate(let allocation): allocation.size == 0 ? ErrorCode.invalidValue : ErrorCode.success
    case .free(let address): judgeFreeNode(address, in: graph)
    }
  }

  /// A copy node copies something.
  private func judgeNode(_ copy: Copy, by caller: Caller) -> Int32 {
    let error = judge(copy, by: caller)
    if error == ErrorCode.success { return copy.extent.isEmpty ? ErrorCode.invalidValue : error }
    guard error == ErrorCode.invalidValue else { return error }
    // Memory of an allocation node keeps its address while nothing is allocated there.
    let (destination, source) = operands(of: copy, by: caller)
    return isReserved(destination, copy.destination, copy.extent)
      && isReserved(source, copy.source, copy.extent)
      ? ErrorCode.success : error
  }

  /// A memset node sets something.
  private func judgeNode(_ fill: Fill, by caller: Caller) -> Int32 {
    guard [1, 2, 4].contains(fill.elementSize) else { return ErrorCode.invalidValue }
    let error = judge(fill, by: caller)
    if error == ErrorCode.success { return fill.extent.isEmpty ? ErrorCode.invalidValue : error }
    let operand = operand(of: fill.withoutUnusedPitch, by: caller)
    return isReserved(operand, fill.destination, fill.extent) ? ErrorCode.success : error
  }

  /// Whether a side of a copy names bytes, or lies in memory of an allocation node.
  private func isReserved(_ operand: Operand, _ place: Copy.Place, _ extent: Copy.Extent) -> Bool {
    if operand.footprint != nil { return true }
    guard case .linear(let address) = place else { return false }
    return graphBook.memory.values.contains { memory in
      memory.range.contains(address) && extent.width <= memory.range.end - address
    }
  }

  /// Graphs that allocate or free cannot be copied: neither cloned nor embedded.
  func judgeCopying(_ graph: Address) -> Int32 {
    graphBook.graphs.newest(graph)?.nodes.haveMemory == true ? ErrorCode.notSupported : ErrorCode.success
  }

  /// Nor can they lose nodes or edges.
  func judgeRemoval(from graph: Int?) -> Int32 {
    graph.flatMap { graphBook.graphs[$0] }?.nodes.haveMemory == true
      ? ErrorCode.notSupported : ErrorCode.success
  }
}

extension NodeAction {
  /// The value of `cudaGraphNodeType`; nil for a node that is not modelled.
  package var type: Int32? {
    switch self {
    case .launch: 0
    case .copy: 1
    case .fill: 2
    case .hostFunction: 3
    case .childGraph: 4
    case .empty: 5
    case .waitEvent: 6
    case .recordEvent: 7
    case .allocate: 10
    case .free: 11
    case .unsupported: nil
    }
  }

  /// Whether a node of the one type may be changed to the other; what is not modelled may be anything.
  func isOfSameType(as other: NodeAction) -> Bool {
    guard let type, let other = other.type else { return true }
    return type == other
  }

  /// Whether it allocates or frees.
  var hasMemory: Bool {
    switch self {
    case .allocate, .free: true
    default: false
    }
  }
}

extension [GraphNode] {
  /// Whether a node allocates or frees.
  var haveMemory: Bool { contains { $0.action.hasMemory } }
}
