/// Where drained calls go: a trace file, or memory in tests.

package import CutapeTrace
package import CutapeWire

/// Takes the calls of a recording in their final order.
package protocol CallSink: AnyObject {
  func add(_ thread: RecordedThread) throws
  func add(_ module: ShimModule) throws
  /// Adds a call site under a key of the caller's choosing, from 1 upwards.
  func add(_ site: CallSite, key: Int) throws
  /// Adds frames of call stacks, numbered from `first` on.
  func add(_ frames: [StackFrame], from first: Int) throws
  /// Adds calls behind all others, durably, and all of them or none. Returns the number of the first; the others
  /// follow it.
  func append(_ events: [Event]) throws -> Int
  /// Whether all bytes of a content are there.
  func hasContent(_ key: ContentKey) throws -> Bool
  /// Adds bytes of contents, all of the batch or nothing.
  func add(_ contents: ContentBatch) throws
  /// Says how a call ended that was in flight when it was added.
  func complete(_ number: Int, with event: Event) throws
}
