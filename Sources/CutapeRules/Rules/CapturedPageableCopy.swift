import CutapeEmulator
import CutapeReplay
import CutapeTrace

/// A captured copy names memory that CUDA does not know.
///
/// A pointer that no recorded call gave is taken for pageable memory only where all calls that could have given it were
/// seen. A node that is made by hand names its memory on purpose, and is left alone. That a function has returned is known
/// from where the stack of the thread is when it makes a later call.
struct CapturedPageableCopy: Rule {
  static let page = RulePage(
    code: "CT502", name: "captured-pageable-copy", severity: .error,
    summary: "a captured copy names pageable host memory",
    what: """
      Outside of a capture an asynchronous copy from pageable memory has read its source when it returns, as hardware is \
      known to do. A captured copy reads nothing: the node keeps the address, and each launch reads, or writes, what is \
      there then. So the buffer must live, unchanged, until the last launch is complete. An error where it was on the \
      stack of a function that has returned by the time of a launch.
      """,
    why: """
      Code that was written for a plain copy frees or reuses the buffer after the call, and the launches copy what is \
      there by then. Pageable memory makes the copy slow and its order with the host a matter of luck, too.
      """,
    example: """
      p1 = malloc(4096)
      d1 = cudaMalloc(4096)
      s1 = cudaStreamCreate()
      cudaStreamBeginCapture(s1, Global)
      cudaMemcpyAsync(d1, p1, 4096, H2D, s1)
      g1 = cudaStreamEndCapture(s1)
      """,
    instead: """
      h1 = cudaMallocHost(4096)
      d1 = cudaMalloc(4096)
      s1 = cudaStreamCreate()
      cudaStreamBeginCapture(s1, Global)
      cudaMemcpyAsync(d1, h1, 4096, H2D, s1)
      g1 = cudaStreamEndCapture(s1)
      """,
    reference: "CUDA Runtime API, \"API synchronization behavior\"; cudaGraphAddMemcpyNode", since: "0.1")
  static let facts: Facts = [.planned, .outlived]

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    for left in replay.step.leftNodes where replay.completeness.isGapless {
      reporter.report(
        Finding(
          Self.self, .error, .leftFrame(left.operation.node?.name ?? "a node"),
          call: replay.call(left.operation), related: replay.origins(of: [left.operation]),
          help: .pageLocked))
    }
    guard replay.step.isCaptured, replay.seesAllMemory else { return }
    for movement in replay.step.movements where movement.hasKnownKind {
      for (role, side) in movement.sides
      where movement.namesBytes(side) && side.isUnknown && Demand(role, of: movement) != .device {
        reporter.report(
          Finding(
            Self.self, .warning, .pageable(role, bytes: movement.bytes), call: replay.call,
            help: .pageLocked))
        break
      }
    }
  }
}

extension Message {
  fileprivate static func pageable(_ role: OperandRole, bytes: UInt64) -> Message {
    let doing = role == .source ? "reads" : "writes"
    return "each launch \(doing) \(size(bytes)) of pageable memory, as it is by then"
  }

  fileprivate static func leftFrame(_ node: String) -> Message {
    "\(node) uses the stack of a function that has returned since the copy was captured"
  }

  fileprivate static let pageLocked: Message =
    "use page-locked memory (cudaMallocHost, cudaHostRegister) that lives as long as the graph"
}
