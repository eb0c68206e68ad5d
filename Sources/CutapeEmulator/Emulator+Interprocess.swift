import CutapeTrace

// Memory and events of other processes: what they do is not seen, so there is little to judge.

extension Emulator {
  func judge(_ call: InterprocessCall) -> Int32 {
    switch call {
    case .shareMemory(let address):
      space.object(containing: address)?.kind == .device ? ErrorCode.success : ErrorCode.invalidValue
    case .shareEvent(let handle): judgeEvent(handle)
    case .closeMemory(let address): space.isForeign(address) ? ErrorCode.success : ErrorCode.invalidValue
    case .openMemory, .openEvent: ErrorCode.success
    }
  }

  func apply(_ call: InterprocessCall, by caller: Caller) -> Outcome {
    switch call {
    case .openMemory(let address):
      if let address { space.addForeign(address) }
      return Outcome(result: ErrorCode.success, values: [address ?? 0])
    case .openEvent(let recorded):
      let outcome = createEvent(handle: recorded, flags: EventState.disableTiming, by: caller)
      if let handle = outcome.values.first { shareEvent(handle) }
      return outcome
    case .shareEvent(let handle): shareEvent(handle)
    // It stays known as foreign: what follows is a use of memory that lived.
    case .shareMemory, .closeMemory: break
    }
    return Outcome(result: ErrorCode.success)
  }

  private func shareEvent(_ handle: Address) {
    if let id = eventTable.id(handle) { eventTable[id]?.isShared = true }
  }
}
