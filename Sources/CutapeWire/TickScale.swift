/// From the clock ticks of records to nanoseconds since the start of the recording.

package import CutapeABI

/// A line through two calibrations of the spool's clock.
package struct TickScale: Sendable, Hashable {
  private var origin: UInt64
  private var offset: Int64
  private var nanosecondsPerTick: Double

  /// The scale through `first` and `last`; times are counted from `start`, in nanoseconds of `CLOCK_REALTIME`.
  ///
  /// Calibrations that are equal, or in the wrong order, give one nanosecond a tick: wrong, but never a trap.
  package init(first: CUTCalibration, last: CUTCalibration, start: UInt64) {
    origin = first.ticks
    offset = Int64(bitPattern: first.nanoseconds &- start)
    if last.ticks > first.ticks, last.nanoseconds > first.nanoseconds {
      nanosecondsPerTick =
        Double(last.nanoseconds - first.nanoseconds) / Double(last.ticks - first.ticks)
    } else {
      nanosecondsPerTick = 1
    }
  }

  /// The time of a reading of the clock, in nanoseconds since the start; negative before it.
  package func nanoseconds(at ticks: UInt64) -> Int64 {
    Self.clamped(Double(Int64(bitPattern: ticks &- origin)) * nanosecondsPerTick + Double(offset))
  }

  /// The length of a stretch of ticks, in nanoseconds.
  package func nanoseconds(for ticks: UInt64) -> Int64 {
    Self.clamped(Double(ticks) * nanosecondsPerTick)
  }

  /// Converts without a trap: a record may say anything.
  private static func clamped(_ value: Double) -> Int64 {
    Int64(exactly: value.rounded()) ?? (value < 0 ? .min : .max)
  }
}
