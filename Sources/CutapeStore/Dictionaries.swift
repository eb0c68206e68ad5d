/// Everything of a trace but its calls: small, and read at once.

import CutapeTrace
import GRDB

/// The dictionaries of a trace.
struct Dictionaries: Sendable {
  var metadata: Metadata
  var trace: Trace
  var modules: [RecordedModule]
  var layouts: [UInt16: CallLayout]
  var isOrdered: Bool
  /// Whether the format has a place for contents: since version 3.
  var hasContents: Bool
  init(_ database: Database, path: String) throws {
    guard
      let row = try Row.fetchOne(
        database,
        sql: """
          SELECT state, ordered, cutape_version, program, working_directory, process, host, start, duration, clock,
            ending, ending_value, lost, from_start FROM recording
          """)
    else {
      throw StoreError.damaged(path: path, reason: "it has no recording")
    }
    metadata = try Self.metadata(row, database)
    isOrdered = try Self.number("ordered", row) != 0
    hasContents = try Schema.has("content", database)
    if hasContents { metadata.leftOut = try Self.leftOut(database) }
    let functions = try Self.functions(database, path: path)
    layouts = functions.layouts
    trace = Trace(
      functions: FunctionTable(functions.all),
      threads: try Row.fetchAll(database, sql: "SELECT id, system_id, name FROM thread ORDER BY id").map {
        row in
        RecordedThread(
          number: try Self.number("id", row), systemID: try Self.number("system_id", row),
          name: Self.text("name", row))
      },
      sites: try Self.sites(database), stacks: try Self.stacks(database), lost: metadata.lost,
      isFromStart: metadata.isFromStart)
    modules = try Self.modules(database)
  }

  private static func modules(_ database: Database) throws -> [RecordedModule] {
    let build = try Schema.has("build", database) ? "(SELECT identity FROM build WHERE module = id)" : "NULL"
    return try Row.fetchAll(
      database,
      sql: """
        SELECT path, load_bias, "end", \(build) AS build FROM module WHERE load_bias IS NOT NULL ORDER BY id
        """
    ).map { row in
      RecordedModule(
        path: text("path", row), loadBias: UInt64(bitPattern: Int64(try number("load_bias", row))),
        end: UInt64(bitPattern: Int64(try number("end", row))), build: optionalText("build", row))
    }
  }

  private static func metadata(_ row: Row, _ database: Database) throws -> Metadata {
    var metadata = Metadata(
      cutapeVersion: text("cutape_version", row), program: text("program", row),
      arguments: try Row.fetchAll(database, sql: "SELECT value FROM argument ORDER BY position")
        .map { text("value", $0) },
      workingDirectory: text("working_directory", row),
      environment: Dictionary(
        try Row.fetchAll(database, sql: "SELECT name, value FROM environment")
          .map { (text("name", $0), text("value", $0)) }, uniquingKeysWith: { $1 }),
      process: try number("process", row), host: text("host", row), start: Int64(try number("start", row)),
      clock: Metadata.Clock(rawValue: text("clock", row)) ?? .tsc,
      isFromStart: try number("from_start", row) != 0)
    metadata.state = text("state", row) == Metadata.State.finished.rawValue ? .finished : .recording
    metadata.duration = Int64.fromDatabaseValue(row["duration"])
    metadata.lost = try number("lost", row)
    let value = Int32(truncatingIfNeeded: (try? number("ending_value", row)) ?? 0)
    metadata.ending =
      switch text("ending", row) {
      case "exited": .exited(value)
      case "signal": .signal(value)
      default: .unknown
      }
    if try Schema.has("stack_loss", database) {
      metadata.stacksLeftOut = try Int.fetchOne(database, sql: "SELECT left_out FROM stack_loss")
    }
    if try Schema.has("remark", database) {
      metadata.remarks = try Row.fetchAll(database, sql: "SELECT text FROM remark ORDER BY id")
        .map { text("text", $0) }
    }
    metadata.majors = try Row.fetchAll(
      database,
      // The driver is one for all majors.
      sql: """
        SELECT DISTINCT major FROM shape JOIN function ON function.id = shape.function
        WHERE major > 0 AND function.name NOT GLOB 'cu[A-Z]*' ORDER BY major
        """
    )
    .map { UInt8(truncatingIfNeeded: try number("major", $0)) }
    return metadata
  }

  private static func leftOut(_ database: Database) throws -> LeftOut? {
    try Row.fetchOne(database, sql: "SELECT left_out, left_out_bytes FROM payload").map { row in
      LeftOut(
        sources: try number("left_out", row),
        bytes: UInt64(bitPattern: Int64(try number("left_out_bytes", row))))
    }
  }

  private static func functions(
    _ database: Database, path: String
  ) throws -> (all: [Function], layouts: [UInt16: CallLayout]) {
    var all: [Function] = []
    var layouts: [UInt16: CallLayout] = [:]
    for row in try Row.fetchAll(database, sql: "SELECT id, name, effect FROM function ORDER BY id") {
      let name = text("name", row)
      guard let id = UInt16(exactly: try number("id", row)),
        let effect = Effect(rawValue: text("effect", row))
      else {
        throw StoreError.damaged(path: path, reason: "its function \(name) cannot be understood")
      }
      var fields: [Function.Field] = []
      var places: [CallLayout.Place] = []
      for field in try Row.fetchAll(
        database, sql: "SELECT name, role, place FROM field WHERE function = ? ORDER BY position",
        arguments: [Int(id)])
      {
        guard let role = Role(rawValue: text("role", field)),
          let place = CallLayout.Place(rawValue: text("place", field))
        else {
          throw StoreError.damaged(
            path: path, reason: "an argument of its function \(name) cannot be understood")
        }
        fields.append(Function.Field(name: text("name", field), role: role))
        places.append(place)
      }
      all.append(Function(id: id, name: name, effect: effect, fields: fields))
      layouts[id] = CallLayout(places: places)
    }
    return (all, layouts)
  }

  private static func sites(_ database: Database) throws -> [Int: CallSite] {
    let rows = try Row.fetchAll(
      database,
      sql: """
        SELECT site.id, address, "offset", function, file, line, module.path
        FROM site LEFT JOIN module ON module.id = site.module
        """)
    var sites: [Int: CallSite] = [:]
    for row in rows {
      sites[try number("id", row)] = CallSite(
        address: UInt64(bitPattern: Int64(try number("address", row))), module: text("path", row),
        offset: UInt64(bitPattern: Int64(try number("offset", row))), function: optionalText("function", row),
        file: optionalText("file", row), line: try? number("line", row))
    }
    guard try Schema.has("inlined", database) else { return sites }
    let inlined = try Row.fetchCursor(
      database, sql: "SELECT site, function, file, line FROM inlined ORDER BY site, position")
    while let row = try inlined.next() {
      sites[try number("site", row)]?.inlined.append(
        CallSite.Inlined(
          function: optionalText("function", row), file: optionalText("file", row),
          line: try? number("line", row)))
    }
    return sites
  }

  private static func stacks(_ database: Database) throws -> StackTable {
    guard try Schema.has("stack", database) else { return StackTable() }
    var frames: [StackFrame] = []
    let rows = try Row.fetchCursor(database, sql: "SELECT id, caller, site FROM stack ORDER BY id")
    while let row = try rows.next() {
      // Numbers have no gaps: frames behind one are not what their numbers say.
      guard try number("id", row) == frames.count + 1 else { break }
      let caller = Int.fromDatabaseValue(row["caller"])
      frames.append(
        StackFrame(
          caller: caller.map { $0 > 0 ? .frame($0) : .nobody } ?? .unknown, site: try number("site", row)))
    }
    return StackTable(frames)
  }

  // A damaged file may hold any type in any column: nothing is converted by force.

  private static func number(_ column: String, _ row: Row) throws -> Int {
    guard let number = Int.fromDatabaseValue(row[column]) else {
      throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "the column \(column) holds no number")
    }
    return number
  }

  private static func text(_ column: String, _ row: Row) -> String { optionalText(column, row) ?? "" }

  private static func optionalText(_ column: String, _ row: Row) -> String? {
    String.fromDatabaseValue(row[column])
  }
}
