/// Calls of the driver that the runtime made inside other calls are linked with them.

import CutapeTrace
import GRDB
import Testing

@testable import CutapeStore

@Suite("Parts")
struct PartTests {
  private let directory: TemporaryDirectory
  private let writer: TraceWriter

  init() throws {
    directory = try TemporaryDirectory()
    writer = try makeWriter(directory.file("t.cutape"))
  }

  @Test("a part belongs to the innermost call of its thread that it lies in")
  func innermost() throws {
    let events = try finished([
      call(20, 0, 10), part(2, 4), call(20, 20, 100), part(21, 5), call(20, 40, 20), part(45, 5), part(70, 5),
      call(20, 30, 60, thread: 2), part(35, 50, thread: 2),
    ])
    #expect(
      parents(events) == [
        "20..100": "", "21": "20..100", "2": "0..10", "0..10": "", "40..20": "", "45": "40..20",
        "70": "20..100", "30..60": "", "35": "30..60",
      ])
  }

  @Test("an allocation is numbered behind its parts, and they find it all the same")
  func behind() throws {
    let events = try finished([part(20, 5), call(10, 10, 50), call(20, 100, 5)])
    #expect(events.map(\.number) == [1, 2, 3])
    #expect(events.map(\.parent) == [2, 0, 0])
  }

  @Test("parts find their calls when both came late, and when the call never returned")
  func late() throws {
    try writer.append([call(20, 500, nil), part(600, nil)])
    try writer.append([call(20, 0, 100), part(50, 10)])
    try writer.finish()
    #expect(try TraceReader(writer.path).events().map(\.parent) == [0, 1, 0, 3])
  }

  @Test("a part whose call is not there has no parent, nor has any while the recording goes on")
  func alone() throws {
    try writer.append([call(20, 0, 10), part(5, 1), part(50, 10)])
    #expect(try TraceReader(writer.path).events().map(\.parent) == [0, 0, 0])
    #expect(try TraceReader(writer.path).events().map(\.isPart) == [false, true, true])
    try writer.finish()
    #expect(try TraceReader(writer.path).events().map(\.parent) == [0, 1, 0])
  }

  @Test("the views have calls without their parts, and parts apart")
  func views() throws {
    _ = try finished([call(41, 0, 10), part(5, 1), call(20, 20, 1)])
    #expect(try column("SELECT number FROM calls ORDER BY number") == ["1", "3"])
    #expect(try column("SELECT number FROM copies") == ["1"])
    #expect(try column("SELECT parent FROM parts WHERE number = 2") == ["1"])
    #expect(try column("SELECT way FROM parts") == ["cuGetProcAddress"])
  }

  private func column(_ sql: String) throws -> [String] {
    try TraceReader(writer.path).queue.read { try String.fetchAll($0, sql: sql) }
  }

  private func finished(_ events: [Event]) throws -> [Event] {
    try writer.append(events)
    try writer.finish()
    return try TraceReader(writer.path).events()
  }

  private func call(_ function: UInt16, _ begin: Int64, _ duration: Int64?, thread: Int = 1) -> Event {
    let count = functions[function]?.fields.count ?? 0
    return Event(
      number: 0, function: function, thread: thread, begin: begin, duration: duration,
      arguments: Arguments(repeatElement(1, count: count)))
  }

  private func part(_ begin: Int64, _ duration: Int64?, thread: Int = 1) -> Event {
    var event = call(41, begin, duration, thread: thread)
    event.way = .proc
    event.isPart = true
    return event
  }

  /// What each event is part of, by begin, and duration if it is a call.
  private func parents(_ events: [Event]) -> [String: String] {
    func name(_ event: Event) -> String {
      event.isPart ? "\(event.begin)" : "\(event.begin)..\(event.duration ?? 0)"
    }
    return Dictionary(
      uniqueKeysWithValues: events.map { event in
        (name(event), event.parent == 0 ? "" : name(events[event.parent - 1]))
      })
  }
}
