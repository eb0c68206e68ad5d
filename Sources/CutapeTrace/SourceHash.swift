/// What the shim wrote down of the source of a copy in host memory.
package enum SourceHash: Sendable, Hashable {
  /// Before the next copy of the thread: the hash of its source, or of that of one entry of a batch. `token` names
  /// the source in later records.
  case submitted(token: UInt64, entry: Int, bytes: UInt64, hash: UInt64)
  /// Behind a call that may have waited for the copy: its source has another hash by now.
  case changed(token: UInt64, hash: UInt64)

  /// What `event` says; nil when it is no record of a source.
  package init?(_ event: Event, _ function: Function) {
    switch function.effect {
    case .shimSource where event.arguments.count == 4:
      self = .submitted(
        token: event.arguments[0], entry: Int(truncatingIfNeeded: event.arguments[1] & 0xffff_ffff),
        bytes: event.arguments[2], hash: event.arguments[3])
    case .shimSourceChanged where event.arguments.count == 2:
      self = .changed(token: event.arguments[0], hash: event.arguments[1])
    default: return nil
    }
  }
}
