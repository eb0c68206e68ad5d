/// What a recording keeps of the bytes that copies move.

private import CutapeABI

/// The modes of `record --payload`.
package enum PayloadMode: String, Sendable, Hashable, CaseIterable {
  case none
  /// A hash of the source of each copy from host memory, and whether it changed while the copy was pending.
  case hash
  /// The bytes as well, as far as there is room.
  case full

  /// As the spool has it.
  var wire: UInt32 {
    switch self {
    case .none: UInt32(CUT_PAYLOAD_NONE)
    case .hash: UInt32(CUT_PAYLOAD_HASH)
    case .full: UInt32(CUT_PAYLOAD_FULL)
    }
  }
}
