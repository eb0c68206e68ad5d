/// Records of the spool become events, and whatever else is in the memory becomes an error.

import CutapeABI
import CutapeTrace
import Testing

@testable import CutapeWire

@Suite("Record decoder")
struct RecordDecoderTests {
  private let decoder = RecordDecoder()
  /// Two ticks a nanosecond, from 1000 ticks at the start of the recording.
  private let scale = TickScale(
    first: CUTCalibration(ticks: 1000, nanoseconds: 5000),
    last: CUTCalibration(ticks: 3000, nanoseconds: 6000),
    start: 5000)

  @Test("a copy: its arguments, the kind from its place of its own, times in nanoseconds")
  func copy() throws {
    var record = try SpoolRecord("cudaMemcpyAsync", words: [0x1000, 0x2000, 64, 0x77])
    record.kind = 1
    record.form = UInt8(CUT_FORM_MAJOR_13) | 1
    record.begin = 1400
    record.duration = 50
    record.result = 11
    let call = try #require(try decode(record))
    #expect(
      call.event
        == Event(
          number: 0, function: record.id, variant: .ptsz, major: 13, thread: 3, begin: 200, duration: 25,
          result: 11,
          arguments: [0x1000, 0x2000, 64, 1, 0x77]))
    #expect(call.returnAddress == 0x5555_1234 && call.beginTicks == 1400 && call.durationTicks == 50)
    #expect(!call.event.isPart && call.event.way == .linked)
  }

  @Test("a call in flight has no duration and no result")
  func inFlight() throws {
    var record = try SpoolRecord("cudaDeviceSynchronize", words: [])
    record.duration = nil
    record.result = 77
    record.form = UInt8(CUT_FORM_NESTED)
    let call = try #require(try decode(record))
    #expect(call.event.isInFlight && call.event.result == 0 && call.event.major == 12)
    #expect(!call.event.isPart, "a call of the runtime is the program's own, wherever it is made")
  }

  @Test("a call of the driver inside another one is a part of it, and has its way")
  func part() throws {
    var record = try SpoolRecord("cuMemcpyHtoDAsync_v2", words: [1, 2, 3, 4])
    record.form = UInt8(CUT_WAY_PROC.rawValue << UInt32(CUT_FORM_WAY_SHIFT))
    let alone = try #require(try decode(record)).event
    #expect(!alone.isPart && alone.way == .proc)
    record.form |= UInt8(CUT_FORM_NESTED)
    let inside = try #require(try decode(record)).event
    #expect(inside.isPart && inside.way == .proc)
    record.form = 0xe0
    #expect(throws: WireError.unknownForm(0xe0)) { try decode(record) }
  }

  @Test("nothing is published where the site is zero")
  func unpublished() throws {
    #expect(try SpoolRecord.zero.decoded(by: decoder, scale: scale) == nil)
  }

  @Test("a long call goes on in the slots behind it")
  func slots() throws {
    let words = (0..<22).map { 0x100 + UInt64($0) }
    let record = try SpoolRecord("cudaMemcpy3DPeerAsync", words: words)
    let call = try #require(try decode(record))
    #expect(record.slots == 3)
    #expect((0..<22).map { call.event.arguments[$0] } == words)
    record.withPointer { #expect(RecordDecoder.slots(of: $0) == 4) }
  }

  @Test("a string and a list follow the arguments")
  func tails() throws {
    let name = "_Z6kernelPfPKfi"
    let text = try SpoolRecord(
      "__cudaRegisterFunction", words: [1, 2, UInt64(name.utf8.count)] + [UInt64](text: name))
    let function = try #require(ApiTable.functions[text.id])
    #expect(try decode(text)?.event.text(of: function) == name)

    let launch = try SpoolRecord(
      "cudaLaunchKernel", words: [0x5000, 1, 1, 1, 256, 1, 1, 0, 0, 2] + [0x001, 0xa, 0x100, 0xb])
    #expect(try decode(launch)?.event.tail == [0x001, 0xa, 0x100, 0xb])
  }

  @Test("items that are not known need no words; a list that was cut counts as not known")
  func unknownItems() throws {
    let fixed: [UInt64] = [0x5000, 1, 1, 1, 256, 1, 1, 0, 0]
    let unknown = try SpoolRecord("cudaLaunchKernel", words: fixed + [.max])
    #expect(try decode(unknown)?.event.tail == [])
    var cut = try SpoolRecord("cudaLaunchKernel", words: fixed + [1, 0x100, 0xb])
    cut.form = UInt8(CUT_FORM_TRUNCATED)
    let event = try #require(try decode(cut)).event
    #expect(event.tail == [] && event.arguments[9] == .max)
  }

  @Test("the frames of a stack are their own value, and one without any is an error")
  func frames() throws {
    var record = try SpoolRecord("cutape_frames", words: [7, 1, 2, 0x1100, 0x1200])
    #expect(
      try record.decoded(by: decoder, scale: scale)
        == .frames(ShimFrames(stack: 7, addresses: [0x1100, 0x1200], isWhole: true)))
    record = try SpoolRecord("cutape_frames", words: [7, 0, 0])
    #expect(throws: WireError.self) { try record.decoded(by: decoder, scale: scale) }
    record = try SpoolRecord("cutape_frames", words: [7, 0, .max, 1])
    #expect(throws: WireError.self) { try record.decoded(by: decoder, scale: scale) }
  }

  @Test("the record of a module is its own value")
  func module() throws {
    let path = "/usr/lib/libplugin.so"
    let record = try SpoolRecord(
      "cutape_module",
      words: [0x7000, 0x9000, 10, 0x0706_0504_0302_0100, 0x09a8, 0, UInt64(path.utf8.count)]
        + [UInt64](text: path))
    #expect(
      try record.decoded(by: decoder, scale: scale)
        == .module(
          ShimModule(loadBias: 0x7000, end: 0x9000, path: path, build: "0001020304050607a809")))
  }

  @Test("an id, a form, a length or a size that cannot be is an error")
  func errors() throws {
    var record = try SpoolRecord("cudaMemcpyAsync", words: [1, 2, 3, 4])
    record.id = 9999
    #expect(throws: WireError.unknownFunction(9999)) { try decode(record) }
    record = try SpoolRecord("cudaMemcpyAsync", words: [1, 2, 3, 4])
    record.form = 3
    #expect(throws: WireError.unknownForm(3)) { try decode(record) }
    record = try SpoolRecord("cudaMemcpy3D", words: Array(repeating: 0, count: 4))
    #expect(throws: WireError.tooShort(function: record.id, words: 4, needed: 5)) { try decode(record) }
    record = try SpoolRecord("__cudaRegisterFunction", words: [1, 2, 1001])
    #expect(throws: WireError.impossibleLength(function: record.id, length: 1001)) { try decode(record) }
    record = try SpoolRecord("__cudaRegisterFunction", words: [1, 2, 1000])
    #expect(throws: WireError.tooShort(function: record.id, words: 4, needed: 128)) { try decode(record) }
    record = try SpoolRecord("cudaLaunchKernel", words: [0x5000, 1, 1, 1, 256, 1, 1, 0, 0, .max / 2 + 1])
    #expect(throws: WireError.tooShort(function: record.id, words: 12, needed: .max)) { try decode(record) }
    record = try SpoolRecord("cudaMemcpyAsync", words: [1, 2, 3, 4])
    record.slots = 5
    #expect(throws: WireError.pastSegment(function: record.id, slots: 6, available: 2)) {
      try record.decoded(by: decoder, scale: scale, available: 2)
    }
  }

  @Test("random memory gives events or errors, never a trap")
  func random() throws {
    var generator = Numbers()
    var record = SpoolRecord.zero
    for _ in 0..<5000 {
      // Four slots, all that is available.
      record.raw = (0..<32).map { _ in generator.next() }
      // Half of them have an id of the table, so that the rest is looked at.
      if Bool.random(using: &generator), let row = ApiTable.rows.randomElement(using: &generator) {
        record.id = row.function.id
      }
      _ = try? record.decoded(by: decoder, scale: scale, available: Int.random(in: 1...4, using: &generator))
    }
  }

  @Test("ticks that make no sense give a time, not a trap")
  func scales() {
    let equal = TickScale(
      first: CUTCalibration(ticks: 5, nanoseconds: 5), last: CUTCalibration(ticks: 5, nanoseconds: 5),
      start: 0)
    #expect(equal.nanoseconds(at: 15) == 15)
    #expect(scale.nanoseconds(at: 998) == -1)
    #expect(scale.nanoseconds(at: 1002) == 1)
    for ticks in [0, 1, UInt64(Int64.max), 1 << 63, .max] {
      _ = equal.nanoseconds(at: ticks)
      _ = equal.nanoseconds(for: ticks)
    }
    #expect(equal.nanoseconds(for: .max) == .max)
  }

  private func decode(_ record: SpoolRecord) throws -> RecordedCall? {
    guard case .call(let call) = try record.decoded(by: decoder, scale: scale) else { return nil }
    return call
  }
}

/// Random numbers that are the same in every run (splitmix64).
private struct Numbers: RandomNumberGenerator {
  private var state: UInt64 = 1

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var word = state
    word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
    word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
    return word ^ (word >> 31)
  }
}

/// A record with its slots, as it lies in a segment: eight words for each.
private struct SpoolRecord {
  var raw: [UInt64]

  static var zero: SpoolRecord { SpoolRecord(raw: Array(repeating: 0, count: 8 * 256)) }

  private init(raw: [UInt64]) { self.raw = raw }

  /// A call of `name` that returned 0 after no time, with these words for all fields but the kind.
  init(_ name: String, words: [UInt64]) throws {
    self = .zero
    let function = try #require(ApiTable.functions.named(name))
    raw[2] = 0x5555_1234
    for (index, word) in words.enumerated() { raw[4 + index] = word }
    slots = UInt8(max(0, words.count - 4 + 7) / 8)
    id = function.id
    duration = 0
  }

  var begin: UInt64 {
    get { raw[0] }
    set { raw[0] = newValue }
  }
  var id: UInt16 {
    get { UInt16(raw[1] >> 48) }
    set { raw[1] = raw[1] & CUT_IN_FLIGHT | UInt64(newValue) << 48 }
  }
  var duration: UInt64? {
    get { raw[1] & CUT_IN_FLIGHT == CUT_IN_FLIGHT ? nil : raw[1] & CUT_IN_FLIGHT }
    set { raw[1] = raw[1] & ~CUT_IN_FLIGHT | (newValue ?? CUT_IN_FLIGHT) }
  }
  var slots: UInt8 {
    get { UInt8(raw[2] >> 48 & 0xff) }
    set { raw[2] = raw[2] & ~(0xff << 48) | UInt64(newValue) << 48 }
  }
  var form: UInt8 {
    get { UInt8(raw[2] >> 56) }
    set { raw[2] = raw[2] & ~(0xff << 56) | UInt64(newValue) << 56 }
  }
  var result: Int32 {
    get { Int32(truncatingIfNeeded: raw[3]) }
    set { raw[3] = raw[3] & ~0xffff_ffff | UInt64(UInt32(bitPattern: newValue)) }
  }
  var kind: UInt32 {
    get { UInt32(raw[3] >> 32) }
    set { raw[3] = raw[3] & 0xffff_ffff | UInt64(newValue) << 32 }
  }

  func withPointer<Result>(_ body: (UnsafePointer<CUTRecord>) throws -> Result) rethrows -> Result {
    try raw.withUnsafeBytes { bytes in
      guard let start = bytes.baseAddress else { fatalError("a record has bytes") }
      return try body(start.assumingMemoryBound(to: CUTRecord.self))
    }
  }

  func decoded(by decoder: RecordDecoder, scale: TickScale, available: Int = 256) throws -> WireRecord? {
    try withPointer { try decoder.decode($0, available: available, thread: 3, scale: scale) }
  }
}
