import CutapeEmulator
import CutapeTrace

// Records of events and waits for them.

extension Replay {
  func record(_ handle: Address, in reference: StreamReference) {
    guard let slot = slot(reference) else { return }
    keep(timelines.record(in: slot), in: handle)
  }

  /// The event holds `snapshot` from now on.
  func keep(_ snapshot: Snapshot, in handle: Address) {
    guard let event = emulator.event(handle) else { return }
    if events[event.id] == nil { events[event.id] = EventHistory(name: event.name) }
    events[event.id]?.record(snapshot, number: step.event.number)
    events[event.id]?.isOpaque = timelines[snapshot.epoch.slot].isOpaque
  }

  func wait(_ reference: StreamReference, for handle: Address) {
    guard let slot = slot(reference) else { return }
    let history = awaited(handle, in: slot)
    if let snapshot = history?.snapshot { timelines.wait(in: slot, for: snapshot) }
    guard let history else { return }
    note(EventWait(event: history.name, number: step.event.number, records: history.records), slot)
  }

  /// The event for which the timeline in `slot` waits. What an event of before the recording holds is not known, nor
  /// what one holds that another process or a graph may have recorded unseen: then nil, and the timeline is opaque.
  func awaited(_ handle: Address, in slot: Int) -> EventHistory? {
    guard !hasUnknownRecords, let event = emulator.event(handle), !event.isShared,
      event.createdBy > 0 || events[event.id]?.snapshot != nil
    else {
      timelines[slot].isOpaque = true
      return nil
    }
    let history = events[event.id] ?? EventHistory(name: event.name)
    if history.isOpaque { timelines[slot].isOpaque = true }
    return history
  }

  func waitOnHost(for handle: Address) {
    guard let event = emulator.event(handle) else { return }
    let history = events[event.id]
    if hasUnknownRecords || history?.isOpaque == true {
      timelines.synchronizeHost(withDevice: nil)
    } else if let snapshot = history?.snapshot {
      timelines.synchronizeHost(with: snapshot)
    }
    guard case .synchronizeEvent = step.operation else { return }
    note(
      EventWait(event: event.name, number: step.event.number, records: history?.records ?? []), Timelines.host
    )
  }

  func note(_ wait: EventWait, _ slot: Int) {
    guard waits[slot] != nil else {
      waits[slot] = [wait]
      return
    }
    if waits[slot]?.count == EventWait.limit { waits[slot]?.removeFirst() }
    waits[slot]?.append(wait)
  }
}
