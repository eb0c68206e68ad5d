/// Calls that arrive late end up in the order of effect.

import CutapeStore
import CutapeTrace
import Testing

@Suite("Order of effect")
struct OrderTests {
  @Test("calls that were appended out of order are numbered by their effect when the recording ends")
  func renumbered() throws {
    let directory = try TemporaryDirectory()
    let events = randomEvents(9000, seed: 7)
    let writer = try makeWriter(directory.file("t.cutape"))
    for chunk in shuffled(events) { try writer.append(chunk) }
    try writer.finish()
    let reader = try TraceReader(writer.path)
    try expectSame(try reader.events(), events)
  }

  @Test("an unfinished trace is read in the same order")
  func unfinished() throws {
    let directory = try TemporaryDirectory()
    let events = randomEvents(5000, seed: 8)
    let writer = try makeWriter(directory.file("t.cutape"))
    for chunk in shuffled(events) { try writer.append(chunk) }
    try expectSame(try TraceReader(writer.path).events(), events)
  }

  @Test("an allocation counts from its end, a copy from its begin, an allocation in flight comes last")
  func effect() throws {
    let directory = try TemporaryDirectory()
    let writer = try makeWriter(directory.file("t.cutape"))
    try writer.append([
      Event(number: 0, function: 10, begin: 50, duration: nil, arguments: [1, 1]),
      Event(number: 0, function: 10, begin: 0, duration: 100, arguments: [2, 2]),
      Event(number: 0, function: 20, begin: 90, duration: 100, arguments: [3]),
      Event(number: 0, function: 20, begin: 95, duration: nil, arguments: [4]),
    ])
    try writer.finish()
    #expect(try TraceReader(writer.path).events().map { $0.arguments[0] } == [3, 4, 2, 1])
  }

  @Test("a call that was appended in flight and ends later is ordered by how it ended")
  func completed() throws {
    let directory = try TemporaryDirectory()
    let writer = try makeWriter(directory.file("t.cutape"))
    let free = Event(number: 0, function: 20, begin: 500, duration: 1, arguments: [0x99])
    var allocation = Event(number: 0, function: 10, begin: 10, duration: nil, arguments: [0x7fff, 64])
    try writer.append([free, allocation])
    #expect(try TraceReader(writer.path).events().map(\.isInFlight) == [false, true])
    allocation.duration = 90
    allocation.arguments = [0x1000, 64]
    try writer.complete(2, with: allocation)
    try writer.finish()
    let events = try TraceReader(writer.path).events()
    #expect(events.map(\.function) == [10, 20])
    #expect(events[0].duration == 90 && events[0].arguments == [0x1000, 64] && events[0].begin == 10)
  }

  @Test(
    "late calls find their place wherever it is, near or far",
    arguments: [
      [19_995], [12_287], [12_288], [12_289], [4095, 16_000], [0], [-1], [8192, 8191, 8193, 8192],
    ] as [[Int64]])
  func late(times: [Int64]) throws {
    let directory = try TemporaryDirectory()
    let writer = try makeWriter(directory.file("t.cutape"))
    func free(_ time: Int64, _ address: UInt64) -> Event {
      Event(number: 0, function: 20, begin: time, arguments: [address])
    }
    let inOrder = (0..<20_000).map { free($0, 1) }
    let late = times.map { free($0, 2) }
    try writer.append(inOrder)
    try writer.append(late)
    try writer.finish()
    var expected = inOrder + late
    expected = expected.enumerated().sorted { ($0.element.begin, $0.offset) < ($1.element.begin, $1.offset) }
      .map(\.element)
    for index in expected.indices { expected[index].number = index + 1 }
    #expect(try TraceReader(writer.path).events() == expected)
  }

  @Test("calls with equal times keep the order of arrival")
  func stable() throws {
    let directory = try TemporaryDirectory()
    let writer = try makeWriter(directory.file("t.cutape"))
    try writer.append((0..<100).map { Event(number: 0, function: 20, begin: 5, arguments: [UInt64($0)]) })
    try writer.append([Event(number: 0, function: 20, begin: 4, arguments: [1000])])
    try writer.finish()
    #expect(
      try TraceReader(writer.path).events().map { $0.arguments[0] } == [1000] + (0..<100).map { UInt64($0) })
  }

  /// The events in chunks whose neighbours are swapped.
  private func shuffled(_ events: [Event]) -> [ArraySlice<Event>] {
    var chunks = stride(from: 0, to: events.count, by: 100).map { events[$0..<min($0 + 100, events.count)] }
    for index in stride(from: 0, to: chunks.count - 1, by: 2) { chunks.swapAt(index, index + 1) }
    return chunks
  }

  /// The same calls in the same order; those in flight that count from their end go last.
  private func expectSame(_ read: [Event], _ written: [Event]) throws {
    let isLast = { (event: Event) in
      event.isInFlight && (functions[event.function]?.effect.isAtReturn ?? false)
    }
    let expected = written.filter { !isLast($0) } + written.filter(isLast)
    #expect(read.map(\.number) == Array(1...written.count))
    #expect(read.map(\.begin) == expected.map(\.begin))
    #expect(read.map(\.arguments) == expected.map(\.arguments))
  }
}
