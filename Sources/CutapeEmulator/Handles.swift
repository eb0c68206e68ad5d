package import CutapeTrace

/// A stream that exists or existed: the handle is reused by CUDA, the id is not.
package struct StreamState: Sendable, Hashable {
  package enum Kind: Sendable, Hashable {
    case legacy
    case perThread(thread: Int)
    case created
  }

  /// Unique over all streams of a run, from 1 in the order of first use.
  package var id: Int
  /// `s1`, `legacy stream`, `per-thread stream of T2`; with the device where that is not device 0.
  package var name: String
  package var kind: Kind
  package var handle: Address
  package var device: Int32
  /// `cudaStreamNonBlocking`: does not wait for the legacy stream, nor the legacy stream for it.
  package var isNonBlocking: Bool
  package var flags: UInt32
  package var priority: Int32
  /// The number of the call that made it; 0 for the default streams and for one that the trace did not see made.
  package var createdBy: Int
  package var destroyedBy: Int?

  package var isAlive: Bool { destroyedBy == nil }
  package var isLegacy: Bool { kind == .legacy }
}

/// An event that exists or existed.
package struct EventState: Sendable, Hashable {
  /// `cudaEventDisableTiming`
  package static let disableTiming: UInt32 = 2
  /// `cudaEventInterprocess`
  package static let interprocess: UInt32 = 4

  /// Unique over all events of a run, from 1 in the order of creation.
  package var id: Int
  /// What messages call it: `e1`.
  package var name: String
  package var handle: Address
  package var flags: UInt32
  package var device: Int32
  /// The number of the call that made it; 0 for one that the trace did not see made.
  package var createdBy: Int
  package var destroyedBy: Int?
  /// Whether other processes may record it and wait for it too.
  package var isShared = false
  /// The newest record; nil when it was never recorded, or last in a capture.
  package var record: Record?
  /// The newest record, when it was made in a capturing stream.
  package var captured: CapturedRecord?

  package var isAlive: Bool { destroyedBy == nil }

  package struct Record: Sendable, Hashable {
    /// The number of the call.
    package var number: Int
    /// The id of the stream.
    package var stream: Int
    /// The work that the record captured.
    package var work: WorkReference
  }

  /// A record in a capturing stream: it stands for nodes, not for work.
  package struct CapturedRecord: Sendable, Hashable {
    /// The number of the call.
    package var number: Int
    /// The id of the capture.
    package var capture: Int
    /// The ids of the nodes that it stands behind.
    package var nodes: [Int]
  }
}

/// Streams, events or graphs by id and by handle, the dead included. Ids count from 1 without a gap.
struct HandleTable<State: Sendable>: Sendable {
  private(set) var all: [State] = []
  /// The newest owner of each handle.
  private var owners: [Address: Int] = [:]

  subscript(id: Int) -> State? {
    get { id >= 1 && id <= all.count ? all[id - 1] : nil }
    set {
      guard let newValue, id >= 1, id <= all.count else { return }
      all[id - 1] = newValue
    }
  }

  /// The id of the newest owner of `handle`, alive or not.
  func id(_ handle: Address) -> Int? { owners[handle] }

  /// The newest state with `handle`, alive or not.
  func newest(_ handle: Address) -> State? { owners[handle].map { all[$0 - 1] } }

  /// Changes the state with `id` in place.
  mutating func update(_ id: Int, _ change: (inout State) -> Void) {
    guard id >= 1, id <= all.count else { return }
    change(&all[id - 1])
  }

  /// Makes `id` the newest owner of `handle`.
  mutating func assign(_ handle: Address, to id: Int) { owners[handle] = id }

  /// Adds the state with the next id.
  mutating func append(_ state: State, handle: Address?) {
    all.append(state)
    if let handle { owners[handle] = all.count }
  }
}
