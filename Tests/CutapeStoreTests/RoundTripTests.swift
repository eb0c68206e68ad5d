/// What is written is what is read.

import CutapeStore
import CutapeTrace
import Testing

@Suite("Round trip")
struct RoundTripTests {
  @Test("random events come back as they were", arguments: [0, 1, 39, 40, 41, 5000])
  func events(count: Int) throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("t.cutape")
    let events = randomEvents(count, seed: UInt64(count))
    let writer = try makeWriter(path)
    for start in stride(from: 0, to: events.count, by: 700) {
      try writer.append(events[start..<min(start + 700, events.count)])
    }
    try writer.finish()
    let reader = try TraceReader(path)
    #expect(try reader.events() == events)
    #expect(try reader.count() == count)
  }
}
