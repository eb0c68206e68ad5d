import CutapeEmulator
import CutapeTrace

/// An operation as it was submitted, with what it comes after: enough to run it in another order.
struct Submission {
  var operation: SubmittedOperation
  /// What is known to have happened before it, under each profile.
  var known: Knowledge
  /// Whether its timeline may have order that was not seen.
  var isOpaque: Bool
  /// Its copies and memsets.
  var movements: [Movement]
  /// The kernel that it launches, and the objects that its pointers point into.
  var launch: Launch?
  var pointers: [(pointer: Launch.Pointer, object: MemoryObject?)]
}

extension Replay {
  /// Takes note of an operation in the timeline `slot`, if anybody asks.
  func note(
    _ operation: SubmittedOperation, _ slot: Int, _ movements: [Movement], _ launch: Launch?,
    _ pointers: [(pointer: Launch.Pointer, object: MemoryObject?)]
  ) {
    submissions?.append(
      Submission(
        operation: operation, known: timelines[slot].knowledge, isOpaque: timelines[slot].isOpaque,
        movements: movements, launch: launch, pointers: pointers))
  }
}
