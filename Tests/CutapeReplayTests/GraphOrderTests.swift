import CutapeRules
import CutapeTestSupport
import CutapeTrace
import Testing

@testable import CutapeEmulator
@testable import CutapeReplay

/// The nodes of a launch are ordered as the edges of their graph say, no more and no less.
struct GraphOrderTests {
  /// Nodes by the positions of those that they come after.
  private static func plan(_ dependencies: [[Int]]) -> GraphPlan {
    let nodes = dependencies.enumerated().map { index, before in
      GraphNode(
        id: index + 1, action: .empty, dependencies: before.map { $0 + 1 }, addedBy: index + 1, device: 0)
    }
    return GraphPlan(nodes, of: "g1") { _ in nil }
  }

  @Test("Nodes in a row are one chain")
  func row() {
    #expect(Self.plan((0..<100).map { $0 == 0 ? [] : [$0 - 1] }).chains == 1)
  }

  @Test("Nodes without edges are a chain each")
  func wide() {
    #expect(Self.plan(Array(repeating: [], count: 50)).chains == 50)
  }

  @Test("A graph that forks and joins again and again has as many chains as run at once")
  func forks() {
    var dependencies: [[Int]] = [[]]
    for _ in 0..<10 {
      let root = dependencies.count - 1
      for _ in 0..<4 { dependencies.append([root]) }
      dependencies.append(Array(root + 1...root + 4))
    }
    #expect(Self.plan(dependencies).chains == 4)
  }

  @Test("Nodes may stand in any order")
  func backwards() {
    let plan = Self.plan([[1], [2], []])
    #expect(plan.chains == 1)
    #expect(plan.entries.compactMap { $0.node?.id } == [3, 2, 1])
  }

  /// A graph by hand: copies to random bytes, each behind some of those before it.
  private struct Graph {
    var text: String
    /// The pairs of nodes, by number, that write the same bytes without a path of edges between them.
    var races: Set<[Int]> = []
    var count: Int

    init(seed: Int) {
      var random = SplitMix(seed: UInt64(seed))
      count = 3 + Int(random.next() % 12)
      var lines = ["d1 = cudaMalloc(64)", "h1 = cudaMallocHost(64)", "s1 = cudaStreamCreate()"]
      lines.append("g1 = cudaGraphCreate()")
      var before: [Set<Int>] = []
      var bytes: [Range<UInt64>] = []
      for index in 0..<count {
        let direct = (0..<index).filter { _ in random.next() % 3 == 0 }
        before.append(Set(direct).union(direct.flatMap { before[$0] }))
        let start = random.next() % 60
        bytes.append(start..<min(64, start + 1 + random.next() % 24))
        let names = direct.map { "n\($0 + 1)" }.joined(separator: ", ")
        lines.append(
          "n\(index + 1) = cudaGraphAddMemcpyNode1D(g1, [\(names)], d1+\(start), h1, \(bytes[index].count), H2D)"
        )
        for other in 0..<index where !before[index].contains(other) && bytes[other].overlaps(bytes[index]) {
          races.insert([other + 1, index + 1])
        }
      }
      lines += ["x1 = cudaGraphInstantiate(g1)", "cudaGraphLaunch(x1, s1)", "cudaGraphLaunch(x1, s1)"]
      text = lines.joined(separator: "\n")
    }
  }

  /// The nodes that a finding names: `node 3 of g1`.
  private static func nodes(_ finding: Finding) -> [Int] {
    finding.message.text.split(separator: "node ").dropFirst().compactMap { Int($0.prefix { $0.isNumber }) }
  }

  @Test("A random graph has a finding if and only if two of its nodes race", arguments: 0..<120)
  func random(_ seed: Int) throws {
    let graph = Graph(seed: seed)
    let findings = try Scenario(name: "\(seed)", text: graph.text).check(.observed).findings.filter {
      $0.severity > .info
    }
    for finding in findings {
      #expect(finding.code == "CT505")
      #expect(graph.races.contains(Self.nodes(finding).sorted()), "\(finding.message.text)\n\(graph.text)")
    }
    #expect(findings.isEmpty == graph.races.isEmpty, "\(graph.text)")
  }

  @Test("A launch is after the launches of the same executable graph before it, whatever its stream")
  func serial() throws {
    let text = """
      d1 = cudaMalloc(64)
      h1 = cudaMallocHost(64)
      s1 = cudaStreamCreateWithFlags(1)
      s2 = cudaStreamCreateWithFlags(1)
      g1 = cudaGraphCreate()
      n1 = cudaGraphAddMemcpyNode1D(g1, [], d1, h1, 64, H2D)
      x1 = cudaGraphInstantiate(g1)
      x2 = cudaGraphInstantiate(g1)
      cudaGraphLaunch(x1, s1)
      cudaGraphLaunch(x1, s2)
      cudaMemsetAsync(d1, 0, 64, s2)
      cudaGraphLaunch(x1, s1)
      """
    // The last launch is after the launch on s2, but not after the memset behind that.
    let findings = try Scenario(name: "serial", text: text).check(.observed).findings.filter {
      $0.severity > .info
    }
    #expect(findings.map(\.call.number) == [12])
    #expect(findings.first?.related.first?.number == 11)
  }
}
