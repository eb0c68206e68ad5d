import CutapeTrace

// What events kept, and who waited for them: enough to say which edge a race lacks.

/// One record of an event.
struct EventRecord: Sendable {
  /// The number of the call.
  var number: Int
  /// The stream, and how many operations it had had.
  var epoch: Epoch
}

/// An event: what its newest record kept, and its last records, oldest first.
struct EventHistory: Sendable {
  static let limit = 4
  var name: String
  var snapshot: Snapshot?
  private(set) var records: [EventRecord] = []
  /// Calls that are not modelled had a part in what it keeps.
  var isOpaque = false

  init(name: String) { self.name = name }

  mutating func record(_ snapshot: Snapshot, number: Int) {
    self.snapshot = snapshot
    if records.count == Self.limit { records.removeFirst() }
    records.append(EventRecord(number: number, epoch: snapshot.epoch))
  }
}

/// A wait for an event, by a stream or by the host.
struct EventWait: Sendable {
  static let limit = 8
  var event: String
  /// The number of the call.
  var number: Int
  /// The event's records at the time of the wait, oldest first.
  var records: [EventRecord]
}

/// Why an event that was waited for did not order two operations.
package enum MissedEdge: Sendable, Hashable {
  /// The event was never recorded: the wait waited for nothing.
  case unrecorded(event: String, wait: Int)
  /// The newest record was made before the earlier operation was submitted.
  case stale(event: String, record: Int, wait: Int)
  /// A record after the earlier operation was overwritten by another before the wait.
  case rerecorded(event: String, record: Int, overwrittenBy: Int, wait: Int)

  /// The most telling reason among `waits` why the operation with `epoch`, submitted by call `number`, is not before
  /// what came after the waits. Only waits that were made after it can have been meant for it.
  static func reason(for epoch: Epoch, number: Int, in waits: [EventWait]) -> MissedEdge? {
    var stale: MissedEdge?
    var unrecorded: MissedEdge?
    for wait in waits.reversed() where wait.number > number {
      guard let newest = wait.records.last else {
        unrecorded = unrecorded ?? .unrecorded(event: wait.event, wait: wait.number)
        continue
      }
      if let lost = wait.records.dropLast().last(where: {
        $0.epoch.slot == epoch.slot && $0.epoch.count >= epoch.count && $0.number > number
      }) {
        return .rerecorded(
          event: wait.event, record: lost.number, overwrittenBy: newest.number, wait: wait.number)
      }
      if newest.epoch.slot == epoch.slot, newest.epoch.count < epoch.count {
        stale = stale ?? .stale(event: wait.event, record: newest.number, wait: wait.number)
      }
    }
    return stale ?? unrecorded
  }
}
