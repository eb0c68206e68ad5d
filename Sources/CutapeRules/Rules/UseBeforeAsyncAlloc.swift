import CutapeEmulator
import CutapeReplay
import CutapeTrace

/// An operation is not ordered after the stream-ordered allocation of its memory.
struct UseBeforeAsyncAlloc: Rule {
  static let page = RulePage(
    code: "CT203", name: "use-before-async-alloc", severity: .error,
    summary: "an operation uses stream-ordered memory and is not ordered after the allocation",
    what: """
      `cudaMallocAsync` returns the address at once; the memory exists from the allocation's place in its stream on. \
      Another stream needs an event that is recorded after the allocation, or the host must have waited for it.
      """,
    why: """
      The memory may still belong to whom the pool takes it from, or not be mapped yet: another stream's data is \
      overwritten, or the device faults.
      """,
    example: """
      h1 = cudaMallocHost(4096)
      s1 = cudaStreamCreateWithFlags(1)
      s2 = cudaStreamCreateWithFlags(1)
      d1 = cudaMallocAsync(4096, s1)
      cudaMemcpyAsync(d1, h1, 4096, H2D, s2)
      """,
    instead: """
      h1 = cudaMallocHost(4096)
      s1 = cudaStreamCreateWithFlags(1)
      s2 = cudaStreamCreateWithFlags(1)
      e1 = cudaEventCreate()
      d1 = cudaMallocAsync(4096, s1)
      cudaEventRecord(e1, s1)
      cudaStreamWaitEvent(s2, e1, 0)
      cudaMemcpyAsync(d1, h1, 4096, H2D, s2)
      """,
    reference: "CUDA Runtime API, \"Stream Ordered Memory Allocator\": \"use before allocation\"",
    since: "0.1")
  static let facts: Facts = [.conflicts]

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    var told: Set<Int> = []
    for conflict in replay.conflicts(.beforeAllocation) {
      guard let object = replay.emulator.space.object(conflict.object), told.insert(object.id).inserted else {
        continue
      }
      reporter.report(
        Finding(
          Self.self, conflict.isObserved ? .error : .warning,
          .notAllocatedYet(
            conflict.later.map(replay.noun) ?? "call", replay.step.stream?.name ?? "its stream", object.name,
            replay.emulator.stream(id: conflict.earlier.stream)?.name ?? "its stream"),
          call: conflict.later.map { replay.call($0) } ?? replay.call,
          related: [replay.call(conflict.earlier)] + replay.origins(of: [conflict.later, conflict.earlier]),
          certainty: conflict.later.map(replay.isKernel) == true ? .may : .known,
          isDocumentedOnly: !conflict.isObserved,
          allocations: [replay.origin(object)], help: .orderByEvent(conflict, replay)))
    }
  }
}

extension Message {
  fileprivate static func notAllocatedYet(
    _ noun: String, _ stream: String, _ name: String, _ allocating: String
  ) -> Message {
    "the \(noun) on \(place(stream)) uses \(name), and nothing orders it after the allocation on \(place(allocating))"
  }
}
