import CutapeABI
import CutapeRecorder
import CutapeTrace
import Glibc
import Testing

@Suite("The drain")
struct DrainTests {
  @Test("merges threads by time of effect, and holds back what is too new")
  func mergesThreads() throws {
    let bench = try Bench()
    defer { bench.remove() }
    let (one, two) = (SpoolWriter(bench.spool), SpoolWriter(bench.spool))
    one.copy(1, from: 10, to: 15)
    one.copy(3, from: 30, to: 35)
    two.copy(2, from: 20, to: 90)
    two.copy(4, from: 100, to: 101)
    try bench.drain(to: 50)
    #expect(bench.sink.copies == [1, 2, 3])
    try bench.drain(to: 100)
    #expect(bench.sink.copies == [1, 2, 3, 4])
    #expect(bench.sink.threads.map(\.number).sorted() == [1, 2])
    #expect(bench.sink.threads.first?.name == "worker")
    #expect(bench.sink.events.map(\.thread) == [1, 2, 1, 2])
  }

  @Test("knows which thread a record is of when threads use a segment one behind the other")
  func heirs() throws {
    let bench = try Bench()
    defer { bench.remove() }
    let one = SpoolWriter(bench.spool)
    one.copy(1, from: 10, to: 11)
    let two = one.bequeath()
    two.copy(2, from: 20, to: 21)
    let three = two.bequeath()
    // What it writes into a segment of its own is not read before the rest of the first one.
    let left = three.leave()
    three.copy(4, from: 40, to: 41)
    try bench.drain(to: 100)
    #expect(bench.sink.copies == [1, 2, 4])
    #expect(bench.sink.events.map(\.thread) == [1, 2, 3])
    let threads = bench.sink.threads.sorted { $0.number < $1.number }
    #expect(threads.map(\.number) == [1, 2, 3])
    #expect(threads[1] == RecordedThread(number: 2, systemID: 202, name: "heir"))
    cut_storeRelease32(&left!.pointee.state, CUT_SEGMENT_CLOSED.rawValue)
    three.close()
    try bench.drain(to: 100)
    bench.drain.recycle()
    #expect(bench.spool.freeSegments == bench.spool.readySegments)
  }

  @Test("puts an allocation where it returned")
  func ordersAllocationsByReturn() throws {
    let bench = try Bench()
    defer { bench.remove() }
    let (one, two) = (SpoolWriter(bench.spool), SpoolWriter(bench.spool))
    let allocation = one.begin("cudaMalloc", at: 10, words: [0x7000, 64])
    two.copy(1, from: 20, to: 21)
    one.end(allocation, at: 30)
    two.copy(2, from: 40, to: 41)
    try bench.drain(to: 100)
    #expect(bench.sink.events.map(\.begin) == [20, 10, 40])
  }

  @Test("adds a long call in flight and completes it later")
  func completesLongCalls() throws {
    let bench = try Bench()
    defer { bench.remove() }
    let (one, two) = (SpoolWriter(bench.spool), SpoolWriter(bench.spool))
    let wait = one.begin("cudaDeviceSynchronize", at: 10)
    two.copy(1, from: 20, to: 21)
    try bench.drain(to: 50)
    #expect(bench.sink.events.map(\.duration) == [nil, 1])
    #expect(bench.drain.inFlight == 1)
    one.end(wait, at: 500, result: 700)
    try bench.drain(to: 50)
    #expect(bench.sink.events.map(\.duration) == [490, 1])
    #expect(bench.sink.events.first?.result == 700)
    #expect(bench.sink.events.map(\.site) == [1, 1])
    #expect(bench.drain.inFlight == 0)
  }

  @Test("ends a call by the clock of its end, which is that of the calls behind it")
  func endsByClockOfEnd() throws {
    let bench = try Bench()
    defer { bench.remove() }
    let writer = SpoolWriter(bench.spool)
    let start = bench.drain.timeline.last
    // A tick is one nanosecond at first, and two later.
    bench.drain.timeline.append(
      CUTCalibration(ticks: start.ticks + 100, nanoseconds: start.nanoseconds + 100))
    bench.drain.timeline.append(
      CUTCalibration(ticks: start.ticks + 200, nanoseconds: start.nanoseconds + 300))
    let allocation = writer.begin("cudaMalloc", at: start.ticks + 50, words: [0x7000, 64])
    writer.end(allocation, at: start.ticks + 150)
    writer.copy(1, from: start.ticks + 151, to: start.ticks + 152)
    try bench.drain(to: start.ticks + 200)
    #expect(bench.sink.events.map(\.begin) == [1_000_050, 1_000_202])
    #expect(bench.sink.events.map(\.duration) == [150, 2])
  }

  @Test("leaves calls in flight that never returned, allocations last")
  func keepsUnfinishedCalls() throws {
    let bench = try Bench()
    defer { bench.remove() }
    let (one, two, three) = (SpoolWriter(bench.spool), SpoolWriter(bench.spool), SpoolWriter(bench.spool))
    one.begin("cudaMalloc", at: 10, words: [0x7000, 64])
    two.begin("cudaDeviceSynchronize", at: 20)
    three.copy(1, from: 30, to: 31)
    try bench.drain.finish()
    #expect(bench.sink.events.map(\.begin) == [20, 30, 10])
    #expect(bench.sink.events.map(\.isInFlight) == [true, false, true])
  }

  @Test("uses segments again, in each thread's order, and loses nothing while there are free ones")
  func recyclesSegments() throws {
    let bench = try Bench()
    defer { bench.remove() }
    let writer = SpoolWriter(bench.spool)
    var time: UInt64 = 0
    var total: UInt64 = 0
    for _ in 0..<8 {
      for _ in 0..<20_000 {
        time += 2
        total += 1
        writer.copy(total, from: time, to: time + 1)
      }
      try bench.drain(to: time)
      bench.drain.recycle()
    }
    try bench.drain.finish()
    #expect(bench.drain.losses.total == 0)
    #expect(bench.sink.copies == Array(1...total))
  }

  @Test("keeps a closed segment as long as a call in it is in flight")
  func keepsSegmentsInUse() throws {
    let bench = try Bench()
    defer { bench.remove() }
    let writer = SpoolWriter(bench.spool)
    let wait = writer.begin("cudaDeviceSynchronize", at: 10)
    writer.close()
    writer.copy(1, from: 20, to: 21)
    try bench.drain(to: 100)
    bench.drain.recycle()
    let free = bench.spool.freeSegments
    writer.end(wait, at: 200)
    try bench.drain(to: 300)
    bench.drain.recycle()
    #expect(bench.sink.events.map(\.duration) == [190, 1])
    #expect(bench.spool.freeSegments == free + 1)
  }

  @Test("reads on behind a segment that a running call keeps open")
  func readsBehindHeldSegments() throws {
    let bench = try Bench()
    defer { bench.remove() }
    let writer = SpoolWriter(bench.spool)
    let wait = writer.begin("cudaDeviceSynchronize", at: 10)
    let held = try #require(writer.leave())
    writer.copy(1, from: 20, to: 21)
    try bench.drain(to: 100)
    bench.drain.recycle()
    #expect(bench.sink.events.map(\.duration) == [nil, 1])
    let free = bench.spool.freeSegments
    writer.end(wait, at: 200)
    try bench.drain(to: 300)
    bench.drain.recycle()
    #expect(bench.spool.freeSegments == free)
    cut_storeRelease32(&held.pointee.state, CUT_SEGMENT_CLOSED.rawValue)
    bench.drain.recycle()
    #expect(bench.spool.freeSegments == free + 1)
    #expect(bench.sink.events.map(\.duration) == [190, 1])
  }

  @Test("counts dropped calls exactly, by thread")
  func countsLosses() throws {
    let bench = try Bench()
    defer { bench.remove() }
    let writer = SpoolWriter(bench.spool)
    let segments = UInt64(bench.spool.readySegments)
    let room = segments * 16382
    for number in 1...room + 5 { writer.copy(number, from: number * 2, to: number * 2 + 1) }
    try bench.drain(to: .max)
    bench.drain.recycle()
    writer.copy(0, from: 2 * room + 20, to: 2 * room + 21)
    try bench.drain.finish()
    #expect(bench.drain.losses.total == 5)
    #expect(bench.drain.losses.byThread == [1: 5])
    #expect(bench.sink.copies == Array(1...room) + [0])
  }

  @Test("keeps everything for the next time when the sink is full")
  func survivesFullSink() throws {
    let bench = try Bench()
    defer { bench.remove() }
    let writer = SpoolWriter(bench.spool)
    writer.copy(1, from: 10, to: 11)
    bench.sink.isFull = true
    #expect(throws: MemorySink.Full.self) { try bench.drain(to: 100) }
    writer.copy(2, from: 20, to: 21)
    bench.sink.isFull = false
    try bench.drain(to: 100)
    #expect(bench.sink.copies == [1, 2])
    #expect(bench.sink.sites.count == 1)
  }

  @Test("gives call sites their module and offset, and tells reloaded modules apart")
  func resolvesSites() throws {
    let bench = try Bench()
    defer { bench.remove() }
    let writer = SpoolWriter(bench.spool)
    writer.module(path: "/lib/first.so", base: 0x1000, end: 0x9000)
    writer.end(writer.begin("cudaDeviceSynchronize", at: 10, site: 0x1234), at: 11)
    try bench.drain(to: 100)
    writer.module(path: "second.so", base: 0x1000, end: 0x5000)
    writer.end(writer.begin("cudaDeviceSynchronize", at: 110, site: 0x1234), at: 111)
    writer.end(writer.begin("cudaDeviceSynchronize", at: 120, site: 0x1234), at: 121)
    writer.end(writer.begin("cudaDeviceSynchronize", at: 130, site: 0xf000), at: 131)
    try bench.drain(to: 200)
    #expect(bench.sink.events.map(\.site) == [1, 2, 2, 3])
    #expect(bench.sink.sites[1]?.module == "/lib/first.so")
    #expect(bench.sink.sites[1]?.offset == 0x234)
    #expect(bench.sink.sites[2]?.module == "/opt/second.so")
    #expect(bench.sink.sites[3]?.module == "?")
    #expect(bench.sink.modules == ["/lib/first.so", "second.so"])
  }

  @Test("takes any bytes for what they are", arguments: 0..<12)
  func survivesHostileSpools(seed: Int) throws {
    let bench = try Bench()
    defer { bench.remove() }
    var random = SplitMix(state: UInt64(seed))
    for index in 0..<bench.spool.readySegments {
      let segment = bench.spool.segment(index)
      let words = UnsafeMutableRawPointer(segment).assumingMemoryBound(to: UInt64.self)
      for word in 0..<(1 << 14) {
        // Half of the words are plausible: known functions, few slots.
        let value = random.next()
        words[word] = value % 2 == 0 ? value : (value % 100) << 48 | value % 7
      }
      segment.pointee.state = UInt32(value: random.next(), below: 4)
      segment.pointee.thread = UInt32(value: random.next(), below: 3)
      segment.pointee.sequence = random.next() % 4
    }
    try bench.drain(to: random.next())
    bench.drain.recycle()
    try bench.drain.finish()
  }
}

/// A small generator with a seed, so that a failure can be repeated.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var word = state
    word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
    word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
    return word ^ (word >> 31)
  }
}

extension UInt32 {
  init(value: UInt64, below limit: UInt64) { self = UInt32(value % limit) }
}
