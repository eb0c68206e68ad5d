package import CutapeTrace

/// Memory of an allocation node: it has its address as long as the graph or its executable graph lives, and bytes
/// from a launch of the allocation node until it is freed.
///
/// The object stands for it from the moment the node is added, so that other nodes can name its bytes. What the own
/// graph frees stays alive between launches: nothing tells which of them a later access means.
struct GraphMemory {
  /// The id of the graph with the allocation node.
  var graph: Int
  /// The object that stands for it.
  var object: MemoryObject
  /// Whether that object is dead: after a free outside of the graph, until the next launch.
  var isDiscarded = false
  /// Whether a launch allocated it and nothing has freed it since.
  var isHeld = false
  /// The id of the graph that frees it in a node.
  var freedIn: Int?

  var range: ByteRange { object.range }
}

extension Emulator {
  /// Whether `address` begins memory of an allocation node, allocated or not.
  package func isGraphMemory(_ address: Address) -> Bool { graphBook.memory[address] != nil }

  // MARK: Judging

  /// A free node frees memory of an allocation node, once, either in its graph or in others.
  func judgeFreeNode(_ address: Address, in graph: Int?) -> Int32 {
    guard let memory = graphBook.memory[address] else { return ErrorCode.invalidValue }
    guard let freedIn = memory.freedIn else { return ErrorCode.success }
    return freedIn == memory.graph || freedIn == graph || graph == memory.graph
      ? ErrorCode.invalidValue : ErrorCode.success
  }

  /// Whether `address` begins memory of an allocation node that no launch has allocated: it cannot be freed.
  func isUnallocatedGraphMemory(_ address: Address) -> Bool {
    graphBook.memory[address].map { !$0.isHeld } ?? false
  }

  // MARK: Taking effect

  /// The action of a new node of the graph with id `graph`, where an allocation node has got its memory; nil when
  /// there is none left.
  func reserving(_ action: NodeAction, for graph: Int, by caller: Caller) -> NodeAction? {
    guard case .allocate(var allocation) = action else { return action }
    let device = currentDevice(of: caller)
    guard let placement = backing.place(allocation, device: device) else { return nil }
    allocation.address = placement.address
    let range = ByteRange(start: placement.address, count: allocation.size)
    let object = space.add(.async, range: range, device: device, createdBy: caller.number)
    backing.keep(object)
    graphBook.memory[range.start] = GraphMemory(graph: graph, object: object)
    return .allocate(allocation)
  }

  /// A launch allocates the memory of an allocation node.
  func allocateGraphMemory(_ address: Address, by caller: Caller) {
    guard var memory = graphBook.memory[address] else { return }
    memory.isHeld = true
    if memory.isDiscarded {
      memory.object = space.add(
        .async, range: memory.range, device: memory.object.device, createdBy: caller.number)
      memory.isDiscarded = false
      backing.keep(memory.object)
    }
    graphBook.memory[address] = memory
  }

  /// The memory of an allocation node was freed, by a call or by a free node of the graph with id `graph`. What the
  /// own graph frees keeps its object.
  func freeGraphMemory(_ address: Address, in graph: Int?, release: Release, by caller: Caller) {
    guard var memory = graphBook.memory[address] else { return }
    memory.isHeld = false
    if graph != memory.graph, !memory.isDiscarded {
      space.remove(memory.object.id, by: caller.number, release: release)
      backing.discard(memory.object, keepingAddress: true)
      memory.isDiscarded = true
    }
    graphBook.memory[address] = memory
    releaseGraphMemory(by: caller)
  }

  /// Gives up the memory whose graph and executable graphs are gone, unless a launch left it allocated.
  func releaseGraphMemory(by caller: Caller) {
    for (address, memory) in graphBook.memory where !memory.isHeld && !isInUse(memory) {
      graphBook.memory[address] = nil
      space.remove(memory.object.id, by: caller.number)
      backing.discard(memory.object, keepingAddress: false)
    }
  }

  private func isInUse(_ memory: GraphMemory) -> Bool {
    graphBook.graphs[memory.graph]?.isAlive == true || graphBook.hasLiveExec(of: memory.graph)
  }
}
