/// The order of effect, for calls that were appended late.

import GRDB

/// Numbers calls by the time of their effect.
enum CallOrder {
  /// When a call took effect: at its end if its result is what others use, else at its begin. A call of the first
  /// kind that never returned comes last.
  static let timeOfEffect = """
    CASE WHEN function.at_return
      THEN COALESCE(call.time + call.duration, 9223372036854775807) ELSE call.time END
    """

  /// The tables that ``timeOfEffect`` is about.
  static let source =
    "call JOIN shape ON shape.id = call.shape JOIN function ON function.id = shape.function"

  /// Gives all calls the numbers of their order; equal times keep the order of arrival.
  static func renumber(_ database: Database) throws {
    try database.execute(
      sql: """
        CREATE TEMP TABLE late AS
          SELECT call.*, \(timeOfEffect) AS effect FROM \(source);
        DELETE FROM call;
        INSERT INTO call
          SELECT row_number() OVER (ORDER BY effect, id), time, duration, shape, result, a, b, c, rest FROM late
          ORDER BY effect, id;
        DROP TABLE late;
        """)
  }
}
