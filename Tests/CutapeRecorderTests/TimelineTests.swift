import CutapeABI
import CutapeRecorder
import CutapeWire
import Testing

@Suite("The timeline")
struct TimelineTests {
  @Test("interpolates between the samples around a time")
  func interpolates() {
    var timeline = Timeline(first: CUTCalibration(ticks: 1000, nanoseconds: 5000))
    timeline.append(CUTCalibration(ticks: 2000, nanoseconds: 5500))
    timeline.append(CUTCalibration(ticks: 3000, nanoseconds: 7500))
    #expect(timeline.scale(at: 1500).nanoseconds(at: 1500) == 250)
    #expect(timeline.scale(at: 2500).nanoseconds(at: 2500) == 1500)
    #expect(timeline.scale(at: 1200).nanoseconds(at: 1200) == 100)
    #expect(timeline.scale(at: 4000).nanoseconds(at: 4000) == 4500)
    #expect(timeline.scale(at: 0).nanoseconds(at: 0) == -500)
  }

  @Test("ignores samples that are not later")
  func ignoresOldSamples() {
    var timeline = Timeline(first: CUTCalibration(ticks: 1000, nanoseconds: 5000))
    timeline.append(CUTCalibration(ticks: 900, nanoseconds: 6000))
    timeline.append(CUTCalibration(ticks: 2000, nanoseconds: 4000))
    #expect(timeline.last.ticks == 1000)
  }

  @Test("forgets old samples of a long recording and stays right at both ends")
  func forgets() {
    var timeline = Timeline(first: CUTCalibration(ticks: 0, nanoseconds: 0))
    for step in 1...20_000 as ClosedRange<UInt64> {
      timeline.append(CUTCalibration(ticks: step * 300, nanoseconds: step * 100))
    }
    #expect(timeline.scale(at: 3).nanoseconds(at: 3) == 1)
    #expect(timeline.scale(at: 5_999_997).nanoseconds(at: 5_999_997) == 1_999_999)
    #expect(timeline.ticks(nanoseconds: 100) == 300)
  }

  @Test("samples of the real clock advance together")
  func samples() {
    let clock = Clock.best()
    let first = clock.sample()
    var second = clock.sample()
    while second.nanoseconds < first.nanoseconds + 1_000_000 { second = clock.sample() }
    #expect(second.ticks > first.ticks)
  }
}
