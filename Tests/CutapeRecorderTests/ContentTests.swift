import CutapeABI
import CutapeRecorder
import CutapeTrace
import Testing

/// What sources held, from pieces in the spool to the sink.
@Suite("Contents")
struct ContentTests {
  private static func key(_ data: [UInt8]) -> ContentKey {
    var hash = cut_hashBegin()
    data.withUnsafeBytes { if let start = $0.baseAddress { cut_hashAdd(&hash, start, UInt64(data.count)) } }
    return ContentKey(hash: withUnsafePointer(to: hash) { cut_hashEnd($0) }, bytes: UInt64(data.count))
  }

  /// As many bytes as a piece can have: those of the continuation slots.
  private static let size = Int(CUT_MAX_SLOTS * CUT_SLOT_WORDS) * 8
  private static let short: [UInt8] = Array("what the source held".utf8)
  private static let long = (0..<40_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 / 251) }

  /// Sends all of `data`, or its first `pieces` pieces.
  private func send(_ data: [UInt8], as key: ContentKey? = nil, pieces: Int = .max, by writer: SpoolWriter) {
    for number in 0..<min(pieces, (data.count + Self.size - 1) / Self.size) {
      writer.piece(
        key ?? Self.key(data), offset: UInt64(number * Self.size),
        Array(data.dropFirst(number * Self.size).prefix(Self.size)))
    }
  }

  @Test("that are whole are kept, once, and are no calls")
  func kept() throws {
    let bench = try Bench()
    defer { bench.remove() }
    let (one, two) = (SpoolWriter(bench.spool), SpoolWriter(bench.spool))
    send(Self.short, by: one)
    one.copy(1, from: 10, to: 11)
    send(Self.long, by: one)
    send(Self.short, by: two)
    try bench.drain(to: 100)
    send(Self.short, by: one)
    send(Self.long, by: two)
    try bench.drain.finish()
    #expect(bench.sink.contents == [Self.key(Self.short): Self.short, Self.key(Self.long): Self.long])
    #expect(bench.sink.parts.isEmpty)
    #expect(bench.sink.events.count == 1 && bench.drain.calls == 1 && bench.drain.losses.total == 0)
  }

  @Test("that two threads send at once are kept once")
  func interleaved() throws {
    let bench = try Bench()
    defer { bench.remove() }
    let (one, two) = (SpoolWriter(bench.spool), SpoolWriter(bench.spool))
    for start in stride(from: 0, to: Self.long.count, by: Self.size) {
      for writer in [one, two] {
        writer.piece(
          Self.key(Self.long), offset: UInt64(start), Array(Self.long.dropFirst(start).prefix(Self.size)))
      }
      try bench.drain(to: 100)
    }
    try bench.drain.finish()
    #expect(bench.sink.contents == [Self.key(Self.long): Self.long])
    #expect(bench.sink.parts.isEmpty)
  }

  @Test("that a thread is sending are not broken by what stands in a segment that an ended thread left to it")
  func inherited() throws {
    let bench = try Bench()
    defer { bench.remove() }
    let (one, two) = (SpoolWriter(bench.spool), SpoolWriter(bench.spool))
    send(Self.long, pieces: 2, by: one)
    send(Self.long.reversed(), pieces: 1, by: two)
    two.bequeath(to: one)
    one.piece(
      Self.key(Self.long), offset: UInt64(2 * Self.size), Array(Self.long.dropFirst(2 * Self.size)))
    try bench.drain.finish()
    #expect(bench.sink.contents == [Self.key(Self.long): Self.long])
    #expect(bench.sink.parts.isEmpty)
  }

  @Test("that broke off, miss a piece or have other bytes than their hash says are dropped")
  func dropped() throws {
    let bench = try Bench()
    defer { bench.remove() }
    let writer = SpoolWriter(bench.spool)
    // Broken off, and then another one.
    send(Self.long, pieces: 2, by: writer)
    send(Self.short, by: writer)
    // Without its first piece, and with one that is too early.
    var other = Self.long
    other[0] ^= 1
    writer.piece(Self.key(other), offset: UInt64(Self.size), Array(other[16320..<32640]))
    send(other, pieces: 1, by: writer)
    writer.piece(Self.key(other), offset: UInt64(2 * Self.size), Array(other[32640...]))
    // Other bytes.
    send(Self.long.reversed(), as: Self.key(other), by: writer)
    // At the end.
    send(Self.long, pieces: 1, by: writer)
    try bench.drain.finish()
    #expect(bench.sink.contents == [Self.key(Self.short): Self.short])
    #expect(bench.sink.parts.isEmpty)
    #expect(bench.drain.losses.total == 0)
  }

  @Test("wait in the spool while the disk is full")
  func fullDisk() throws {
    let bench = try Bench()
    defer { bench.remove() }
    let writer = SpoolWriter(bench.spool)
    send(Self.long, pieces: 1, by: writer)
    try bench.drain(to: 100)
    writer.piece(
      Self.key(Self.long), offset: UInt64(Self.size), Array(Self.long.dropFirst(16320).prefix(16320)))
    bench.sink.isFull = true
    #expect(throws: MemorySink.Full.self) { try bench.drain(to: 100) }
    bench.drain.recycle()
    writer.piece(Self.key(Self.long), offset: 32640, Array(Self.long[32640...]))
    writer.close()
    #expect(throws: MemorySink.Full.self) { try bench.drain(to: 100) }
    bench.drain.recycle()
    #expect(bench.spool.freeSegments < bench.spool.readySegments)
    bench.sink.isFull = false
    try bench.drain(to: 100)
    bench.drain.recycle()
    #expect(bench.spool.freeSegments == bench.spool.readySegments)
    #expect(bench.sink.contents == [Self.key(Self.long): Self.long])
  }

  @Test("come in steps when there are many, and none is left behind")
  func many() throws {
    let bench = try Bench()
    defer { bench.remove() }
    let writer = SpoolWriter(bench.spool)
    for number in 0..<3000 { send(Array("\(number)".utf8), by: writer) }
    try bench.drain(to: 100)
    #expect(bench.sink.contents.count == 3000)
    #expect(bench.sink.contents.allSatisfy { $0.key == Self.key($0.value) })
  }

  @Test("cannot be made of nonsense", arguments: 0..<200)
  func nonsense(_ seed: UInt64) throws {
    let bench = try Bench()
    defer { bench.remove() }
    let writer = SpoolWriter(bench.spool)
    var random = SplitMix(state: seed)
    let numbers: [UInt64] = [0, 1, 7, 8, 20, 16320, 16321, 1 << 40, .max]
    func number() -> UInt64 { numbers.randomElement(using: &random) ?? 0 }
    for _ in 0..<20 {
      let record = writer.begin(
        "cutape_content", at: 1, words: [number(), number(), number(), number()],
        tail: Array(repeating: number(), count: Int.random(in: 0...30, using: &random)))
      writer.end(record, at: 1)
    }
    try bench.drain.finish()
    #expect(bench.sink.contents.allSatisfy { $0.key == Self.key($0.value) })
    #expect(bench.sink.parts.isEmpty)
  }
}
