import CutapeEmulator
import CutapeReplay
import CutapeTrace

/// A host operand is registered at one end and not at the other.
///
/// The driver locks whole pages, so the part outside has to lie on a page of its own. Said only where every
/// registration was seen.
struct HalfRegisteredRange: Rule {
  static let page = RulePage(
    code: "CT109", name: "half-registered-host-range", severity: .error,
    summary: "a host range of a copy is registered only in part",
    what: """
      Host memory of a copy must be registered in full, or not at all. Here one end lies in memory of \
      `cudaHostRegister` and the other in memory that CUDA does not know.
      """,
    why: "The driver refuses the copy, and nothing is copied.",
    example: """
      d1 = cudaMalloc(65536)
      p1 = malloc(65536)
      h1 = cudaHostRegister(p1, 16384)
      cudaMemcpy(d1, p1, 32768, H2D) = 1
      cudaGetLastError() = 1
      """,
    instead: """
      d1 = cudaMalloc(65536)
      p1 = malloc(65536)
      h1 = cudaHostRegister(p1, 32768)
      cudaMemcpy(d1, p1, 32768, H2D)
      """,
    reference:
      "CUDA Runtime API, cudaMemcpy: regions must be \"either entirely registered with CUDA, or [...] not registered at all\"",
    since: "0.1")
  static let facts: Facts = [.oddities, .pageable, .planned]

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    guard replay.seesAllMemory else { return }
    for movement in replay.step.movements where movement.copy != nil && movement.hasKnownKind {
      for (role, side) in movement.sides
      where movement.namesBytes(side) && Demand(role, of: movement) != .device {
        guard let split = replay.split(of: side) else { continue }
        reporter.report(
          Finding(
            Self.self, .error, .partly(role, split.registered.name, outside: split.outside),
            call: replay.call, allocations: [replay.origin(split.registered)],
            notes: replay.notes(on: movement),
            help: .registerAll))
        break
      }
    }
  }
}

extension Replay {
  /// The registered memory at one end of `side`, and how many bytes lie outside it; nil when both ends are alike.
  fileprivate func split(of side: Side) -> (registered: MemoryObject, outside: UInt64)? {
    guard !side.isArray, !side.isSymbol, side.object?.kind.isHost != false, let end = side.footprint.end,
      side.object.map({ $0.range.contains(side.pointer) }) ?? true
    else { return nil }
    let base = side.object?.range.start ?? 0
    let first = base &+ side.footprint.start
    let last = base &+ (end &- 1)
    guard first <= last else { return nil }
    if let object = side.object, object.isAlive, object.range.contains(first), object.range.contains(last) {
      return nil
    }
    switch (emulator.space.object(containing: first), emulator.space.object(containing: last)) {
    case (let inside?, nil) where inside.kind == .registered && inside.range.contains(first):
      return isOnLockedPage(last) ? nil : (inside, last &- inside.range.end &+ 1)
    case (nil, let inside?) where inside.kind == .registered && inside.range.contains(last):
      return isOnLockedPage(first) ? nil : (inside, inside.range.start - first)
    default: return nil
    }
  }

  /// Whether `address`, which no object holds, shares a page with registered or pinned memory.
  private func isOnLockedPage(_ address: Address) -> Bool {
    let page = address / 4096
    if let before = emulator.space.neighbour(before: address), before.kind.isHost,
      (before.range.end &- 1) / 4096 >= page
    {
      return true
    }
    guard let after = emulator.space.neighbour(after: address) else { return false }
    return after.kind.isHost && after.range.start / 4096 <= page
  }
}

extension Message {
  fileprivate static func partly(_ role: OperandRole, _ name: String, outside bytes: UInt64) -> Message {
    "the \(role.noun) is registered only in part: \(bytes) bytes of it lie outside \(name)"
  }

  fileprivate static let registerAll: Message =
    "register the whole range, or split the copy where the registration ends"
}
