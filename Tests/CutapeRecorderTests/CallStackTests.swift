import CutapeRecorder
import CutapeTrace
import Testing

/// Call stacks, from records in the spool to the sink.
@Suite("Call stacks")
struct CallStackTests {
  @Test("belong to the call behind their name, and share what is outer")
  func shared() throws {
    let bench = try Bench()
    defer { bench.remove() }
    let one = SpoolWriter(bench.spool)
    one.module(path: "/opt/app", base: 0x1000, end: 0x9000)
    one.frames(7, [0x1100, 0x1200, 0x1300])
    one.callStack(7)
    one.copy(1, from: 10, to: 11)
    one.copy(2, from: 20, to: 21)
    one.frames(8, [0x1110, 0x1200, 0x1300])
    one.callStack(8)
    one.copy(3, from: 30, to: 31)
    one.callStack(7)
    one.copy(4, from: 40, to: 41)
    try bench.drain.finish()
    let events = bench.sink.events
    #expect(
      events.map { bench.sink.stack(of: $0) } == [
        [0x1100, 0x1200, 0x1300], nil, [0x1110, 0x1200, 0x1300], [0x1100, 0x1200, 0x1300],
      ])
    #expect(events[0].stack == events[3].stack && events[1].stack == 0)
    // Two of the three frames of the second stack are those of the first.
    #expect(bench.sink.frames.count == 4 && bench.sink.copies == [1, 2, 3, 4])
    #expect(bench.drain.calls == 4 && bench.drain.losses.total == 0 && bench.drain.unknownStacks == 0)
  }

  @Test("of two threads that send the same one are one")
  func ofThreads() throws {
    let bench = try Bench()
    defer { bench.remove() }
    for time in [10, 20] as [UInt64] {
      let writer = SpoolWriter(bench.spool)
      writer.frames(7, [0x1100, 0x1200])
      writer.callStack(7)
      writer.copy(time, from: time, to: time + 1)
    }
    try bench.drain.finish()
    #expect(Set(bench.sink.events.map(\.stack)).count == 1 && bench.sink.frames.count == 2)
  }

  @Test("that are not whole say so, and lose a last word that is no place in the program")
  func notWhole() throws {
    let bench = try Bench()
    defer { bench.remove() }
    let writer = SpoolWriter(bench.spool)
    writer.module(path: "/opt/app", base: 0x1000, end: 0x9000)
    writer.frames(7, [0x1100, 0x1200, 0xdead], isWhole: false)
    writer.callStack(7)
    writer.copy(1, from: 10, to: 11)
    writer.frames(8, [0x1100, 0x1300], isWhole: false)
    writer.callStack(8)
    writer.copy(2, from: 20, to: 21)
    writer.frames(9, [0xdead], isWhole: false)
    writer.callStack(9)
    writer.copy(3, from: 30, to: 31)
    try bench.drain.finish()
    #expect(
      bench.sink.events.map { bench.sink.stack(of: $0) } == [[0x1100, 0x1200], [0x1100, 0x1300], [0xdead]])
    let table = StackTable(bench.sink.frames)
    #expect(bench.sink.events.allSatisfy { table[$0.stack]?.isWhole == false })
  }

  @Test("mean something else when another object is at their place")
  func reloaded() throws {
    let bench = try Bench()
    defer { bench.remove() }
    let writer = SpoolWriter(bench.spool)
    writer.module(path: "/opt/one.so", base: 0x1000, end: 0x2000)
    writer.frames(7, [0x1100, 0x1200])
    writer.callStack(7)
    writer.copy(1, from: 10, to: 11)
    try bench.drain(to: 100)
    writer.module(path: "/opt/two.so", base: 0x1000, end: 0x2000)
    writer.callStack(7)
    writer.copy(2, from: 200, to: 201)
    try bench.drain.finish()
    let table = StackTable(bench.sink.frames)
    let modules = bench.sink.events.map { table[$0.stack]?.sites.compactMap { bench.sink.sites[$0]?.module } }
    #expect(modules == [["/opt/one.so", "/opt/one.so"], ["/opt/two.so", "/opt/two.so"]])
  }

  @Test("whose frames are missing are counted, and no call is lost with them")
  func missing() throws {
    let bench = try Bench()
    defer { bench.remove() }
    let writer = SpoolWriter(bench.spool)
    writer.callStack(7)
    writer.copy(1, from: 10, to: 11)
    // A program that ended between the two records.
    writer.callStack(7)
    try bench.drain.finish()
    #expect(bench.sink.copies == [1] && bench.sink.events[0].stack == 0 && bench.drain.unknownStacks == 1)
  }

  @Test("stay with a call that is written while in flight, and with what a full disk did not take")
  func late() throws {
    let bench = try Bench()
    defer { bench.remove() }
    let writer = SpoolWriter(bench.spool)
    writer.frames(7, [0x1100, 0x1200])
    writer.callStack(7)
    let call = writer.begin("cudaMemcpyAsync", at: 10, words: [1, 2, 3, 0])
    bench.sink.isFull = true
    #expect(throws: MemorySink.Full.self) { try bench.drain(to: 100) }
    bench.sink.isFull = false
    try bench.drain(to: 100)
    #expect(bench.sink.events.count == 1 && bench.sink.events[0].isInFlight)
    writer.end(call, at: 500)
    try bench.drain.finish()
    #expect(
      !bench.sink.events[0].isInFlight && bench.sink.stack(of: bench.sink.events[0]) == [0x1100, 0x1200])
  }

  @Test("stay with calls in a segment that another thread goes on in")
  func inherited() throws {
    let bench = try Bench()
    defer { bench.remove() }
    let one = SpoolWriter(bench.spool)
    one.frames(7, [0x1100])
    one.callStack(7)
    one.copy(1, from: 10, to: 11)
    let two = one.bequeath()
    two.copy(2, from: 20, to: 21)
    two.frames(8, [0x1200])
    two.callStack(8)
    two.copy(3, from: 30, to: 31)
    try bench.drain.finish()
    #expect(bench.sink.events.map { bench.sink.stack(of: $0) } == [[0x1100], nil, [0x1200]])
  }
}
