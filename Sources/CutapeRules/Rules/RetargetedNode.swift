import CutapeEmulator
import CutapeReplay
import CutapeTrace

/// A node of an executable graph is set to operands in another kind of memory, or on another device.
///
/// Pageable and page-locked memory both are the host's.
struct RetargetedNode: Rule {
  static let page = RulePage(
    code: "CT504", name: "graph-node-retargeted", severity: .error,
    summary: "a node of an executable graph is set to operands of another kind of memory or another device",
    what: """
      `cudaGraphExecMemcpyNodeSetParams`, `cudaGraphExecMemsetNodeSetParams` and their kin change addresses and sizes. \
      The kind of memory of each operand, and the device that owns it, must stay as they were when the graph was \
      instantiated.
      """,
    why:
      "How the copy is made was decided at instantiation. The call is refused, and launches go on with the old operands.",
    example: """
      d1 = cudaMalloc(4096)
      d2 = cudaMalloc(4096)
      h1 = cudaMallocHost(4096)
      g1 = cudaGraphCreate()
      n1 = cudaGraphAddMemcpyNode1D(g1, [], d1, h1, 4096, H2D)
      x1 = cudaGraphInstantiate(g1)
      cudaGraphExecMemcpyNodeSetParams1D(x1, n1, d1, d2, 4096, D2D) = 1
      cudaGetLastError() = 1
      """,
    instead: """
      d1 = cudaMalloc(4096)
      h1 = cudaMallocHost(4096)
      h2 = cudaMallocHost(4096)
      g1 = cudaGraphCreate()
      n1 = cudaGraphAddMemcpyNode1D(g1, [], d1, h1, 4096, H2D)
      x1 = cudaGraphInstantiate(g1)
      cudaGraphExecMemcpyNodeSetParams1D(x1, n1, d1, h2, 4096, H2D)
      """,
    reference:
      "CUDA Runtime API, cudaGraphExecMemcpyNodeSetParams: operands must be \"allocated from the same contexts\"",
    since: "0.1")
  static let facts: Facts = [.retargeted]

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    guard let old = replay.step.retargeted, let new = replay.step.movements.first, replay.seesAllMemory
    else { return }
    for ((role, before), (_, after)) in zip(old.sides, new.sides)
    where new.namesBytes(after) && Self.isKnown(before) && Self.isKnown(after) {
      guard let change = Self.change(from: before, to: after) else { continue }
      reporter.report(
        Finding(
          Self.self, .error, .moved(role, change), call: replay.call,
          allocations: [before, after].compactMap { $0.object.map(replay.origin) },
          notes: replay.resultNotes, help: .newGraph))
      return
    }
  }

  /// Whether it is sure what the operand is in: an address that was never seen may be anything.
  private static func isKnown(_ side: Side) -> Bool { side.isAlive || side.memory == .pageable }

  private static func change(from before: Side, to after: Side) -> String? {
    let (old, new) = (noun(before.memory), noun(after.memory))
    if old != new { return "from \(old) memory to \(new) memory" }
    guard let first = before.object, let second = after.object, !before.memory.isHost,
      before.memory != .managed,
      first.device != second.device
    else { return nil }
    return "from device \(first.device) to device \(second.device)"
  }

  private static func noun(_ memory: MemoryClass) -> String {
    switch memory {
    case .pageable, .pinned: "host"
    case .device: "device"
    case .managed: "managed"
    }
  }
}

extension Message {
  fileprivate static func moved(_ role: OperandRole, _ change: String) -> Message {
    "the \(role.noun) of the node goes \(change)"
  }

  fileprivate static let newGraph: Message =
    "make a new executable graph for it, or keep a node for each kind of copy and enable one (cudaGraphNodeSetEnabled)"
}
