import CutapeEmulator
import CutapeRules
import CutapeTestSupport
import Testing

/// Random programs: with all edges they are silent, and each edge that is taken away gives one race.
struct PropertyTests {
  /// A producer and a consumer for each step, on streams drawn by chance, with one kind of edge between them. Every
  /// step has bytes of its own, so each pair races if and only if its edge is missing.
  private static func program(seed: UInt64, without missing: Int?) -> (text: String, pair: (Int, Int)?) {
    var random = SplitMix(state: seed)
    let streams = 2 + Int(random.next() % 5)
    let steps = 4 + Int(random.next() % 12)
    var lines = ["d1 = cudaMalloc(\(steps * 4096))", "h1 = cudaMallocHost(4096)"]
    lines += (1...streams).map { "h\($0 + 1) = cudaMallocHost(\(steps * 4096))" }
    lines += (1...streams).map { "s\($0) = cudaStreamCreateWithFlags(1)" }
    lines += (1...steps).map { "e\($0) = cudaEventCreate()" }
    var pair: (Int, Int)?
    for step in 0..<steps {
      let from = 1 + Int(random.next() % UInt64(streams))
      let to = 1 + (from + Int(random.next() % UInt64(streams - 1))) % streams
      let size = 1 + random.next() % 4096
      let offset = random.next() % (4097 - size)
      lines.append("cudaMemcpyAsync(d1+\(UInt64(step * 4096) + offset), h1, \(size), H2D, s\(from))")
      let producer = lines.count
      if step != missing {
        lines.append("cudaEventRecord(e\(step + 1), s\(from))")
        lines.append("cudaStreamWaitEvent(s\(to), e\(step + 1), 0)")
      }
      lines.append(
        "cudaMemcpyAsync(h\(to + 1)+\(step * 4096), d1+\(UInt64(step * 4096) + offset), \(size), D2H, s\(to))"
      )
      if step == missing { pair = (producer, lines.count) }
    }
    return (lines.joined(separator: "\n"), pair)
  }

  @Test("A random program with all its edges gives nothing", arguments: 0..<40)
  func legal(_ seed: Int) throws {
    let (text, _) = Self.program(seed: UInt64(seed), without: nil)
    for profile in Profile.allCases {
      #expect(try Scenario(name: "\(seed)", text: text).found(profile).isEmpty)
    }
  }

  @Test("A random program without one of its edges gives that race alone", arguments: 0..<80)
  func racy(_ seed: Int) throws {
    let (text, pair) = Self.program(seed: UInt64(seed), without: seed % 4)
    let expected = try #require(pair)
    let found = try Scenario(name: "\(seed)", text: text).found(.observed)
    #expect(found.count == 1, "\(found)\n\(text)")
    #expect(found.first.map { ($0.with ?? 0, $0.call) } ?? (0, 0) == expected)
    #expect(["CT401", "CT409", "CT410"].contains(found.first?.code ?? ""))
  }
}

/// A small deterministic source of numbers (Steele, Lea, Flood, OOPSLA 2014).
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = state
    value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
    return value ^ (value >> 31)
  }
}
