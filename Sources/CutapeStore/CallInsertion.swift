/// The fast way into the table `call`: SQLite's C API on GRDB's connection, many rows a statement.
///
/// GRDB's own insertion costs several times as much for a row, and a row is all that a recorder has time for.

import GRDB
import GRDBSQLite

/// One row of the table `call`.
struct CallRow {
  var id: Int64 = 0
  var time: Int64 = 0
  var duration: Int64?
  var shape: Int64 = 0
  var result: Int32 = 0
  var a: Int64?
  var b: Int64?
  var c: Int64?
  /// Empty for NULL.
  var rest: [UInt8] = []
}

/// Inserts rows, in chunks of ``chunk``.
struct CallInsertion {
  /// Rows of one statement: more gain nothing.
  static let chunk = 40

  private static let columns = 9
  private let one: Statement
  private let many: Statement

  init(_ database: Database) throws {
    let row = "(?, ?, ?, ?, ?, ?, ?, ?, ?)"
    let rows = Array(repeating: row, count: Self.chunk).joined(separator: ", ")
    one = try database.cachedStatement(sql: "INSERT INTO call VALUES \(row)")
    many = try database.cachedStatement(sql: "INSERT INTO call VALUES \(rows)")
  }

  /// Inserts `rows`; throws the database's error.
  func insert(_ rows: ArraySlice<CallRow>) throws {
    var rest = rows
    while rest.count >= Self.chunk {
      try run(many, rest.prefix(Self.chunk))
      rest = rest.dropFirst(Self.chunk)
    }
    for index in rest.indices { try run(one, rest[index...index]) }
  }

  private func run(_ statement: Statement, _ rows: ArraySlice<CallRow>) throws {
    let handle = statement.sqliteStatement
    defer { sqlite3_reset(handle) }
    var position: Int32 = 0
    for row in rows {
      sqlite3_bind_int64(handle, position + 1, row.id)
      sqlite3_bind_int64(handle, position + 2, row.time)
      Self.bind(row.duration, to: position + 3, of: handle)
      sqlite3_bind_int64(handle, position + 4, row.shape)
      Self.bind(row.result == 0 ? nil : Int64(row.result), to: position + 5, of: handle)
      Self.bind(row.a, to: position + 6, of: handle)
      Self.bind(row.b, to: position + 7, of: handle)
      Self.bind(row.c, to: position + 8, of: handle)
      if row.rest.isEmpty {
        sqlite3_bind_null(handle, position + 9)
      } else {
        // SQLITE_TRANSIENT (-1): SQLite keeps a copy, since the array may move.
        let copy = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        sqlite3_bind_blob(handle, position + 9, row.rest, Int32(row.rest.count), copy)
      }
      position += Int32(Self.columns)
    }
    let code = sqlite3_step(handle)
    guard code == SQLITE_DONE else {
      let connection = sqlite3_db_handle(handle)
      throw DatabaseError(
        resultCode: ResultCode(rawValue: sqlite3_extended_errcode(connection)),
        message: String(cString: sqlite3_errmsg(connection)))
    }
  }

  private static func bind(_ value: Int64?, to position: Int32, of statement: OpaquePointer) {
    if let value {
      sqlite3_bind_int64(statement, position, value)
    } else {
      sqlite3_bind_null(statement, position)
    }
  }
}
