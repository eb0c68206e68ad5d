/// The format of a trace: how a file says that it is one, of which version, and the steps from version to version.
///
/// `PRAGMA application_id` names the program, `PRAGMA user_version` the version. The comments in the SQL are kept
/// by SQLite: `sqlite3 FILE .schema` explains a trace without this program, and Schema.md is made from them.

import GRDB

enum Schema {
  /// "CUTA": the application id in the header of the file.
  static let applicationID: Int32 = 0x4355_5441

  /// One step, in a file of its own under Migrations/. Never edited once released: traces in that version exist.
  struct Migration: Sendable {
    /// The version that the step leads to.
    var version: Int
    var sql: String
  }

  static let migrations = [initial, origins, contents, coverage, remarks, stacks]

  /// The version that this build writes, and the newest that it reads.
  static let version = migrations.map(\.version).max() ?? 0

  /// Whether the trace is of a version that has `object`, a table or a view; older ones stay as they are.
  static func has(_ object: String, _ database: Database) throws -> Bool {
    try Int.fetchOne(database, sql: "SELECT 1 FROM sqlite_schema WHERE name = ?", arguments: [object]) != nil
  }

  /// Built when the recording ends, since every index slows the insertion down. They cover rare rows only, so a
  /// recorded copy stays small; the calls themselves are read in one ordered scan.
  static let indexes = """
    CREATE INDEX call_failed ON call (result) WHERE result IS NOT NULL;
    CREATE INDEX call_in_flight ON call (duration) WHERE duration IS NULL;
    CREATE INDEX shape_function ON shape (function);
    CREATE INDEX shape_site ON shape (site);
    """

  /// Makes an empty database a trace of the newest version.
  static func create(_ database: Database) throws {
    try database.execute(sql: "PRAGMA application_id = \(applicationID)")
    for migration in migrations { try database.execute(sql: migration.sql) }
    try database.execute(sql: "PRAGMA user_version = \(version)")
  }
}
