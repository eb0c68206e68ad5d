/// The order of effect, for calls that were appended late.

import GRDB

/// Numbers calls by the time of their effect.
enum CallOrder {
  /// Calls whose times count from one row of the table `epoch`; the views have it as `call.id >> 12`.
  static let callsPerEpoch = 4096

  /// When a call took effect: at its end if its result is what others use, else at its begin. A call of the first
  /// kind that never returned comes last.
  static let timeOfEffect = """
    CASE WHEN function.at_return
      THEN COALESCE(epoch.time + call.time + call.duration, 9223372036854775807)
      ELSE epoch.time + call.time END
    """

  /// The tables that ``timeOfEffect`` is about.
  static let source =
    """
    call JOIN epoch ON epoch.id = call.id >> 12 JOIN shape ON shape.id = call.shape
      JOIN function ON function.id = shape.function
    """

  /// Gives the calls from `first` on, which begins an epoch, the numbers of their order; equal times keep the order of
  /// arrival.
  static func renumber(_ database: Database, from first: Int) throws {
    try database.execute(
      sql: """
        CREATE TEMP TABLE late AS
          SELECT
            \(first - 1) + row_number() OVER (ORDER BY \(timeOfEffect), call.id) AS number, epoch.time + call.time AS moment, call.*
          FROM \(source) WHERE call.id >= \(first);
        DELETE FROM call WHERE id >= \(first);
        DELETE FROM epoch WHERE id >= \(first) >> 12;
        INSERT INTO epoch SELECT number >> 12, min(moment) FROM late GROUP BY number >> 12;
        INSERT INTO call
          SELECT number, moment - epoch.time, duration, shape, result, a, b, c, rest
          FROM late JOIN epoch ON epoch.id = number >> 12 ORDER BY number;
        DROP TABLE late;
        """)
  }
}
