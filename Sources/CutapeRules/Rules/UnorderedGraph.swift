import CutapeEmulator
import CutapeReplay
import CutapeTrace

/// A node of a graph and another operation touch the same bytes, at least one writes, and nothing orders them.
///
/// The other is work of another stream, a node of a graph that was launched there, or a node of the same graph. One
/// launch that is not ordered with another is one mistake, however many of their nodes meet; two nodes of one graph are
/// a mistake of their own.
struct UnorderedGraph: Rule {
  static let page = RulePage(
    code: "CT505", name: "unordered-graph", severity: .error,
    summary: "a node of a graph and another operation touch the same bytes, and nothing orders them",
    what: """
      The nodes of a launch run after the earlier work of its stream and before the later work, and among themselves in \
      the order of the graph's edges. Launches of one executable graph follow each other. Nothing else orders them: not \
      with other streams, not with launches of other graphs there, and not two nodes without a path of edges between them.
      """,
    why:
      "Which of the two comes first differs from launch to launch. A graph hides that: the capture worked, and so did the first launches.",
    example: """
      d1 = cudaMalloc(4096)
      h1 = cudaMallocHost(4096)
      h2 = cudaMallocHost(4096)
      s1 = cudaStreamCreateWithFlags(1)
      s2 = cudaStreamCreateWithFlags(1)
      cudaStreamBeginCapture(s1, Global)
      cudaMemcpyAsync(d1, h1, 4096, H2D, s1)
      g1 = cudaStreamEndCapture(s1)
      x1 = cudaGraphInstantiate(g1)
      cudaGraphLaunch(x1, s1)
      cudaMemcpyAsync(h2, d1, 4096, D2H, s2)
      """,
    instead: """
      d1 = cudaMalloc(4096)
      h1 = cudaMallocHost(4096)
      h2 = cudaMallocHost(4096)
      s1 = cudaStreamCreateWithFlags(1)
      s2 = cudaStreamCreateWithFlags(1)
      e1 = cudaEventCreate()
      cudaStreamBeginCapture(s1, Global)
      cudaMemcpyAsync(d1, h1, 4096, H2D, s1)
      g1 = cudaStreamEndCapture(s1)
      x1 = cudaGraphInstantiate(g1)
      cudaGraphLaunch(x1, s1)
      cudaEventRecord(e1, s1)
      cudaStreamWaitEvent(s2, e1, 0)
      cudaMemcpyAsync(h2, d1, 4096, D2H, s2)
      """,
    reference:
      "CUDA Runtime API, cudaGraphLaunch: ordered \"behind both any previous work in stream\" and previous launches",
    since: "0.1")
  static let facts: Facts = [.conflicts]

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    let conflicts = replay.conflicts(.ofGraph)
    guard !conflicts.isEmpty else { return }
    var told: Set<Conflict.Pair> = []
    for conflict in conflicts where told.insert(conflict.pair).inserted {
      let more = conflicts.count { $0.pair == conflict.pair } - 1
      let edge: Message = conflict.isInGraph ? .noPath(conflict) : .noEdge(conflict, replay)
      reporter.report(
        replay.unordered(
          Self.self, conflict,
          notes: [edge] + (Message.missed(conflict).map { [$0] } ?? []) + (more > 0 ? [.more(more)] : []),
          help: conflict.isInGraph ? .orderNodes : .orderByEvent(conflict, replay)))
    }
  }
}

extension Message {
  fileprivate static func noPath(_ conflict: Conflict) -> Message {
    "no path of edges leads from \(conflict.earlier.node?.name ?? "the one") to \(conflict.later?.node?.name ?? "the other")"
  }

  fileprivate static func more(_ count: Int) -> Message {
    "they meet in \(count) more place\(count == 1 ? "" : "s")"
  }

  fileprivate static let orderNodes: Message =
    "add an edge between the nodes (cudaGraphAddDependencies), or let the captured streams wait for each other"
}
