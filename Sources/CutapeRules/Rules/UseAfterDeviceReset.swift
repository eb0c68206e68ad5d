import CutapeEmulator
import CutapeReplay
import CutapeTrace

/// A call uses memory or a handle of before `cudaDeviceReset`.
struct UseAfterDeviceReset: Rule {
  static let page = RulePage(
    code: "CT509", name: "use-after-device-reset", severity: .error,
    summary: "a call uses memory or a handle of before cudaDeviceReset",
    what: """
      `cudaDeviceReset` destroys all allocations, streams, events and arrays of the current device at once, except \
      memory of `cudaMallocAsync`. What the call names was among them. Releasing it afterwards counts as well.
      """,
    why: """
      The handles and addresses are dead, and may already belong to something new. Often the calls stand in \
      destructors that run after the end of `main`.
      """,
    example: """
      d1 = cudaMalloc(4096)
      cudaDeviceReset()
      cudaMemset(d1, 0, 4096) = 1
      cudaGetLastError() = 1
      """,
    instead: """
      d1 = cudaMalloc(4096)
      cudaMemset(d1, 0, 4096)
      cudaDeviceReset()
      """,
    reference: "CUDA Runtime API, cudaDeviceReset: \"explicitly destroys and cleans up all resources\"",
    since: "0.1")
  static let facts: Facts = [.afterReset]

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    guard !replay.resets.isEmpty, replay.completeness.isGapless, !replay.hasUnknownMemory,
      let dead = subject(replay)
    else { return }
    reporter.report(
      Finding(
        Self.self, .error, .destroyed(dead.handle.name, by: dead.handle.destroyedBy), call: replay.call,
        allocations: dead.object.map { [replay.origin($0)] } ?? [], notes: replay.resultNotes,
        help: .resetLast(dead.handle.destroyedBy)))
  }

  /// What the call names that a reset destroyed.
  private func subject(_ replay: Replay) -> (handle: DeadHandle, object: MemoryObject?)? {
    func reset(_ object: MemoryObject?) -> (handle: DeadHandle, object: MemoryObject?)? {
      guard let object, let freed = object.freedBy, replay.resets.contains(freed) else { return nil }
      return (DeadHandle(name: object.name, destroyedBy: freed), object)
    }
    if let handle = replay.deadHandle, replay.resets.contains(handle.destroyedBy), replay.isCertainlyDead {
      return (handle, nil)
    }
    if case .free(let address, _) = replay.step.operation, address != 0,
      let dead = reset(replay.step.released)
    {
      return dead
    }
    for movement in replay.step.movements where !replay.step.isDeferred {
      for (_, side) in movement.sides where movement.namesBytes(side) && side.isFreed {
        if let dead = reset(side.object) { return dead }
      }
    }
    guard replay.kernels == .write else { return nil }
    for (_, object) in replay.step.pointers where object?.kind.isHost == false {
      if let dead = reset(object) { return dead }
    }
    return nil
  }
}

extension Message {
  fileprivate static func destroyed(_ name: String, by number: Int) -> Message {
    "this uses \(name), which the device reset #\(number) destroyed"
  }

  fileprivate static func resetLast(_ number: Int) -> Message {
    "make the reset #\(number) the last call, or create anew what is used after it"
  }
}
