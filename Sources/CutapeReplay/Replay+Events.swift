import CutapeEmulator
import CutapeTrace

// Records of events and waits for them.

extension Replay {
  func record(_ handle: Address, in reference: StreamReference) {
    guard let slot = slot(reference), let event = emulator.event(handle) else { return }
    let snapshot = timelines.record(in: slot)
    events[event.id, default: EventHistory(name: event.name)].record(snapshot, number: step.event.number)
    events[event.id]?.isOpaque = timelines[slot].isOpaque
  }

  func wait(_ reference: StreamReference, for handle: Address) {
    guard let slot = slot(reference) else { return }
    guard let event = emulator.event(handle), !event.isShared,
      event.createdBy > 0 || events[event.id]?.snapshot != nil
    else {
      // An event of before the recording, or one that another process may have recorded: what it holds is not known.
      timelines[slot].isOpaque = true
      return
    }
    let history = events[event.id]
    if history?.isOpaque == true { timelines[slot].isOpaque = true }
    if let snapshot = history?.snapshot { timelines.wait(in: slot, for: snapshot) }
    note(EventWait(event: event.name, number: step.event.number, records: history?.records ?? []), slot)
  }

  func waitOnHost(for handle: Address) {
    guard let event = emulator.event(handle) else { return }
    let history = events[event.id]
    if let snapshot = history?.snapshot { timelines.synchronizeHost(with: snapshot) }
    guard case .synchronizeEvent = step.operation else { return }
    note(
      EventWait(event: event.name, number: step.event.number, records: history?.records ?? []), Timelines.host
    )
  }

  func note(_ wait: EventWait, _ slot: Int) {
    var list = waits.removeValue(forKey: slot) ?? []
    if list.count == EventWait.limit { list.removeFirst() }
    list.append(wait)
    waits[slot] = list
  }
}
