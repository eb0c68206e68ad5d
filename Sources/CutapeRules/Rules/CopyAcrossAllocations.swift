import CutapeEmulator
import CutapeReplay
import CutapeTrace

/// A copy or memset starts in one allocation and ends in another that lives.
///
/// Registered memory is left out: blocks of one host allocation may be registered side by side. So are mappings that
/// follow each other: they are one block of memory.
struct CopyAcrossAllocations: Rule {
  static let page = RulePage(
    code: "CT108", name: "copy-across-allocations", severity: .error,
    summary: "a copy or memset starts in one allocation and ends in its live neighbour",
    what: """
      The range starts inside one allocation and its last byte lies inside another one. Allocations that happen to lie \
      side by side are not one block of memory.
      """,
    why: """
      Where allocations lie differs from run to run. If the driver refuses the copy nothing is copied; if not, the \
      neighbour's data is overwritten or handed out.
      """,
    example: """
      h1 = cudaMallocHost(8192)
      d1 = cudaMalloc(4096)
      d2 = cudaMalloc(4096) at d1+4096
      cudaMemcpy(d1, h1, 8192, H2D) = 1
      cudaGetLastError() = 1
      """,
    instead: """
      h1 = cudaMallocHost(8192)
      d1 = cudaMalloc(4096)
      d2 = cudaMalloc(4096) at d1+4096
      cudaMemcpy(d1, h1, 4096, H2D)
      cudaMemcpy(d2, h1+4096, 4096, H2D)
      """,
    reference: "CUDA Runtime API, cudaMemcpy: cudaErrorInvalidValue", since: "0.1")
  static let facts: Facts = [.oddities]

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    guard replay.knowsLiveMemory else { return }
    for movement in replay.step.movements {
      for (role, side) in movement.sides where movement.namesBytes(side) {
        guard let object = side.object, let neighbour = replay.neighbourHit(by: side) else { continue }
        reporter.report(
          Finding(
            Self.self, .error, .across(role, object.name, neighbour.name), call: replay.call,
            picture: replay.pictureOutside(side, role, limit: object.range.count),
            allocations: [replay.origin(neighbour)], notes: replay.notes(on: movement),
            help: .split(object.name, at: object.range.count)))
        break
      }
    }
  }
}

extension Replay {
  /// The live object in which the last byte of `side` lies, when it is not the one in which it starts.
  func neighbourHit(by side: Side) -> MemoryObject? {
    guard let object = side.object, object.isAlive, object.range.contains(side.pointer), !side.isInside,
      let end = side.footprint.end
    else { return nil }
    switch object.kind {
    case .registered, .array, .symbol, .physical: return nil
    case .device, .async, .managed, .pinned, .mapped: break
    }
    let (last, overflow) = object.range.start.addingReportingOverflow(end &- 1)
    guard !overflow, let hit = emulator.space.object(containing: last), hit.id != object.id else {
      return nil
    }
    return hit
  }
}

extension Message {
  fileprivate static func across(_ role: OperandRole, _ name: String, _ neighbour: String) -> Message {
    "the \(role.noun) starts in \(name) and ends in its neighbour \(neighbour)"
  }

  fileprivate static func split(_ name: String, at size: UInt64) -> Message {
    "\(name) ends after \(size) bytes: make a copy for each allocation"
  }
}
