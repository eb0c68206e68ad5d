/// Makes the page about the format of a trace from the schema itself: SQLite keeps the comments in it.

import GRDB

@testable import CutapeStore

/// The Markdown page, and what is missing in it.
struct SchemaPage {
  private(set) var markdown = """
    # The format of a trace, version \(Schema.version)

    A trace is one SQLite file with application id \(Schema.applicationID) ("CUTA") and the version of the format in
    `user_version`. The tables are narrow, for machines; the views have names, units and labels, for people:

        sqlite3 run.cutape "SELECT direction, count(*), sum(bytes) FROM copies GROUP BY direction"

    64-bit words (addresses, handles, sizes) are stored in SQLite's signed integers with the same bits. While a program
    is being recorded the file is in WAL mode, and belongs with its `-wal` file; a finished trace is one file.

    Made from the comments in the schema (Migrations/). Write it again with
    `CUTAPE_REWRITE=1 swift test --filter SchemaPageTests`.

    """
  /// Tables and columns that have no comment.
  private(set) var undocumented: [String] = []

  init(_ database: Database) throws {
    let objects = try Row.fetchAll(
      database,
      sql: "SELECT type, name, sql FROM sqlite_schema WHERE type IN ('table', 'view') ORDER BY rowid")
    for type in ["table", "view"] {
      markdown += "\n## \(type == "table" ? "Tables" : "Views")\n"
      for object in objects where object["type"] == type {
        try add(name: object["name"], sql: object["sql"], isTable: type == "table", database)
      }
    }
  }

  private mutating func add(name: String, sql: String, isTable: Bool, _ database: Database) throws {
    let lines = sql.split(separator: "\n").map { $0.trimmingPrefix { $0 == " " } }
    let about = lines.first { $0.hasPrefix("-- ") }?.dropFirst(3)
    if about == nil { undocumented.append(name) }
    markdown += "\n### \(name)\n\n\(about ?? "")\n\n"
    markdown += isTable ? "| column | type | |\n| --- | --- | --- |\n" : "| column | |\n| --- | --- |\n"
    for column in try Row.fetchAll(
      database, sql: "SELECT name, type FROM pragma_table_info(?)", arguments: [name])
    {
      let columnName: String = column["name"]
      let text = lines.lazy.compactMap { Self.comment(on: columnName, in: $0, isTable: isTable) }.first
      if text == nil { undocumented.append("\(name).\(columnName)") }
      let type: String = column["type"]
      markdown += "| `\(columnName)` | \(isTable ? "\(type) | " : "")\(text ?? "") |\n"
    }
  }

  /// The comment of `line` when the line defines `column`: its first word in a table, its last in a view.
  private static func comment(on column: String, in line: Substring, isTable: Bool) -> Substring? {
    guard let start = line.firstRange(of: " -- ") else { return nil }
    let words = line[..<start.lowerBound].split { $0 == " " || $0 == "," || $0 == "\"" || $0 == "(" }
    return (isTable ? words.first : words.last) == column[...] ? line[start.upperBound...] : nil
  }
}
