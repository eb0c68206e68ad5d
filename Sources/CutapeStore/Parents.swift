/// Which call a part belongs to: known from the times of the calls, once all of them are there and have their numbers.

import GRDB

/// Finds the parents of parts.
enum Parents {
  /// A call that may contain the next ones of its thread.
  private struct Enclosing {
    var number: Int64
    /// When it returned; nil: never.
    var end: Int64?
  }

  /// Fills the table `part`: each part with the innermost call of its thread that it lies in and that is no part itself.
  static func store(_ database: Database) throws {
    let insertion = try database.makeStatement(sql: "INSERT INTO part VALUES (?, ?)")
    var thread: Int64 = 0
    var enclosing: [Enclosing] = []
    // A thread's calls in the order in which it made them; of two at one time the part is inside.
    let rows = try Row.fetchCursor(
      database,
      sql: """
        SELECT call.id, shape.thread, epoch.time + call.time AS begin, call.duration,
          COALESCE(shape_origin.part, 0) AS part
        FROM \(CallOrder.source) LEFT JOIN shape_origin ON shape_origin.shape = shape.id
        WHERE function.effect NOT LIKE 'shim%'
        ORDER BY shape.thread, begin, part, call.id
        """)
    while let row = try rows.next() {
      let (number, begin): (Int64, Int64) = (row[0], row[2])
      if row[1] != thread {
        thread = row[1]
        enclosing.removeAll(keepingCapacity: true)
      }
      while let end = enclosing.last?.end, end < begin { enclosing.removeLast() }
      if row[4] == 0 {
        let duration: Int64? = row[3]
        enclosing.append(Enclosing(number: number, end: duration.map { begin &+ $0 }))
      } else if let parent = enclosing.last {
        try insertion.execute(arguments: [number, parent.number])
      }
    }
  }
}
