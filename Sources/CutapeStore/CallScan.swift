/// The fast way out of the table `call`: one ordered scan with SQLite's C API on GRDB's connection.

import CutapeTrace
import GRDB
import GRDBSQLite

/// A scan over all calls, in order of effect.
struct CallScan {
  /// What calls of one shape have in common, ready to be copied.
  private struct Shape {
    /// The event with the shared arguments in place and the others zero.
    var event: Event
    var places = Places()
    /// The positions of the arguments in `rest`.
    var rest: [Int] = []
  }

  private struct Places {
    /// The positions of the arguments in columns a, b, c; -1 for none.
    var a = -1
    var b = -1
    var c = -1
    /// Whether some are in `rest`.
    var hasRest = false
  }

  /// Shapes by their number.
  private let shapes: [Shape?]
  /// What times count from, by the number of the call divided by ``CallOrder/callsPerEpoch``.
  private let epochs: [Int: Int64]
  private var epoch: (id: Int, time: Int64) = (-1, 0)
  private let statement: Statement
  private let isOrdered: Bool
  /// Whether some calls have a parent.
  private let hasParents: Bool
  private let path: String
  private var number = 0

  init(
    _ database: Database, trace: Trace, layouts: [UInt16: CallLayout], isOrdered: Bool, path: String
  ) throws {
    self.isOrdered = isOrdered
    self.path = path
    epochs = Dictionary(
      try Row.fetchAll(database, sql: "SELECT id, time FROM epoch").compactMap { row in
        Int.fromDatabaseValue(row[0]).flatMap { id in Int64.fromDatabaseValue(row[1]).map { (id, $0) } }
      }, uniquingKeysWith: { $1 })
    let hasOrigins = try Schema.has("shape_origin", database)
    shapes = try Self.shapes(database, layouts: layouts, hasOrigins: hasOrigins, path: path)
    let columns =
      "call.id, call.time, call.duration, call.shape, call.result, call.a, call.b, call.c, call.rest"
    hasParents = try hasOrigins && Int.fetchOne(database, sql: "SELECT 1 FROM part LIMIT 1") != nil
    let parent = hasParents ? ", part.parent" : ""
    let parents = hasParents ? "LEFT JOIN part ON part.call = call.id" : ""
    statement = try database.makeStatement(
      sql: isOrdered
        ? "SELECT \(columns)\(parent) FROM call \(parents) ORDER BY id"
        : "SELECT \(columns)\(parent) FROM \(CallOrder.source) \(parents) ORDER BY \(CallOrder.timeOfEffect), call.id"
    )
  }

  /// The next event, or nil after the last.
  mutating func next() throws -> Event? {
    let handle = statement.sqliteStatement
    let code = sqlite3_step(handle)
    guard code == SQLITE_ROW else {
      let connection = sqlite3_db_handle(handle)
      let (extended, message) = (
        sqlite3_extended_errcode(connection), String(cString: sqlite3_errmsg(connection))
      )
      sqlite3_reset(handle)
      if code == SQLITE_DONE { return nil }
      throw DatabaseError(resultCode: ResultCode(rawValue: extended), message: message)
    }
    let id = Int(sqlite3_column_int64(handle, 0))
    number = isOrdered ? id : number + 1
    let index = sqlite3_column_int64(handle, 3)
    guard index >= 0, index < shapes.count, var event = shapes[Int(index)]?.event,
      let places = shapes[Int(index)]?.places
    else { throw StoreError.damaged(path: path, reason: "call \(number) has the unknown shape \(index)") }
    event.number = number
    event.begin = try epochTime(of: id) &+ sqlite3_column_int64(handle, 1)
    event.duration = sqlite3_column_type(handle, 2) == SQLITE_NULL ? nil : sqlite3_column_int64(handle, 2)
    event.result = Int32(truncatingIfNeeded: sqlite3_column_int64(handle, 4))
    if hasParents { event.parent = Int(sqlite3_column_int64(handle, 9)) }
    if places.a >= 0 { event.arguments[places.a] = UInt64(bitPattern: sqlite3_column_int64(handle, 5)) }
    if places.b >= 0 { event.arguments[places.b] = UInt64(bitPattern: sqlite3_column_int64(handle, 6)) }
    if places.c >= 0 { event.arguments[places.c] = UInt64(bitPattern: sqlite3_column_int64(handle, 7)) }
    if sqlite3_column_type(handle, 8) != SQLITE_NULL || places.hasRest {
      let rest = shapes[Int(index)]?.rest ?? []
      let blob = UnsafeRawBufferPointer(
        start: sqlite3_column_blob(handle, 8), count: Int(sqlite3_column_bytes(handle, 8)))
      guard let words = WordList.words(of: blob), words.count >= rest.count else {
        throw StoreError.damaged(path: path, reason: "the arguments of call \(number) cannot be read")
      }
      for (word, position) in zip(words, rest) { event.arguments[position] = word }
      event.tail = rest.isEmpty ? words : Array(words[rest.count...])
    }
    return event
  }

  private mutating func epochTime(of id: Int) throws -> Int64 {
    let index = id / CallOrder.callsPerEpoch
    if index != epoch.id {
      guard let time = epochs[index] else {
        throw StoreError.damaged(path: path, reason: "the time of call \(id) is not known")
      }
      epoch = (index, time)
    }
    return epoch.time
  }

  private static func shapes(
    _ database: Database, layouts: [UInt16: CallLayout], hasOrigins: Bool, path: String
  ) throws -> [Shape?] {
    var shapes: [Shape?] = []
    let hasStacks = try Schema.has("shape_stack", database)
    let rows = try Row.fetchCursor(
      database,
      sql: """
        SELECT
          id, function, variant, major, thread, site, \(hasOrigins ? "way, part" : "NULL, NULL"),
          \(hasStacks ? "stack" : "NULL")
        FROM shape
          \(hasOrigins ? "LEFT JOIN shape_origin ON shape_origin.shape = shape.id" : "")
          \(hasStacks ? "LEFT JOIN shape_stack ON shape_stack.shape = shape.id" : "")
        ORDER BY id
        """)
    while let row = try rows.next() {
      guard let id = Int.fromDatabaseValue(row[0]), let function = UInt16.fromDatabaseValue(row[1]),
        let variant = UInt8.fromDatabaseValue(row[2]).flatMap(Variant.init),
        let major = UInt8.fromDatabaseValue(row[3]),
        let thread = Int.fromDatabaseValue(row[4]), let site = Int.fromDatabaseValue(row[5]),
        let way = way(row[6]), let layout = layouts[function], id >= shapes.count, id < shapes.count + 1 << 24
      else { throw StoreError.damaged(path: path, reason: "a shape of its calls cannot be understood") }
      var shape = Shape(
        event: Event(
          number: 0, function: function, variant: variant, major: major, thread: thread, site: site,
          arguments: Arguments(repeatElement(0, count: layout.places.count)), way: way,
          isPart: Int.fromDatabaseValue(row[7]) == 1, stack: Int.fromDatabaseValue(row[8]) ?? 0))
      for (position, place) in layout.places.enumerated() {
        switch place {
        case .shape: break
        case .a: shape.places.a = position
        case .b: shape.places.b = position
        case .c: shape.places.c = position
        case .rest:
          shape.rest.append(position)
          shape.places.hasRest = true
        }
      }
      while shapes.count < id { shapes.append(nil) }
      shapes.append(shape)
    }
    let values = try Row.fetchCursor(database, sql: "SELECT shape, position, value FROM shape_value")
    while let row = try values.next() {
      guard let id = Int.fromDatabaseValue(row[0]), let position = Int.fromDatabaseValue(row[1]),
        let value = Int64.fromDatabaseValue(row[2]), shapes.indices.contains(id),
        position >= 0, position < shapes[id]?.event.arguments.count ?? 0
      else {
        throw StoreError.damaged(path: path, reason: "a shared argument of its calls cannot be understood")
      }
      shapes[id]?.event.arguments[position] = UInt64(bitPattern: value)
    }
    return shapes
  }

  /// The way that a row of `shape_origin` says; `linked` where there is no row, nil for one that is not known.
  private static func way(_ value: DatabaseValue) -> Way? {
    value.isNull ? .linked : String.fromDatabaseValue(value).flatMap(Way.init(name:))
  }
}
