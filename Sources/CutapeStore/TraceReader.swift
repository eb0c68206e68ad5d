/// Reads a trace, finished or not, and never changes it.

package import CutapeTrace
import GRDB

/// The reader of one trace.
package final class TraceReader: Sendable {
  /// The file.
  package let path: String
  package let metadata: Metadata
  /// The dictionaries of the trace: functions, threads, call sites; and how many calls were lost.
  package let trace: Trace
  package let modules: [RecordedModule]
  /// How calls were looked for; nil when the trace does not say it.
  package let coverage: Coverage?
  let queue: DatabaseQueue
  private let isOrdered: Bool
  private let hasContents: Bool
  private let layouts: [UInt16: CallLayout]

  /// Opens the trace at `path`.
  package init(_ path: String) throws(StoreError) {
    try TraceFile.check(path)
    self.path = path
    do {
      queue = try ReadOnlyConnection.open(path)
      let dictionaries = try queue.read { try Dictionaries($0, path: path) }
      metadata = dictionaries.metadata
      trace = dictionaries.trace
      modules = dictionaries.modules
      hasContents = dictionaries.hasContents
      coverage = try queue.read(Coverage.init)
      isOrdered = dictionaries.isOrdered
      layouts = dictionaries.layouts
    } catch {
      throw StoreError.of(error, path: path)
    }
  }

  /// How many calls the trace has.
  package func count() throws(StoreError) -> Int {
    do {
      return try queue.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM call") ?? 0 }
    } catch {
      throw StoreError.of(error, path: path)
    }
  }

  /// How many contents of sources the trace has, and how many bytes they have together.
  package func contentCount() throws(StoreError) -> (contents: Int, bytes: UInt64) {
    guard hasContents else { return (0, 0) }
    do {
      let row = try queue.read {
        try Row.fetchOne($0, sql: "SELECT count(*), COALESCE(sum(bytes), 0) FROM content")
      }
      guard let row, let contents = Int.fromDatabaseValue(row[0]),
        let bytes = UInt64.fromDatabaseValue(row[1])
      else { throw StoreError.damaged(path: path, reason: "its contents cannot be counted") }
      return (contents, bytes)
    } catch {
      throw StoreError.of(error, path: path)
    }
  }

  /// The contents of sources; nil when the trace has none.
  package func contents() throws(StoreError) -> ContentReader? {
    try contentCount().contents > 0 ? ContentReader(path) : nil
  }

  /// Calls `body` with every event, in order.
  ///
  /// Throws a ``StoreError`` when the trace is damaged, or what `body` throws.
  package func forEachEvent(_ body: (Event) throws -> Void) throws {
    let outcome: Result<Void, any Error> = read { database in
      var scan = try CallScan(database, trace: trace, layouts: layouts, isOrdered: isOrdered, path: path)
      var thrown: (any Error)?
      while let event = try scan.next() {
        do { try body(event) } catch {
          thrown = error
          break
        }
      }
      return thrown
    }
    try outcome.get()
  }

  /// All events, in order: for short traces.
  package func events() throws(StoreError) -> [Event] {
    var events: [Event] = []
    do { try forEachEvent { events.append($0) } } catch { throw StoreError.of(error, path: path) }
    return events
  }

  /// Runs `body` on the connection; an error that it throws is the database's, one that it returns is the caller's.
  private func read(_ body: (Database) throws -> (any Error)?) -> Result<Void, any Error> {
    do {
      if let callers = try queue.read(body) { return .failure(callers) }
      return .success(())
    } catch {
      return .failure(StoreError.of(error, path: path))
    }
  }
}
