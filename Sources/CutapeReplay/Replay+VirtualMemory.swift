import CutapeEmulator
import CutapeTrace

// Virtual memory: contents and order belong to the memory, not to the addresses at which it is mapped.

extension Replay {
  /// What has to be seen of mappings before they go.
  func lookBefore(_ call: VirtualMemoryCall) {
    switch call {
    case .release(let handle): step.released = emulator.physicalMemory(handle)
    case .unmap(let range):
      let mappings = mappings(in: range)
      step.released = mappings.first ?? emulator.space.lastObject(containing: range.start)
      for mapping in mappings where emulator.isOnlyMapping(mapping) {
        let found = step.conflicts.count
        addPending(in: mapping, slot: Timelines.host, knowing: timelines.hostKnowledge)
        if found == 0, step.conflicts.count > 0 { step.released = mapping }
      }
    case .freeReservation(let range): _ = mappings(in: range)
    default: break
    }
  }

  /// The mappings that the call takes away; what is behind them may go with them.
  private func mappings(in range: ByteRange) -> [MemoryObject] {
    let mappings = emulator.space.objects(overlapping: range).filter { $0.kind == .mapped }
    unmapped = mappings.map(\.bytes)
    return mappings
  }

  func order(_ call: VirtualMemoryCall) {
    switch call {
    case .create(_, _, let handle):
      guard let memory = handle.flatMap(emulator.physicalMemory) else { return }
      initialization[memory.id] = Initialization()
    case .exportMemory(let handle):
      guard let memory = emulator.physicalMemory(handle) else { return }
      initialization[memory.id]?.isUnknown = true
    case .release(let handle):
      if let memory = emulator.physicalMemory(handle), !memory.isAlive { forget(memory) }
    case .unmap, .freeReservation:
      for memory in unmapped.compactMap(emulator.space.object) where !memory.isAlive { forget(memory) }
    case .reserve, .importMemory, .retain, .map, .setAccess: break
    }
  }
}
