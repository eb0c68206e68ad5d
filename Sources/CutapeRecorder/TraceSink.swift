/// A trace file as the place where drained calls go.

package import CutapeStore
package import CutapeTrace
package import CutapeWire

/// Passes drained calls to a trace writer.
package final class TraceSink: CallSink {
  /// The trace; another one only before the first call.
  package var writer: TraceWriter

  package init(_ writer: TraceWriter) {
    self.writer = writer
  }

  package func add(_ thread: RecordedThread) throws {
    try writer.setThread(thread)
  }

  package func add(_ module: ShimModule) throws {
    try writer.addModule(
      RecordedModule(
        path: module.path, loadBias: module.loadBias, end: module.end, build: module.build))
  }

  package func add(_ site: CallSite, key: Int) throws {
    try writer.setSite(key, site)
  }

  package func add(_ frames: [StackFrame], from first: Int) throws { try writer.add(frames, from: first) }

  package func append(_ events: [Event]) throws -> Int {
    let first = writer.count + 1
    try writer.append(events)
    return first
  }

  package func hasContent(_ key: ContentKey) throws -> Bool { try writer.hasContent(key) }

  package func add(_ contents: ContentBatch) throws { try writer.add(contents) }

  package func complete(_ number: Int, with event: Event) throws {
    try writer.complete(number, with: event)
  }
}
