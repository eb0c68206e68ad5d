import CutapeEmulator
import CutapeTrace

// Managed memory in stream order: discards count as writes of bytes that nobody may read, prefetches as no access.

extension Replay {
  func order(_ migration: Migration) {
    let ranges = migration.parts.compactMap { emulator.footprint(ofManaged: $0.range) }
    submit(to: migration.stream, discarding: migration.discards ? ranges : [])
    for footprint in ranges {
      guard let object = footprint.object else { continue }
      switch migration.action {
      case .attach: break
      case .prefetch, .discardAndPrefetch: discards[object]?.remove(footprint)
      case .discard:
        if let submitted = step.submitted {
          discards[object, default: Discards()].add(footprint.hull, by: submitted)
        }
      }
    }
  }

  /// Looks for discarded bytes that `movements`, those of `operation`, read: before its timeline takes it.
  func lookForDiscarded(_ movements: [Movement], by operation: SubmittedOperation) {
    let slot = operation.epoch.slot
    guard !discards.isEmpty, completeness.isGapless, !timelines[slot].isOpaque else { return }
    let host = timelines.hostKnowledge.observed
    for movement in movements where !movement.extent.isEmpty {
      guard let source = movement.source, let object = source.object, let footprint = source.tracked,
        discards[object.id] != nil
      else { continue }
      discards[object.id]?.forget(known: host.knows)
      guard let (overlap, discard) = discards[object.id]?.read(by: footprint),
        // A discard that is not ordered before the read is a race, and told as one.
        discard.epoch.slot == slot || timelines[slot].knowledge.observed.knows(discard.epoch)
      else { continue }
      step.discarded.append(
        .init(
          object: object, overlap: overlap, footprint: footprint, operation: operation, discard: discard))
    }
  }

  /// What other processes may do from now on.
  func order(_ call: InterprocessCall) {
    guard case .shareMemory(let address) = call, let object = emulator.space.object(containing: address)
    else {
      return
    }
    initialization[object.id]?.isUnknown = true
  }
}
