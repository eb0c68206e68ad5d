/// Call stacks in a trace.

import CutapeTrace
import GRDB
import Testing

@testable import CutapeStore

@Suite("Stacks")
struct StackTests {
  private let directory: TemporaryDirectory
  private let writer: TraceWriter

  init() throws {
    directory = try TemporaryDirectory()
    writer = try makeWriter(directory.file("t.cutape"))
    for (key, function) in ["main", "step", "upload", "clone"].enumerated() {
      try writer.setSite(
        key + 1,
        CallSite(
          address: UInt64(key), module: "/bin/program", offset: 1, function: function, file: "p.c", line: key)
      )
    }
    try writer.add(
      [
        StackFrame(caller: .nobody, site: 1), StackFrame(caller: .frame(1), site: 2),
        StackFrame(caller: .frame(2), site: 3), StackFrame(caller: .unknown, site: 4),
      ], from: 1)
  }

  @Test("come back as they were written, with calls that differ in nothing else")
  func roundTrip() throws {
    try writer.append([call(0, stack: 3), call(10, stack: 0), call(20, stack: 4), call(30, stack: 3)])
    try writer.finish()
    let reader = try TraceReader(writer.path)
    #expect(try reader.events().map(\.stack) == [3, 0, 4, 3])
    #expect(reader.trace.stacks[3] == CallStack(sites: [3, 2, 1], isWhole: true))
    #expect(reader.trace.stacks[4] == CallStack(sites: [4], isWhole: false))
    #expect(reader.trace.stacks[0] == nil && reader.trace.stacks[5] == nil)
    #expect(reader.metadata.stacksLeftOut == nil)
  }

  @Test("say how many are missing")
  func leftOut() throws {
    try writer.setStacksLeftOut(nil)
    try writer.setStacksLeftOut(17)
    try writer.finish()
    #expect(try TraceReader(writer.path).metadata.stacksLeftOut == 17)
  }

  @Test("stay with calls that came late, or ended later")
  func late() throws {
    try writer.append([call(50, stack: 3, duration: nil)])
    try writer.append([call(10, stack: 4)])
    try writer.complete(1, with: call(50, stack: 3))
    try writer.finish()
    #expect(try TraceReader(writer.path).events().map(\.stack) == [4, 3])
  }

  @Test("are a view for people, a frame a row")
  func view() throws {
    try writer.append([call(0, stack: 3), call(10, stack: 4)])
    try writer.finish()
    let rows = try TraceReader(writer.path).queue.read {
      try String.fetchAll(
        $0, sql: "SELECT number || ' ' || position || ' ' || place FROM frames ORDER BY number, position")
    }
    #expect(rows == ["1 0 p.c:2 in upload", "1 1 p.c:1 in step", "1 2 p.c:0 in main", "2 0 p.c:3 in clone"])
  }

  @Test("of a damaged trace end where their numbers make no sense")
  func damaged() throws {
    try writer.append([call(0, stack: 3)])
    try writer.finish()
    try DatabaseQueue(path: writer.path).write {
      try $0.execute(sql: "UPDATE stack SET caller = 3 WHERE id = 2")
    }
    #expect(try TraceReader(writer.path).trace.stacks[3] == CallStack(sites: [3, 2], isWhole: false))
    try DatabaseQueue(path: writer.path).write { try $0.execute(sql: "DELETE FROM stack WHERE id = 2") }
    #expect(try TraceReader(writer.path).trace.stacks[3] == nil)
  }

  private func call(_ begin: Int64, stack: Int, duration: Int64? = 1) -> Event {
    Event(
      number: 0, function: 20, site: 1, begin: begin, duration: duration, arguments: [0x7000], stack: stack)
  }
}
