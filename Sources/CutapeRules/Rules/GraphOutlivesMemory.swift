import CutapeEmulator
import CutapeReplay
import CutapeTrace

/// A graph is launched of which a node names memory that is gone.
///
/// What counts is the memory at the launch, not at the capture. Memory that came to the same address since is a
/// different matter: a node has nothing but addresses, so a program that knows it got the same one is right.
struct GraphOutlivesMemory: Rule {
  static let page = RulePage(
    code: "CT503", name: "graph-outlives-memory", severity: .error,
    summary: "a graph is launched, and a node of it names memory that was freed",
    what: """
      A node keeps the addresses that it was made with. When the graph was instantiated, or the node set, they named \
      memory that was freed before the launch. It is a warning where an allocation since has got the same address.
      """,
    why: "The launch reads or overwrites what may be somebody else's by now, or fails long after the cause.",
    example: """
      d1 = cudaMalloc(4096)
      h1 = cudaMallocHost(4096)
      s1 = cudaStreamCreate()
      cudaStreamBeginCapture(s1, Global)
      cudaMemcpyAsync(d1, h1, 4096, H2D, s1)
      g1 = cudaStreamEndCapture(s1)
      x1 = cudaGraphInstantiate(g1)
      cudaFree(d1)
      cudaGraphLaunch(x1, s1)
      """,
    instead: """
      d1 = cudaMalloc(4096)
      h1 = cudaMallocHost(4096)
      s1 = cudaStreamCreate()
      cudaStreamBeginCapture(s1, Global)
      cudaMemcpyAsync(d1, h1, 4096, H2D, s1)
      g1 = cudaStreamEndCapture(s1)
      x1 = cudaGraphInstantiate(g1)
      cudaGraphLaunch(x1, s1)
      cudaStreamSynchronize(s1)
      cudaFree(d1)
      """,
    reference: "CUDA Runtime API, cudaGraphAddMemcpyNode, cudaFree", since: "0.1")
  static let facts: Facts = [.outlived]

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    guard replay.completeness.isGapless, !replay.hasUnknownMemory else { return }
    var told: Set<Int> = []
    for outlived in replay.step.outlived where outlived.role != nil || replay.kernels == .write {
      guard let freed = outlived.object.freedBy, told.insert(outlived.object.id).inserted else { continue }
      let more = replay.step.outlived.count {
        $0.object.id == outlived.object.id && $0.node !== outlived.node
      }
      var notes: [Message] = []
      if let successor = outlived.successor { notes.append(.sameAddress(successor.name, freed: freed)) }
      if more > 0 { notes.append(.more(more)) }
      reporter.report(
        Finding(
          Self.self, outlived.successor == nil ? .error : .warning, .gone(outlived, by: freed),
          call: replay.call(outlived), related: replay.origin(of: outlived).map { [$0] } ?? [],
          certainty: outlived.role == nil ? .may : .known, allocations: [replay.origin(outlived.object)],
          notes: notes + replay.resultNotes, help: .setAnew(freed)))
    }
  }
}

extension Message {
  fileprivate static func gone(_ outlived: OutlivedNode, by number: Int) -> Message {
    let name = outlived.object.name
    return switch outlived.role {
    case .destination: "\(outlived.node.name) writes to \(name), which #\(number) freed"
    case .source: "\(outlived.node.name) reads from \(name), which #\(number) freed"
    case nil:
      "argument \(outlived.parameter ?? 0) of the kernel of \(outlived.node.name) points into \(name), which #\(number) freed"
    }
  }

  fileprivate static func sameAddress(_ name: String, freed number: Int) -> Message {
    "\(name) has got the same address since #\(number): the graph uses that, if it is meant to or not"
  }

  fileprivate static func more(_ count: Int) -> Message {
    "\(count) more node\(count == 1 ? "" : "s") of the graph name\(count == 1 ? "s" : "") it"
  }

  fileprivate static func setAnew(_ number: Int) -> Message {
    "move the release #\(number) behind the last launch, or update the graph (cudaGraphExecUpdate) before it"
  }
}
