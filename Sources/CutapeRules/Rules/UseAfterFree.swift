import CutapeEmulator
import CutapeReplay
import CutapeTrace

/// An operation is submitted on memory that was freed.
///
/// Addresses are reused by the driver: the newest object at the address counts. Host memory that was only
/// unregistered lives on. Freed page-locked memory may belong to the program's own allocator by now, so there only a
/// pointer to its very first byte is taken for the old one.
struct UseAfterFree: Rule {
  static let page = RulePage(
    code: "CT201", name: "use-after-free", severity: .error,
    summary: "an operation is submitted on memory that was freed",
    what: """
      The bytes belonged to an allocation that was freed before the call, and to none since. It does not matter \
      whether the memory is still mapped.
      """,
    why: """
      If the driver still has the memory, the copy reads or overwrites what may soon be somebody else's; if not, the \
      call fails.
      """,
    example: """
      d1 = cudaMalloc(4096)
      h1 = cudaMallocHost(4096)
      cudaFree(d1)
      cudaMemcpy(d1, h1, 4096, H2D) = 1
      cudaGetLastError() = 1
      """,
    instead: """
      d1 = cudaMalloc(4096)
      h1 = cudaMallocHost(4096)
      cudaMemcpy(d1, h1, 4096, H2D)
      cudaFree(d1)
      """,
    reference: "CUDA Runtime API, cudaFree", since: "0.1")
  static let facts: Facts = [.oddities, .launches]

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    guard replay.completeness.isGapless, !replay.hasUnknownMemory, !replay.step.isDeferred else { return }
    for movement in replay.step.movements {
      for (role, side) in movement.sides where movement.namesBytes(side) && side.isFreed && !side.isArray {
        guard let object = side.object, let freed = object.freedBy, !object.isFreedInStreamOrder,
          !replay.resets.contains(freed)
        else {
          continue
        }
        reporter.report(
          Finding(
            Self.self, .error, .freed(role, object, by: freed), call: replay.call,
            allocations: [replay.origin(object)], notes: replay.notes(on: movement), help: .freeLater(freed)))
        break
      }
    }
    guard replay.kernels == .write else { return }
    for (pointer, object) in replay.step.pointers {
      guard let object, !object.isAlive, !object.kind.isHost, let freed = object.freedBy,
        !object.isFreedInStreamOrder, !replay.resets.contains(freed)
      else { continue }
      reporter.report(
        Finding(
          Self.self, .error, .freedArgument(pointer.parameter, object.name, by: freed), call: replay.call,
          certainty: .may, allocations: [replay.origin(object)], help: .freeLater(freed)))
      break
    }
  }
}

extension Message {
  fileprivate static func freed(_ role: OperandRole, _ object: MemoryObject, by number: Int) -> Message {
    "the \(role.noun) is in \(object.name), which #\(number) \(object.kind == .mapped ? "unmapped" : "freed")"
  }

  fileprivate static func freedArgument(_ parameter: Int, _ name: String, by number: Int) -> Message {
    "argument \(parameter) of the kernel points into \(name), which #\(number) freed"
  }

  fileprivate static func freeLater(_ number: Int) -> Message {
    "move the release #\(number) behind the last use"
  }
}
