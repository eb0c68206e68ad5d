/// Writes a trace while the program runs.
///
/// The file is a trace from the first moment: readers may open it at any time, and what a killed writer leaves behind
/// says that it is unfinished. While recording it is in SQLite's WAL mode; ``finish()`` makes it a single file.

package import CutapeTrace
import Foundation
import GRDB

/// The writer of one trace; used by one thread at a time.
package final class TraceWriter {
  /// The file.
  package let path: String
  let queue: DatabaseQueue
  /// How many calls the trace has: the number of the last one.
  package var count: Int { order.count }
  private let functions: FunctionTable
  private var encoder: CallEncoder
  private var order = ArrivalOrder()
  private let start: ContinuousClock.Instant

  /// Makes a trace at `path`.
  ///
  /// - Parameters:
  ///   - functions: all that events may name; the trace keeps those that were called.
  ///   - overwriting: whether a file that is there may be replaced.
  package init(
    creatingAt path: String, metadata: Metadata, functions: FunctionTable, overwriting: Bool = false
  ) throws(StoreError) {
    self.path = path
    self.functions = functions
    encoder = CallEncoder(functions: functions)
    start = .now
    try Self.reserve(path, overwriting: overwriting)
    var isMade = false
    // What cannot be made is not left half made.
    defer { if !isMade { Self.remove(path) } }
    do {
      var configuration = Configuration()
      configuration.label = "cutape.trace"
      configuration.busyMode = .timeout(1)
      queue = try DatabaseQueue(path: TraceFile.plainPath(path), configuration: configuration)
      try queue.writeWithoutTransaction { database in
        // Nothing can be lost yet, and a program waits for its start: no time for the disk.
        try database.execute(sql: "PRAGMA synchronous = OFF")
        // The schema is there before the WAL: the file's header says what it is from then on.
        try database.inTransaction {
          try Schema.create(database)
          try Self.insert(metadata, into: database)
          return .commit
        }
        try database.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL")
        try database.execute(sql: "PRAGMA wal_autocheckpoint = 4000")
      }
      isMade = true
    } catch {
      throw StoreError.of(error, path: path)
    }
  }

  /// Appends calls in one transaction; their numbers are given here, in order.
  ///
  /// Events should come in the order of effect. Late ones are accepted: ``finish()`` puts them where they belong, and
  /// numbers change. After an error nothing of `events` is stored, and the writer can go on.
  package func append(_ events: some Collection<Event>) throws(StoreError) {
    guard !events.isEmpty else { return }
    try change { try store(events, $0) }
  }

  /// Says how call `number` ended, which was in flight when it was appended: `event` is the whole call.
  package func complete(_ number: Int, with event: Event) throws(StoreError) {
    try change { database in
      let row = try encoder.encode(event, database)
      try database.cachedStatement(
        sql: "UPDATE call SET duration = ?, shape = ?, result = ?, a = ?, b = ?, c = ?, rest = ? WHERE id = ?"
      ).execute(arguments: [
        row.duration, row.shape, row.result == 0 ? nil : row.result, row.a, row.b, row.c,
        row.rest.isEmpty ? nil : Data(row.rest), number,
      ])
      // The end of such a call is its place in the order.
      if functions[event.function]?.effect.isAtReturn == true { order.move(to: encoder.timeOfEffect(event)) }
    }
  }

  /// Runs `body` in a transaction; when that fails, what the writer remembers is what is in the file.
  private func change(_ body: (Database) throws -> Void) throws(StoreError) {
    let before = (encoder: encoder.mark, order: order)
    do {
      try queue.write { database in
        try body(database)
        if before.order.isOrdered, !order.isOrdered {
          try database.execute(sql: "UPDATE recording SET ordered = 0")
        }
      }
    } catch {
      encoder.rollBack(to: before.encoder)
      order = before.order
      throw StoreError.of(error, path: path)
    }
  }

  private func store(_ events: some Collection<Event>, _ database: Database) throws {
    let insertion = try CallInsertion(database)
    var rows: [CallRow] = []
    rows.reserveCapacity(min(events.count, 4096))
    for event in events {
      var row = try encoder.encode(event, database)
      if let epoch = order.append(begin: event.begin, effect: encoder.timeOfEffect(event)) {
        try database.cachedStatement(sql: "INSERT INTO epoch VALUES (?, ?)").execute(arguments: [
          epoch, order.epoch,
        ])
      }
      row.id = Int64(order.count)
      row.time = event.begin &- order.epoch
      rows.append(row)
      if rows.count == 4096 {
        try insertion.insert(rows[...])
        rows.removeAll(keepingCapacity: true)
      }
    }
    try insertion.insert(rows[...])
  }

  /// Stores a thread, or replaces the one of its number.
  package func setThread(_ thread: RecordedThread) throws(StoreError) {
    try execute(
      "INSERT OR REPLACE INTO thread VALUES (?, ?, ?)", [thread.number, thread.systemID, thread.name])
  }

  /// Stores a module, or replaces the one that was loaded at the same place.
  package func addModule(_ module: RecordedModule) throws(StoreError) {
    let place = Int64(bitPattern: module.loadBias)
    try execute(
      "DELETE FROM build WHERE module IN (SELECT id FROM module WHERE path = ? AND load_bias IS ?)",
      [module.path, place])
    try execute("DELETE FROM module WHERE path = ? AND load_bias IS ?", [module.path, place])
    try execute(
      "INSERT INTO module (path, load_bias, \"end\") VALUES (?, ?, ?)",
      [module.path, place, Int64(bitPattern: module.end)])
    if let build = module.build {
      try execute("INSERT INTO build SELECT max(id), ? FROM module", [build])
    }
  }

  /// Stores a clause that whoever reads the trace should know.
  package func addRemark(_ text: String) throws(StoreError) {
    try execute("INSERT INTO remark (text) VALUES (?)", [text])
  }

  /// Stores a call site under `key` (from 1; ``Event/site``), or replaces it: its line may become known later.
  package func setSite(_ key: Int, _ site: CallSite) throws(StoreError) {
    try execute(
      "INSERT INTO module (path) SELECT ? WHERE NOT EXISTS (SELECT 1 FROM module WHERE path = ?)",
      [site.module, site.module])
    try execute(
      """
      INSERT OR REPLACE INTO site
      SELECT ?, ?, (SELECT max(id) FROM module WHERE path = ?), ?, ?, ?, ?
      """,
      [
        key, Int64(bitPattern: site.address), site.module, Int64(bitPattern: site.offset), site.function,
        site.file,
        site.line,
      ])
    for (position, inlined) in site.inlined.enumerated() {
      try execute(
        "INSERT OR REPLACE INTO inlined VALUES (?, ?, ?, ?, ?)",
        [key, position, inlined.function, inlined.file, inlined.line])
    }
  }

  /// Says how many calls could not be recorded, in total.
  package func setLost(_ lost: Int) throws(StoreError) {
    try execute("UPDATE recording SET lost = ?", [lost])
  }

  /// Says what was not kept of the bytes of copies, in total; nil when none were to be kept.
  package func setLeftOut(_ leftOut: LeftOut?) throws(StoreError) {
    guard let leftOut else { return }
    try execute(
      "INSERT OR REPLACE INTO payload VALUES (1, ?, ?)", [leftOut.sources, Int64(bitPattern: leftOut.bytes)])
  }

  /// Says how calls were looked for, and what there was to find; replaces what was said before.
  package func setCoverage(_ coverage: Coverage) throws(StoreError) {
    do { try queue.write(coverage.store) } catch { throw StoreError.of(error, path: path) }
  }

  /// Says which program is recorded, when that is known only after the trace was made: what `metadata` has of the
  /// process, its program, arguments, directory and environment.
  package func setProgram(_ metadata: Metadata) throws(StoreError) {
    do {
      try queue.write { database in
        try database.execute(
          sql: "UPDATE recording SET program = ?, working_directory = ?, process = ?",
          arguments: [metadata.program, metadata.workingDirectory, metadata.process])
        try database.execute(sql: "DELETE FROM argument; DELETE FROM environment")
        try Self.insertSurroundings(metadata, into: database)
      }
    } catch {
      throw StoreError.of(error, path: path)
    }
  }

  /// Gives the trace up, of which nothing is left.
  package func discard() {
    try? queue.close()
    Self.remove(path)
  }

  /// Says how the program ended.
  package func setEnding(_ ending: Ending) throws(StoreError) {
    let (kind, value): (String, Int32?) =
      switch ending {
      case .exited(let status): ("exited", status)
      case .signal(let number): ("signal", number)
      case .unknown: ("unknown", nil)
      }
    try execute("UPDATE recording SET ending = ?, ending_value = ?", [kind, value])
  }

  /// Ends the recording: orders the calls, builds the indexes, and folds the write-ahead log into the file.
  ///
  /// - Parameter duration: the length of the recording in nanoseconds; by default since this writer was made.
  package func finish(duration: Int64? = nil) throws(StoreError) {
    let elapsed = (ContinuousClock.now - start).components
    let length = duration ?? elapsed.seconds * 1_000_000_000 + elapsed.attoseconds / 1_000_000_000
    do {
      try queue.write { database in
        if !order.isOrdered { try CallOrder.renumber(database, from: order.firstUnordered) }
        if encoder.hasParts { try Parents.store(database) }
        try database.execute(sql: Schema.indexes)
        try database.execute(
          sql: "UPDATE recording SET state = 'finished', ordered = 1, duration = ?", arguments: [length])
      }
      try queue.writeWithoutTransaction(Self.foldLog)
      try queue.close()
    } catch {
      throw StoreError.of(error, path: path)
    }
  }

  /// Makes the trace one file. While somebody reads it that cannot be: then it stays as it is, which loses nothing.
  private static func foldLog(_ database: Database) throws {
    do {
      try database.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE")
    } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {}
  }

  private func execute(_ sql: String, _ arguments: StatementArguments) throws(StoreError) {
    do {
      try queue.write { try $0.cachedStatement(sql: sql).execute(arguments: arguments) }
    } catch {
      throw StoreError.of(error, path: path)
    }
  }
}

extension TraceWriter {
  /// Makes the file, which must not be there, or removes the one that is.
  private static func reserve(_ path: String, overwriting: Bool) throws(StoreError) {
    if overwriting, let error = remove(path) {
      throw .cannotCreate(path: path, reason: String(cString: strerror(error)))
    }
    let descriptor = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      if errno == EEXIST { throw .exists(path: path) }
      throw .cannotCreate(path: path, reason: String(cString: strerror(errno)))
    }
    close(descriptor)
  }

  /// Removes a trace and what SQLite keeps beside it. Returns the error number of what cannot be removed.
  @discardableResult
  private static func remove(_ path: String) -> Int32? {
    for suffix in ["", "-wal", "-shm", "-journal"] where unlink(path + suffix) != 0 && errno != ENOENT {
      return errno
    }
    return nil
  }

  private static func insert(_ metadata: Metadata, into database: Database) throws {
    try database.execute(
      sql: """
        INSERT INTO recording
          (id, state, cutape_version, program, working_directory, process, host, start, clock, lost, from_start)
        VALUES (1, 'recording', ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        metadata.cutapeVersion, metadata.program, metadata.workingDirectory, metadata.process, metadata.host,
        metadata.start, metadata.clock.rawValue, metadata.lost, metadata.isFromStart,
      ])
    try insertSurroundings(metadata, into: database)
  }

  private static func insertSurroundings(_ metadata: Metadata, into database: Database) throws {
    for (position, value) in metadata.arguments.enumerated() {
      try database.execute(sql: "INSERT INTO argument VALUES (?, ?)", arguments: [position, value])
    }
    for (name, value) in metadata.environment {
      try database.execute(sql: "INSERT INTO environment VALUES (?, ?)", arguments: [name, value])
    }
  }
}
