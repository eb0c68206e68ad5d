package import CutapeTrace

/// Two operations that touch the same bytes, at least one of them writing, with no order between them.
package struct Conflict: Sendable {
  /// The operation that was submitted first.
  package var earlier: SubmittedOperation
  /// The other: the step's own, or a node of the graph that it launches; nil for a release by the host.
  package var later: SubmittedOperation?
  package var earlierWrites: Bool
  package var laterWrites: Bool
  /// The id of the object, and the first run of shared bytes in it.
  package var object: Int
  package var range: ByteRange
  /// How many bytes they share in all.
  package var bytes: UInt64
  /// Whether they are unordered on hardware too, not only by what is promised.
  package var isObserved: Bool
  /// What orders them on hardware, where that is known.
  package var habit: Habit?
  /// The edge that the program tried to make.
  package var missed: MissedEdge?
  /// Whether the later operation is a batch that may read the bytes out of stream order: see
  /// ``Copy/sourceAccessOrder``.
  package var isEarlyRead = false

  /// Why two operations are ordered on hardware where the documentation does not promise it.
  package struct Habit: Sendable, Hashable {
    package enum Reason: Sendable, Hashable {
      /// `cudaFree`, `cudaFreeHost`, `cudaFreeArray` wait for the device.
      case free
      /// `CUDA_LAUNCH_BLOCKING`: a launch waits for its kernel.
      case launchBlocking
      /// A synchronous copy from pageable memory is complete when it returns.
      case pageableUpload
      /// An asynchronous copy to pageable memory is complete when it returns.
      case pageableDownload
    }

    package var reason: Reason
    /// The number of the call that waited.
    package var number: Int
  }
}

/// A conflict as the shadow finds it, before the operation is looked up.
struct RawConflict {
  var access: Access
  var earlierWrites: Bool
  var laterWrites: Bool
  var object: Int
  var first: ByteRange
  var bytes: UInt64
  var isObserved: Bool
}
