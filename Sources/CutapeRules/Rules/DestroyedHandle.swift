import CutapeEmulator
import CutapeReplay
import CutapeTrace

/// A stream, an event, an array, a memory pool or a graph is used after it was destroyed.
///
/// Handles are reused: the newest owner counts. A handle may also have come back by a way that is not recorded, so a
/// call that went well is a finding only where all ways were seen; one that was refused for its handle is certain.
struct DestroyedHandle: Rule {
  static let page = RulePage(
    code: "CT208", name: "destroyed-handle", severity: .error,
    summary: "a stream, an event, an array, a memory pool or a graph is used after its destruction",
    what: """
      The handle that the call names was destroyed by an earlier call, and given to nothing since. Destroying it a \
      second time counts as a use. Work that was submitted before a stream was destroyed completes.
      """,
    why: "Some calls return an error, others read freed memory of the runtime and crash, or hit a new owner.",
    example: """
      d1 = cudaMalloc(4096)
      s1 = cudaStreamCreate()
      cudaStreamDestroy(s1)
      cudaMemsetAsync(d1, 0, 4096, s1) = 709
      cudaGetLastError() = 709
      """,
    instead: """
      d1 = cudaMalloc(4096)
      s1 = cudaStreamCreate()
      cudaMemsetAsync(d1, 0, 4096, s1)
      cudaStreamDestroy(s1)
      """,
    reference:
      "CUDA Runtime API, cudaStreamDestroy, cudaEventDestroy, cudaFreeArray, cudaMemPoolDestroy, cudaGraphDestroy",
    since: "0.1")
  static let facts: Facts = [.doubts]

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    guard let handle = replay.deadHandle, !replay.resets.contains(handle.destroyedBy),
      replay.isCertainlyDead
    else { return }
    reporter.report(
      Finding(
        Self.self, .error, .destroyed(handle.name, by: handle.destroyedBy), call: replay.call,
        related: replay.call(number: handle.destroyedBy).map { [$0] } ?? [], notes: replay.resultNotes,
        help: .destroyLater(handle.destroyedBy)))
  }
}

/// A handle that was destroyed before the call that names it.
struct DeadHandle {
  var name: String
  /// The number of the call.
  var destroyedBy: Int
}

extension Replay {
  /// The first dead handle that the newest call names.
  var deadHandle: DeadHandle? {
    let number = step.event.number
    if case .created = step.operation.stream, let reference = step.operation.stream,
      let stream = emulator.stream(reference, by: step.caller), let destroyed = stream.destroyedBy,
      destroyed < number
    {
      return DeadHandle(name: "stream \(stream.name)", destroyedBy: destroyed)
    }
    for handle in step.operation.events {
      guard let event = emulator.event(handle), let destroyed = event.destroyedBy, destroyed < number else {
        continue
      }
      return DeadHandle(name: "event \(event.name)", destroyedBy: destroyed)
    }
    if let handle = step.operation.pool, let pool = emulator.pool(handle), let destroyed = pool.destroyedBy,
      destroyed < number
    {
      return DeadHandle(name: pool.name, destroyedBy: destroyed)
    }
    for handle in step.operation.graphs {
      guard let graph = emulator.graph(handle), let destroyed = graph.destroyedBy, destroyed < number else {
        continue
      }
      return DeadHandle(name: "graph \(graph.name)", destroyedBy: destroyed)
    }
    if let exec = step.operation.graphExec.flatMap(emulator.graphExec), let destroyed = exec.destroyedBy,
      destroyed < number
    {
      return DeadHandle(name: "executable graph \(exec.name)", destroyedBy: destroyed)
    }
    for movement in step.movements where !movement.extent.isEmpty {
      for (_, side) in movement.sides where side.isArray {
        guard let array = side.object, let freed = array.freedBy else { continue }
        return DeadHandle(name: "array \(array.name)", destroyedBy: freed)
      }
    }
    return nil
  }

  /// Whether the handle that the call names cannot have come back unseen: the runtime refused it, or every handle of
  /// the trace was seen made.
  var isCertainlyDead: Bool {
    guard completeness.isGapless else { return false }
    let result = step.event.result
    if step.returned, result == ErrorCode.contextIsDestroyed || result == ErrorCode.invalidResourceHandle {
      return true
    }
    return seesAllMemory
      && !emulator.streams.contains { $0.kind == .created && $0.createdBy == 0 }
      && !emulator.events.contains { $0.createdBy == 0 }
      && !emulator.graphs.contains { $0.createdBy == 0 }
  }
}

extension Message {
  fileprivate static func destroyed(_ name: String, by number: Int) -> Message {
    "this uses \(name), which #\(number) destroyed"
  }

  fileprivate static func destroyLater(_ number: Int) -> Message {
    "move the destruction #\(number) behind the last use"
  }
}
