// How far a copy or a memset is when its call returns.
//
// Source: CUDA Runtime API, "API synchronization behavior" (13.x), and for the observed profile what public test
// suites expect of hardware. Where the documentation says "might be synchronous", `doc` takes the weaker reading.

/// The class of memory that decides how a copy with it synchronises.
///
/// *Pageable* is ordinary host memory, *pinned* is page-locked or registered host memory, *device* is everything
/// that lives on a device (arrays and variables too).
package enum MemoryClass: String, Sendable, Hashable, CaseIterable {
  case pageable, pinned, device, managed

  package var isHost: Bool { self == .pageable || self == .pinned }

  package init(_ kind: MemoryObject.Kind) {
    switch kind {
    case .device, .async, .array, .symbol, .physical, .mapped: self = .device
    case .managed: self = .managed
    case .pinned, .registered: self = .pinned
    }
  }
}

/// Which promises hold: those of the documentation alone, or what hardware is known to do.
package enum Profile: String, Sendable, Hashable, CaseIterable {
  case doc, observed
}

/// What the calling thread knows about an operation when the call returns.
package struct HostSynchronization: Sendable, Hashable {
  /// How far the operation itself is.
  package enum Completion: Int, Sendable, Hashable, Comparable {
    /// Nothing: source and destination are both still in use.
    case none
    /// The source has been read; the destination may not be written yet.
    case sourceRead
    /// The operation is complete.
    case complete

    package static func < (left: Completion, right: Completion) -> Bool { left.rawValue < right.rawValue }
  }

  /// Whether the call waits for the earlier work of its stream, whatever becomes of its own.
  package var waitsForStream: Bool
  package var completion: Completion

  package init(waitsForStream: Bool, completion: Completion) {
    self.waitsForStream = waitsForStream
    self.completion = completion
  }

  /// The call returns at once.
  package static let none = HostSynchronization(waitsForStream: false, completion: .none)
  /// The call returns when the operation is complete, and with it what precedes it in its stream.
  package static let full = HostSynchronization(waitsForStream: true, completion: .complete)

  /// The synchronisation of a copy (all but peer copies without a host operand, see ``peerCopy``).
  package static func copy(
    to destination: MemoryClass, from source: MemoryClass, isAsync: Bool, profile: Profile
  ) -> HostSynchronization {
    switch (destination.isHost, source.isHost) {
    case (true, true):
      return .full
    case (false, false):
      return .none
    case (false, true):
      guard source == .pageable else { return isAsync ? .none : .full }
      switch (isAsync, profile) {
      case (false, .doc): return HostSynchronization(waitsForStream: true, completion: .sourceRead)
      case (false, .observed): return .full
      case (true, .doc): return .none
      case (true, .observed): return HostSynchronization(waitsForStream: false, completion: .sourceRead)
      }
    case (true, false):
      guard isAsync else { return .full }
      return destination == .pageable && profile == .observed ? .full : .none
    }
  }

  /// The synchronisation of `cudaMemcpyPeer` and its kin: none, though they are serialised with the devices' work.
  package static let peerCopy = none

  /// The synchronisation of a memset: the synchronous form waits only where the target is pinned host memory.
  package static func fill(_ destination: MemoryClass, isAsync: Bool) -> HostSynchronization {
    destination.isHost && !isAsync ? .full : .none
  }
}
