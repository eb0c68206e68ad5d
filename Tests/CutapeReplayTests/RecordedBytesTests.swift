import CutapeReplay
import CutapeTestSupport
import CutapeTrace
import Testing

/// Other legal orders of a trace that has the bytes of its uploads.
struct RecordedBytesTests {
  private static let head = """
    d1 = cudaMalloc(0x1000)
    d2 = cudaMalloc(0x1000)
    h1 = cudaMallocHost(0x1000)
    h2 = cudaMallocHost(0x1000)
    s1 = cudaStreamCreateWithFlags(1)
    s2 = cudaStreamCreateWithFlags(1)
    s3 = cudaStreamCreateWithFlags(1)

    """

  /// Contents by the hash that the text gives them.
  private struct Recorded: RecordedBytes {
    var contents: [UInt64: [UInt8]]

    func bytes(of content: ContentKey, range: ByteRange) -> [UInt8]? {
      guard let all = contents[content.hash], all.count == Int(content.bytes) else { return nil }
      return Array(all[Int(range.start)..<Int(range.end)])
    }
  }

  private func run(
    _ text: String, _ contents: [UInt64: [UInt8]], kernels: KernelModel = .may
  ) throws -> Schedules.Outcome {
    var schedules = Schedules(
      functions: TraceText.functions, options: Schedules.Options(kernels: kernels, count: 20),
      bytes: Recorded(contents: contents))
    for event in try TraceText(Self.head + text).events { schedules.follow(event) }
    return schedules.finish()
  }

  /// Two uploads of 64 bytes to one place, which nothing orders.
  private static let race = """
    a1 = hash(64, 0xaa)
    cudaMemcpyAsync(d1, h1, 64, H2D, s1)
    a2 = hash(64, 0xbb)
    cudaMemcpyAsync(d1, h2, 64, H2D, s2)

    """
  private static let ones = [UInt8](repeating: 1, count: 64)

  private func isSame(_ outcome: Schedules.Outcome) -> Bool {
    outcome.divergences.isEmpty && Set(outcome.digests).count == 1
  }

  @Test("The bytes that differ are told, no others, with what they are in each order")
  func differ() throws {
    var other = Self.ones
    other[20] = 2
    other[25] = 3
    other[60] = 4
    let outcome = try run(Self.race, [0xaa: Self.ones, 0xbb: other])
    #expect(Set(outcome.digests).count == 2 && outcome.coincidences.isEmpty)
    try #require(outcome.divergences.count == 1)
    let place = try #require(outcome.divergences[0].places.first)
    #expect(place.first == ByteRange(start: 20, count: 6))
    #expect(place.bytes == 7)
    let excerpts = place.outcomes.map(\.excerpt)
    #expect(excerpts.map { $0?.start } == [16, 16])
    #expect(
      Set(excerpts.map { $0?.bytes }) == [
        Array(repeating: 1, count: 16), [1, 1, 1, 1, 2, 1, 1, 1, 1, 3, 1, 1, 1, 1, 1, 1],
      ])
    #expect(Set(place.outcomes.map(\.digest)).count == 2 && place.outcomes.allSatisfy { $0.digest != nil })
  }

  @Test("Where the bytes are equal the contents are, and the pair is named all the same")
  func equal() throws {
    let outcome = try run(Self.race, [0xaa: Self.ones, 0xbb: Self.ones])
    #expect(isSame(outcome))
    try #require(outcome.coincidences.count == 1)
    let numbers = [outcome.coincidences[0].earlier, outcome.coincidences[0].later].map { $0?.event.number }
    #expect(numbers == [9, 11])
    #expect(outcome.coincidences[0].places.map(\.first) == [ByteRange(start: 0, count: 64)])
  }

  @Test("Equal hashes are a coincidence as well; what is ordered is none")
  func equalHashes() throws {
    let same = Self.race.replacing("0xbb", with: "0xaa")
    let outcome = try run(same, [:])
    #expect(isSame(outcome))
    #expect(outcome.coincidences.count == 1)
    let ordered = try run(same.replacing("s2", with: "s1"), [0xaa: Self.ones])
    #expect(isSame(ordered) && ordered.coincidences.isEmpty)
  }

  @Test("An upload of part of the same bytes, and a memset of their value, are equal")
  func otherOrigins() throws {
    let part = try run(
      """
      a1 = hash(64, 0xaa)
      cudaMemcpyAsync(d1, h1, 64, H2D, s1)
      a2 = hash(16, 0xbb)
      cudaMemcpyAsync(d1+8, h2, 16, H2D, s2)
      """, [0xaa: Self.ones, 0xbb: [UInt8](repeating: 1, count: 16)])
    #expect(isSame(part) && part.coincidences.count == 1)
    let text = "a1 = hash(64, 0xaa)\ncudaMemcpyAsync(d1, h1, 64, H2D, s1)\ncudaMemsetAsync(d1, 1, 64, s2)\n"
    #expect(isSame(try run(text, [0xaa: Self.ones])))
    let other = try run(text.replacing("(d1, 1", with: "(d1, 2"), [0xaa: Self.ones])
    #expect(other.divergences.first?.places.first?.first == ByteRange(start: 0, count: 64))
  }

  @Test("Where bytes were not recorded the origins decide")
  func notRecorded() throws {
    let outcome = try run(Self.race, [0xaa: Self.ones])
    #expect(Set(outcome.digests).count == 2)
    let place = try #require(outcome.divergences.first?.places.first)
    #expect(place.first == ByteRange(start: 0, count: 64))
    #expect(place.outcomes.map { $0.excerpt != nil }.sorted { !$0 && $1 } == [false, true])
  }

  @Test("Orders that leave the same bytes have one digest, wherever those came from")
  func digests() throws {
    let outcome = try run(
      Self.race + "a3 = hash(128, 0xcc)\ncudaMemcpyAsync(d1, h1, 128, H2D, s3)\n",
      [0xaa: Self.ones, 0xbb: [UInt8](repeating: 2, count: 64), 0xcc: [UInt8](repeating: 1, count: 128)])
    #expect(Set(outcome.digests).count == 2)
    let place = try #require(outcome.divergences.first?.places.first)
    #expect(place.outcomes.count == 2 && place.outcomes.map(\.orders).reduce(0, +) == 21)
  }

  @Test("A kernel that is said to write makes the same of equal bytes", arguments: [UInt8(1), 2])
  func kernels(_ second: UInt8) throws {
    let text =
      Self.race.replacing(
        "a2 = hash(64, 0xbb)\ncudaMemcpyAsync(d1, h2, 64",
        with: "a2 = hash(32, 0xbb)\ncudaMemcpyAsync(d1, h2, 32")
      + "cudaDeviceSynchronize()\nfill<<<s1>>>(d2, const d1)\ncudaMemcpyAsync(h2, d2, 64, D2H, s1)"
    let outcome = try run(
      text, [0xaa: Self.ones, 0xbb: [UInt8](repeating: second, count: 32)], kernels: .write)
    #expect(isSame(outcome) == (second == 1))
    #expect(outcome.coincidences.isEmpty == (second == 2))
  }

  @Test("Long contents are compared to their last byte")
  func long() throws {
    let count = 3 << 20
    let text = """
      d3 = cudaMalloc(\(count))
      a1 = hash(\(count), 0xaa)
      cudaMemcpyAsync(d3, h1, \(count), H2D, s1)
      a2 = hash(\(count), 0xbb)
      cudaMemcpyAsync(d3, h2, \(count), H2D, s2)
      """
      .replacing("h1", with: "p1").replacing("h2", with: "p2")
    let bytes = [UInt8](repeating: 7, count: count)
    var other = bytes
    other[count - 1] = 8
    let memory = "p1 = cudaMallocHost(\(count))\np2 = cudaMallocHost(\(count))\n"
    let outcome = try run(memory + text, [0xaa: bytes, 0xbb: other])
    let place = try #require(outcome.divergences.first?.places.first)
    #expect(place.first == ByteRange(start: UInt64(count) - 1, count: 1) && place.bytes == 1)
    #expect(isSame(try run(memory + text, [0xaa: bytes, 0xbb: bytes])))
  }
}
