import CutapeEmulator
import CutapeReplay
import CutapeTestSupport
import CutapeTrace
import Testing

/// Other legal orders: what depends on them, and what does not.
struct ScheduleTests {
  private static let head = """
    d1 = cudaMalloc(4096)
    d2 = cudaMalloc(4096)
    h1 = cudaMallocHost(4096)
    h2 = cudaMallocHost(4096)
    s1 = cudaStreamCreateWithFlags(1)
    s2 = cudaStreamCreateWithFlags(1)
    e1 = cudaEventCreate()

    """
  /// How many calls the head makes.
  private static let first = 8

  private func run(
    _ text: String, count: Int = 12, seed: UInt64 = 1, kernels: KernelModel = .may,
    profile: Profile = .doc, lost: Int = 0
  ) throws -> Schedules.Outcome {
    var schedules = Schedules(
      functions: TraceText.functions, completeness: Completeness(lost: lost),
      options: Schedules.Options(profile: profile, kernels: kernels, count: count, seed: seed))
    for event in try TraceText(Self.head + text).events { schedules.follow(event) }
    return schedules.finish()
  }

  /// The pair of the only divergence, as call numbers from 1 behind the head.
  private func pair(_ outcome: Schedules.Outcome) throws -> [Int] {
    try #require(outcome.divergences.count == 1, "\(outcome.divergences.count)")
    #expect(Set(outcome.digests).count > 1)
    let divergence = outcome.divergences[0]
    return [divergence.earlier, divergence.later].compactMap { $0.map { $0.event.number - Self.first + 1 } }
  }

  private func isSame(_ outcome: Schedules.Outcome) -> Bool {
    outcome.divergences.isEmpty && Set(outcome.digests).count == 1
  }

  @Test("An upload and a download that race: the download brings what was there before, or the upload")
  func readAfterWrite() throws {
    let outcome = try run(
      """
      cudaMemcpyAsync(d1+0x100, h1, 1024, H2D, s1)
      cudaMemcpyAsync(h2, d1, 4096, D2H, s2)
      """)
    #expect(try pair(outcome) == [1, 2])
    let place = try #require(outcome.divergences[0].places.first)
    #expect(place.first == ByteRange(start: 0x100, count: 1024))
    #expect(place.bytes == 1024)
    #expect(place.outcomes.count == 2 && place.outcomes.map(\.orders).reduce(0, +) == 13)
  }

  @Test("With an event between them there is one content")
  func ordered() throws {
    let outcome = try run(
      """
      cudaMemcpyAsync(d1, h1, 4096, H2D, s1)
      cudaEventRecord(e1, s1)
      cudaStreamWaitEvent(s2, e1, 0)
      cudaMemcpyAsync(h2, d1, 4096, D2H, s2)
      """)
    #expect(isSame(outcome))
    #expect(outcome.digests.count == 13)
  }

  @Test("Of two writers either may win, in exactly the bytes that both write")
  func writers() throws {
    let outcome = try run(
      """
      cudaMemcpyAsync(d1, h1, 2052, H2D, s1)
      cudaMemcpyAsync(d1+0x800, h2, 2048, H2D, s2)
      """)
    #expect(try pair(outcome) == [1, 2])
    #expect(outcome.divergences[0].places.map(\.first) == [ByteRange(start: 0x800, count: 4)])
  }

  @Test("Two memsets of one value leave the same bytes in any order")
  func sameValue() throws {
    #expect(isSame(try run("cudaMemsetAsync(d1, 0, 4096, s1)\ncudaMemsetAsync(d1, 0, 2048, s2)")))
    #expect(try pair(run("cudaMemsetAsync(d1, 0, 4096, s1)\ncudaMemsetAsync(d1, 1, 2048, s2)")) == [1, 2])
  }

  @Test("A difference is followed through copies to the pair that made it")
  func throughCopies() throws {
    let outcome = try run(
      """
      cudaMemcpyAsync(d1, h1, 4096, H2D, s1)
      cudaMemsetAsync(d1, 7, 64, s2)
      cudaDeviceSynchronize()
      cudaMemcpyAsync(d2, d1, 4096, D2D, s1)
      cudaStreamSynchronize(s1)
      cudaMemcpyAsync(h2, d2, 4096, D2H, s2)
      """)
    #expect(try pair(outcome) == [1, 2])
    #expect(outcome.divergences[0].places.allSatisfy { $0.bytes == 64 })
    #expect(outcome.divergences[0].placeCount == 3)
  }

  @Test("Interleaved columns do not meet; columns that do, differ where they do")
  func columns() throws {
    let apart = """
      cudaMemcpy2DAsync(d1, 64, h1, 32, 32, 16, H2D, s1)
      cudaMemcpy2DAsync(d1+32, 64, h1, 32, 32, 16, H2D, s2)
      """
    #expect(isSame(try run(apart)))
    let outcome = try run(apart.replacing("d1+32", with: "d1+28"))
    #expect(try pair(outcome) == [1, 2])
    let place = try #require(outcome.divergences[0].places.first)
    #expect(place.first == ByteRange(start: 28, count: 4))
    #expect(place.bytes == 4 * 16)
  }

  @Test("What the host writes or reads is part of it")
  func host() throws {
    #expect(
      try pair(run("cudaMemcpyAsync(d1, h1, 64, H2D, s1)\nCUTAPE_HOST_WRITE(h1, 32)")) == [1, 2])
    #expect(
      try pair(run("cudaMemcpyAsync(h2, d1, 64, D2H, s1)\nCUTAPE_HOST_READ(h2+32, 64)")) == [1, 2])
    #expect(
      isSame(
        try run(
          """
          CUTAPE_HOST_WRITE(h1, 32)
          cudaMemcpyAsync(d1, h1, 64, H2D, s1)
          cudaStreamSynchronize(s1)
          CUTAPE_HOST_WRITE(h1, 32)
          """)))
  }

  @Test("Memory is looked at when it is freed")
  func freed() throws {
    let outcome = try run(
      """
      cudaMemcpyAsync(d1, h1, 64, H2D, s1)
      cudaMemcpyAsync(d1, h2, 64, H2D, s2)
      cudaDeviceSynchronize()
      cudaFree(d1)
      """)
    #expect(try pair(outcome) == [1, 2])
    guard case .object(let object, let freedBy) = outcome.divergences[0].places[0].subject else {
      Issue.record("not an object")
      return
    }
    #expect(object.name == "d1" && freedBy == Self.first + 3)
  }

  @Test("The legacy stream orders blocking streams, and not the others")
  func legacy() throws {
    #expect(
      isSame(
        try run(
          """
          s3 = cudaStreamCreate()
          cudaMemcpyAsync(d1, h1, 64, H2D, s3)
          cudaMemsetAsync(d1, 0, 64, 0)
          cudaMemcpyAsync(h2, d1, 64, D2H, s3)
          """)))
    #expect(
      try pair(run("cudaMemcpyAsync(d1, h1, 64, H2D, s1)\ncudaMemsetAsync(d1, 0, 64, 0)")) == [1, 2])
  }

  @Test("What is ordered on hardware alone differs under the documented profile alone")
  func profiles() throws {
    let text = """
      p1 = malloc(4096)
      cudaMemcpyAsync(p1, d1, 64, D2H, s1)
      cudaMemsetAsync(d1, 3, 64, s2)
      """
    #expect(try pair(run(text)) == [1, 2])
    #expect(isSame(try run(text, profile: .observed)))
  }

  @Test("A kernel that may write is no cause, but what it left is a content like others")
  func mayKernels() throws {
    let race = "cudaMemcpyAsync(d1, h1, 4096, H2D, s1)\nfill<<<s2>>>(d1)\n"
    #expect(isSame(try run(race)))
    #expect(isSame(try run(race + "cudaDeviceSynchronize()\ncudaMemcpyAsync(h2, d1, 64, D2H, s1)\n")))
    #expect(isSame(try run("fill<<<s2>>>(d1, d2)\ncudaMemcpyAsync(h2, d2, 64, D2H, s1)")))
    let outcome = try run(
      """
      fill<<<s1>>>(d1)
      cudaDeviceSynchronize()
      cudaMemcpyAsync(d1, h1, 64, H2D, s1)
      cudaMemcpyAsync(h2, d1, 64, D2H, s2)
      """)
    #expect(try pair(outcome) == [3, 4])
    let unknown = race.replacing("fill<<<s2>>>(d1)", with: "fill<<<s2>>>(?)")
    #expect(isSame(try run(unknown)))
  }

  @Test("What a kernel that may write makes of contents that differ is not known")
  func mayKernelOfDifferentInputs() throws {
    let race = "cudaMemsetAsync(d1, 1, 64, s1)\ncudaMemsetAsync(d1, 2, 64, s2)\ncudaDeviceSynchronize()\n"
    #expect(isSame(try run(race + "fill<<<s1>>>(d1)\ncudaMemcpyAsync(h2, d1, 64, D2H, s1)\n")))
    #expect(isSame(try run(race + "fill<<<s1>>>(d2, d1)\nfill<<<s1>>>(d1)\n")))
  }

  @Test(
    "Kernels that are said to write are operations like others, and their results follow from their inputs")
  func writingKernels() throws {
    #expect(
      try pair(run("cudaMemcpyAsync(d1, h1, 4096, H2D, s1)\nfill<<<s2>>>(d1)", kernels: .write)) == [1, 2])
    let outcome = try run(
      """
      cudaMemsetAsync(d1, 1, 64, s1)
      cudaMemsetAsync(d1, 2, 64, s2)
      cudaDeviceSynchronize()
      fill<<<s1>>>(d2, const d1)
      cudaMemcpyAsync(h2, d2, 64, D2H, s1)
      """, kernels: .write)
    #expect(try pair(outcome) == [1, 2])
    #expect(outcome.divergences[0].placeCount == 3)
  }

  @Test("A call that is not modelled makes what was before unknown")
  func unknownCalls() throws {
    let outcome = try run(
      """
      cudaMemsetAsync(d1, 1, 64, s1)
      cudaMemsetAsync(d1, 2, 64, s2)
      cudaDeviceSynchronize()
      cudaIpcGetMemHandle()
      """)
    #expect(isSame(outcome) == (outcome.unknownCalls > 0))
  }

  @Test("Where calls were lost no other order is run")
  func lost() throws {
    let outcome = try run(
      "cudaMemsetAsync(d1, 1, 64, s1)\ncudaMemsetAsync(d1, 2, 64, s2)", lost: 1)
    #expect(outcome.digests.count == 1)
    #expect(outcome.divergences.isEmpty)
  }

  @Test("A loop that races at one place is told once, with a count")
  func folded() throws {
    let outcome = try run(
      """
      repeat 10
      cudaMemsetAsync(d1, 1, 64, s1)
      cudaMemsetAsync(d1, 2, 64, s2)
      cudaDeviceSynchronize()
      cudaMemcpyAsync(h2, d1, 64, D2H, s1)
      end
      """)
    #expect(try pair(outcome) == [1, 2])
    #expect(outcome.divergences[0].count == 10)
  }

  @Test(
    "One seed gives one report; a copy of a terabyte costs no more than one of a byte", arguments: [1, 2, 3])
  func deterministic(_ seed: UInt64) throws {
    let text = """
      d3 = cudaMalloc(0x10000000000)
      d4 = cudaMalloc(0x10000000000)
      cudaMemsetAsync(d3, 1, 0x10000000000, s1)
      cudaMemcpyAsync(d4, d3, 0x10000000000, D2D, s2)
      cudaMemcpyAsync(d3, h1, 64, H2D, s1)
      """
    let first = try run(text, seed: seed)
    let second = try run(text, seed: seed)
    #expect(first.digests == second.digests)
    #expect(first.divergences.count == second.divergences.count)
    #expect(first.divergences.contains { $0.places.contains { $0.bytes >= 0xff_ffff_ff00 } })
  }

  @Test("Where the trace has hashes, uploads of equal bytes are no difference", arguments: ["0xaa", "0xbb"])
  func hashes(_ second: String) throws {
    let outcome = try run(
      """
      a1 = hash(64, 0xaa)
      cudaMemcpyAsync(d1, h1, 64, H2D, s1)
      a2 = hash(64, \(second))
      cudaMemcpyAsync(d1, h2, 64, H2D, s2)
      """)
    #expect(isSame(outcome) == (second == "0xaa"))
  }
}
