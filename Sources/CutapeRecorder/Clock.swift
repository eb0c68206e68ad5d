/// The clock that records carry, and the way from its ticks to time.
///
/// Ticks are the processor's time-stamp counter where it runs at one rate, in all power states and on all
/// processors (`constant_tsc` and `nonstop_tsc`), else nanoseconds of CLOCK_MONOTONIC. Their rate against
/// CLOCK_MONOTONIC is sampled all along the recording and interpolated piece by piece. CLOCK_REALTIME is read
/// once and gives the date: it may be set while the program runs, and times must not jump with it.

package import CutapeABI
package import CutapeStore
private import CutapeSystem
package import CutapeWire
private import Glibc

/// Reads ticks and time together.
package struct Clock: Sendable {
  package enum Source: UInt32, Sendable {
    case counter = 1
    case monotonic = 2

    /// The name that traces have for it.
    package var kind: Metadata.Clock {
      switch self {
      case .counter: .tsc
      case .monotonic: .monotonic
      }
    }
  }

  package let source: Source
  /// What added to CLOCK_MONOTONIC gives CLOCK_REALTIME as it was when the recording began, in nanoseconds.
  private let date: UInt64

  package init(source: Source) {
    self.source = source
    date = Self.read(CLOCK_REALTIME) &- Self.read(CLOCK_MONOTONIC)
  }

  /// The best clock of this machine.
  package static func best() -> Clock {
    #if arch(arm64)
      return Clock(source: .counter)
    #else
      return Clock(source: hasInvariantCounter() ? .counter : .monotonic)
    #endif
  }

  private static func hasInvariantCounter() -> Bool {
    let flags = (readSmallFile("/proc/cpuinfo") ?? "").split(separator: "\n").first { $0.hasPrefix("flags") }
    let words = Set((flags ?? "").split(separator: " "))
    return words.contains("constant_tsc") && words.contains("nonstop_tsc")
  }

  /// The time now, in ticks.
  package func ticks() -> UInt64 {
    switch source {
    case .counter: cut_readCounter()
    case .monotonic: Self.read(CLOCK_MONOTONIC)
    }
  }

  /// Ticks and time, read together: of several tries the one that was least interrupted.
  package func sample() -> CUTCalibration {
    var best = CUTCalibration()
    var narrowest = UInt64.max
    for _ in 0..<8 {
      let before = ticks()
      let time = Self.read(CLOCK_MONOTONIC)
      let width = ticks() &- before
      if width < narrowest {
        narrowest = width
        best = CUTCalibration(ticks: before &+ width / 2, nanoseconds: time &+ date)
      }
    }
    return best
  }

  /// Ticks and time at `ticks`, a little while ago: carried back from now at the rate of some milliseconds.
  ///
  /// The preload library takes its pair of readings in one go, and can be interrupted in between.
  package func sample(at ticks: UInt64) -> CUTCalibration {
    let one = sample()
    usleep(4000)
    let two = sample()
    var timeline = Timeline(first: one)
    timeline.append(two)
    let offset = timeline.scale(at: ticks).nanoseconds(at: ticks)
    return CUTCalibration(ticks: ticks, nanoseconds: one.nanoseconds &+ UInt64(bitPattern: offset))
  }

  private static func read(_ clock: clockid_t) -> UInt64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}

/// Samples of a recording's clock, and the scale between each two. Old ones are forgotten: only calls that took
/// very long ask for them, and extrapolating is off by parts in a million.
package struct Timeline: Sendable {
  private static let mostSamples = 4096

  /// The start of the recording, in nanoseconds of CLOCK_REALTIME: what times of events count from.
  package let start: UInt64
  private let first: CUTCalibration
  private var samples: [CUTCalibration]
  private var scales: [TickScale] = []
  /// The piece that was asked for last: events come nearly in order.
  private var recent = 0

  package init(first: CUTCalibration) {
    start = first.nanoseconds
    self.first = first
    samples = [first]
  }

  /// The newest sample.
  package var last: CUTCalibration { samples[samples.count - 1] }

  /// Adds a sample; one that is not later than the newest is left out.
  package mutating func append(_ sample: CUTCalibration) {
    guard sample.ticks > last.ticks, sample.nanoseconds > last.nanoseconds else { return }
    scales.append(TickScale(first: last, last: sample, start: start))
    samples.append(sample)
    if samples.count > Self.mostSamples {
      scales.removeFirst(Self.mostSamples / 2)
      samples.removeFirst(Self.mostSamples / 2)
      recent = 0
    }
  }

  /// The scale for times near `ticks`; before the first and after the last sample the nearest piece goes on.
  package mutating func scale(at ticks: UInt64) -> TickScale {
    guard !scales.isEmpty else { return TickScale(first: samples[0], last: samples[0], start: start) }
    if !covers(recent, ticks) {
      var low = 0
      var high = scales.count - 1
      while low < high {
        let middle = (low + high) / 2
        if samples[middle + 1].ticks > ticks { high = middle } else { low = middle + 1 }
      }
      recent = low
    }
    return scales[recent]
  }

  /// How many ticks `nanoseconds` are, by the whole recording so far.
  package func ticks(nanoseconds: UInt64) -> UInt64 {
    let ticks = Double(last.ticks - first.ticks)
    let time = Double(last.nanoseconds - first.nanoseconds)
    return time > 0 ? UInt64(exactly: (Double(nanoseconds) * ticks / time).rounded()) ?? .max : nanoseconds
  }

  private func covers(_ piece: Int, _ ticks: UInt64) -> Bool {
    samples[piece].ticks <= ticks && ticks < samples[piece + 1].ticks
  }
}
