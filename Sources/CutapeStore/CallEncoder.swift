/// From an event to a row of the table `call`, with the dictionaries that the row needs.

import CutapeTrace
import GRDB

/// Encodes events, and writes functions and shapes the first time that they occur.
struct CallEncoder {
  /// A state to come back to when a transaction fails.
  struct Mark {
    fileprivate var shape: Int
    fileprivate var hasParts: Bool
    fileprivate var functions: Set<UInt16>
    fileprivate var results: Set<Int32>
  }

  private let functions: FunctionTable
  /// Layouts by function id.
  private var layouts: [CallLayout?] = []
  private var shapes = ShapeDictionary()
  /// Whether calls were encoded that are parts of others.
  private(set) var hasParts = false
  private var knownFunctions: Set<UInt16> = []
  private var knownResults: Set<Int32> = []
  /// Used again for every event: the words that make up its shape.
  private var key: [UInt64] = []

  init(functions: FunctionTable) {
    self.functions = functions
    layouts = Array(repeating: nil, count: Int(UInt16.max) + 1)
    for function in functions.all { layouts[Int(function.id)] = CallLayout(function) }
  }

  var mark: Mark {
    Mark(shape: shapes.next, hasParts: hasParts, functions: knownFunctions, results: knownResults)
  }

  mutating func rollBack(to mark: Mark) {
    shapes.rollBack(to: mark.shape)
    hasParts = mark.hasParts
    knownFunctions = mark.functions
    knownResults = mark.results
  }

  /// When `event` takes effect, in nanoseconds: by this time calls are ordered.
  func timeOfEffect(_ event: Event) -> Int64 {
    guard functions[event.function]?.effect.isAtReturn == true else { return event.begin }
    guard let duration = event.duration else { return .max }
    let (end, overflow) = event.begin.addingReportingOverflow(duration)
    return overflow ? .max : end
  }

  /// The row of `event`, without its number and its time.
  mutating func encode(_ event: Event, _ database: Database) throws -> CallRow {
    guard let layout = layouts[Int(event.function)] else {
      throw StoreError.unfitEvent(function: event.function, reason: "the function is not known")
    }
    guard layout.places.count == event.arguments.count else {
      throw StoreError.unfitEvent(
        function: event.function,
        reason: "it has \(event.arguments.count) arguments instead of \(layout.places.count)")
    }
    var row = CallRow(duration: event.duration, result: event.result)
    key.removeAll(keepingCapacity: true)
    key.append(
      UInt64(event.function) | UInt64(event.variant.rawValue) << 16 | UInt64(event.way.rawValue) << 18
        | (event.isPart ? 1 << 23 : 0) | UInt64(event.major) << 24
        | UInt64(truncatingIfNeeded: event.thread) << 32)
    key.append(
      UInt64(UInt32(truncatingIfNeeded: event.site)) | UInt64(truncatingIfNeeded: event.stack) << 32)
    for (index, place) in layout.places.enumerated() {
      let word = event.arguments[index]
      switch place {
      case .shape: key.append(word)
      case .a: row.a = Int64(bitPattern: word)
      case .b: row.b = Int64(bitPattern: word)
      case .c: row.c = Int64(bitPattern: word)
      case .rest: WordList.append(word, to: &row.rest)
      }
    }
    for word in event.tail { WordList.append(word, to: &row.rest) }

    let (shape, isNew) = shapes.number(of: key)
    row.shape = Int64(shape)
    if isNew { try insertShape(shape, event, layout, database) }
    if event.result != 0 { try noteResult(event.result, database) }
    return row
  }

  private mutating func insertShape(
    _ shape: Int, _ event: Event, _ layout: CallLayout, _ database: Database
  ) throws {
    try noteFunction(event.function, layout, database)
    try database.cachedStatement(sql: "INSERT INTO shape VALUES (?, ?, ?, ?, ?, ?)")
      .execute(arguments: [
        shape, Int(event.function), Int(event.variant.rawValue), Int(event.major), event.thread, event.site,
      ])
    if event.way != .linked || event.isPart {
      try database.cachedStatement(sql: "INSERT INTO shape_origin VALUES (?, ?, ?)")
        .execute(arguments: [shape, event.way.name, event.isPart])
    }
    if event.stack != 0 {
      try database.cachedStatement(sql: "INSERT INTO shape_stack VALUES (?, ?)")
        .execute(arguments: [shape, event.stack])
    }
    if event.isPart { hasParts = true }
    let statement = try database.cachedStatement(sql: "INSERT INTO shape_value VALUES (?, ?, ?)")
    for (index, place) in layout.places.enumerated() where place == .shape {
      try statement.execute(arguments: [shape, index, Int64(bitPattern: event.arguments[index])])
    }
  }

  private mutating func noteFunction(_ id: UInt16, _ layout: CallLayout, _ database: Database) throws {
    guard let function = functions[id], knownFunctions.insert(id).inserted else { return }
    try database.execute(
      sql: "INSERT INTO function VALUES (?, ?, ?, ?)",
      arguments: [Int(id), function.name, function.effect.rawValue, function.effect.isAtReturn])
    for (position, field) in function.fields.enumerated() {
      try database.execute(
        sql: "INSERT INTO field VALUES (?, ?, ?, ?, ?)",
        arguments: [Int(id), position, field.name, field.role.rawValue, layout.places[position].rawValue])
    }
  }

  private mutating func noteResult(_ code: Int32, _ database: Database) throws {
    guard knownResults.insert(code).inserted, let name = ResultName.of(code) else { return }
    try database.execute(sql: "INSERT INTO result VALUES (?, ?)", arguments: [code, name])
  }
}
