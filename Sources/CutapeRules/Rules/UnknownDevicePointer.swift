import CutapeEmulator
import CutapeReplay
import CutapeTrace

/// The device's side of a copy or memset is in no allocation that ever lived.
///
/// Said only where every allocation was seen: from the first call, without losses, and without calls that could
/// have made memory in ways that are not modelled.
struct UnknownDevicePointer: Rule {
  static let page = RulePage(
    code: "CT112", name: "unknown-device-pointer", severity: .error,
    summary: "the device's side of a copy or memset is in no allocation that ever lived",
    what: """
      The kind of the copy (or the function) says that the operand is device memory, and the address belongs to no \
      allocation of the program, alive or freed. Addresses that were only reserved have no memory either, and what is \
      mapped to them can be touched once cuMemSetAccess has let somebody.
      """,
    why: "The call is refused. The pointer was not set, is stale, or is host memory on the wrong side.",
    example: """
      h1 = cudaMallocHost(4096)
      cudaMemcpy(0x3d00beef0000, h1, 4096, H2D) = 1
      cudaGetLastError() = 1
      """,
    instead: """
      d1 = cudaMalloc(4096)
      h1 = cudaMallocHost(4096)
      cudaMemcpy(d1, h1, 4096, H2D)
      """,
    reference: "CUDA Runtime API, cudaMemcpy: cudaErrorInvalidValue", since: "0.1")
  static let facts: Facts = [.oddities]

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    guard replay.seesAllMemory else { return }
    for movement in replay.step.movements where movement.hasKnownKind {
      // A copy whose other side contradicts the kind for certain is told as that.
      let isContradicted = movement.sides.contains { role, side in
        movement.copy != nil && MismatchedKind.severity(of: side, as: Demand(role, of: movement)) == .error
      }
      guard !isContradicted else { continue }
      for (role, side) in movement.sides where movement.namesBytes(side) {
        guard let finding = finding(role, side, movement, replay) else { continue }
        reporter.report(finding)
        break
      }
    }
  }
}

extension UnknownDevicePointer {
  private func finding(_ role: OperandRole, _ side: Side, _ movement: Movement, _ replay: Replay) -> Finding?
  {
    if side.isReserved {
      return Finding(
        Self.self, .error, .reserved(role, side.pointer), call: replay.call,
        notes: replay.notes(on: movement), help: .mapFirst)
    }
    if let object = side.object, side.isAlive, !side.isAccessible {
      return Finding(
        Self.self, .error, .inaccessible(role, object.name), call: replay.call,
        allocations: [replay.origin(object)], notes: replay.notes(on: movement), help: .setAccess)
    }
    guard side.isUnknown, Demand(role, of: movement) == .device else { return nil }
    return Finding(
      Self.self, .error, .unknown(role, side.pointer), call: replay.call,
      allocations: replay.neighbours(of: side), notes: replay.notes(on: movement), help: .ifHostUseDefault)
  }
}

extension Replay {
  /// The nearest live objects before and behind an address that belongs to none.
  fileprivate func neighbours(of side: Side) -> [Finding.Memory] {
    var lines: [Finding.Memory] = []
    if let before = emulator.space.neighbour(before: side.pointer), before.range.end <= side.pointer,
      side.pointer - before.range.end < Self.farthestNeighbour
    {
      let distance = Message.bytes(side.pointer - before.range.end)
      lines.append(origin(before).introduced(by: "\(distance) behind the end of"))
    }
    if let after = emulator.space.neighbour(after: side.pointer), after.range.start >= side.pointer,
      after.range.start - side.pointer < Self.farthestNeighbour
    {
      let distance = Message.bytes(after.range.start - side.pointer)
      lines.append(origin(after).introduced(by: "\(distance) before"))
    }
    return lines
  }

  /// Memory farther away, in bytes, says nothing about a pointer.
  private static let farthestNeighbour: UInt64 = 1 << 30
}

extension Message {
  fileprivate static func unknown(_ role: OperandRole, _ pointer: UInt64) -> Message {
    "the \(role.noun) 0x\(String(pointer, radix: 16)) is in no allocation that ever lived, and the call takes it for device memory"
  }

  fileprivate static func reserved(_ role: OperandRole, _ pointer: UInt64) -> Message {
    "the \(role.noun) 0x\(String(pointer, radix: 16)) is in reserved addresses to which no memory is mapped"
  }

  fileprivate static func inaccessible(_ role: OperandRole, _ name: String) -> Message {
    "the \(role.noun) is in a mapping of \(name) that no device may touch"
  }

  fileprivate static let mapFirst: Message =
    "map memory to the addresses with cuMemMap, and let devices touch it"
  fileprivate static let setAccess: Message = "call cuMemSetAccess on the range behind cuMemMap"
  fileprivate static let ifHostUseDefault: Message =
    "pass a pointer that CUDA allocated; if it is host memory, pass cudaMemcpyDefault as the kind"
}
