/// The rows of `coverage` and `library`, in and out.

import GRDB

extension Coverage {
  /// Writes it, in place of what was there.
  func store(_ database: Database) throws {
    try database.execute(
      sql: "INSERT OR REPLACE INTO coverage VALUES (1, ?, ?, ?, ?)",
      arguments: [via.rawValue, reason, keepsNested, looks])
    try database.execute(sql: "DELETE FROM library; DELETE FROM library_need")
    for library in libraries {
      try database.execute(
        sql: "INSERT OR REPLACE INTO library VALUES (?, ?, ?, ?)",
        arguments: [library.path, library.kind.rawValue, library.soname, library.buildID])
      for (position, soname) in library.needs.enumerated() {
        try database.execute(
          sql: "INSERT OR REPLACE INTO library_need VALUES (?, ?, ?)",
          arguments: [library.path, position, soname])
      }
    }
  }

  /// What a trace has; nil when it is of a version without.
  init?(_ database: Database) throws {
    guard try Schema.has("library_need", database),
      let row = try Row.fetchOne(database, sql: "SELECT via, reason, nested, looks FROM coverage")
    else { return nil }
    // What is damaged counts as not known: nothing is judged by it.
    self.init(
      via: String.fromDatabaseValue(row[0]).flatMap(Via.init) ?? .preload,
      reason: String.fromDatabaseValue(row[1]) ?? "", keepsNested: Int.fromDatabaseValue(row[2]) == 1,
      looks: Int.fromDatabaseValue(row[3]) ?? 0)
    libraries = try Row.fetchAll(
      database, sql: "SELECT path, kind, soname, build_id FROM library ORDER BY path"
    ).compactMap { row in
      guard let path = String.fromDatabaseValue(row[0]),
        let kind = String.fromDatabaseValue(row[1]).flatMap(RecordedLibrary.Kind.init)
      else { return nil }
      let needs = try Row.fetchAll(
        database, sql: "SELECT soname FROM library_need WHERE path = ? ORDER BY position", arguments: [path])
      return RecordedLibrary(
        path: path, kind: kind, soname: String.fromDatabaseValue(row[2]) ?? "",
        buildID: String.fromDatabaseValue(row[3]) ?? "",
        needs: needs.compactMap { String.fromDatabaseValue($0[0]) })
    }
  }
}
