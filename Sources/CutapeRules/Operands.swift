import CutapeEmulator
import CutapeReplay
import CutapeTrace

// What is asked of the operands of a copy, in the order in which rules own them: a null pointer (CT111) has no
// bounds, memory that was freed (CT201) or never lived (CT112) is on no side, and so on. Each operand of a copy is
// judged by the first rule that applies to it.

extension OperandRole {
  var noun: String {
    switch self {
    case .destination: "destination"
    case .source: "source"
    }
  }
}

/// Where the kind of a copy wants an operand to be.
enum Demand {
  case host, device, anywhere

  init(_ role: OperandRole, of movement: Movement) {
    guard let copy = movement.copy else {
      self = .device
      return
    }
    if copy.peers != nil {
      self = .device
      return
    }
    switch (copy.kind, role) {
    case (0, _), (1, .source), (2, .destination): self = .host
    case (3, _), (1, .destination), (2, .source): self = .device
    default: self = .anywhere
    }
  }
}

extension Movement {
  /// Whether `cudaMemcpyKind` is one of 0...4, or the function has none.
  var hasKnownKind: Bool { copy?.kind.map { (0...4).contains($0) } ?? true }

  /// Whether a pitch that is used is too small or too large. A memset of one row does not use its pitch, nor does a
  /// 3D copy of one row; a 2D copy is refused even then.
  func isPitchImpossible(_ side: Side) -> Bool {
    guard let pitch = side.pitch else { return false }
    let isOneRow = extent.height == 1 && extent.depth == 1
    if isOneRow, copy == nil || extent.dimensions == 3 { return false }
    let (end, overflow) = side.x.addingReportingOverflow(extent.width)
    return overflow || end > pitch || pitch > Emulator.maxPitch
  }

  /// Whether no rule about the operands themselves can have anything to say: both are rows inside of memory that lives,
  /// of the side that the kind asks for, and not of the same object. Most copies are ordinary, so those rules are not
  /// asked about them.
  var isOrdinary: Bool {
    guard hasKnownKind, isOrdinary(.destination, destination) else { return false }
    guard let source else { return true }
    return isOrdinary(.source, source) && destination.footprint.object != source.footprint.object
  }

  private func isOrdinary(_ role: OperandRole, _ side: Side) -> Bool {
    guard side.pointer != 0, !isPitchImpossible(side), !side.isSymbol, !side.isArray else { return false }
    let demand = Demand(role, of: self)
    guard side.object != nil else { return demand != .device && !side.isReserved }
    return side.isAlive && side.isInside && side.isAccessible
      && MismatchedKind.severity(of: side, as: demand) == nil
  }

  /// Whether the rule about bounds and those after it may look at `side`: it names bytes.
  func namesBytes(_ side: Side) -> Bool {
    !extent.isEmpty && !side.isForeign && (side.pointer != 0 || side.isSymbol) && !isPitchImpossible(side)
  }
}

extension Side {
  /// The object was freed and nothing is known to live there. Host memory is asked for by its first byte alone: the
  /// program's own allocator may have the addresses by now, but not with the same first byte.
  var isFreed: Bool {
    guard let object, !object.isAlive else { return false }
    switch object.kind {
    case .registered, .physical: return false
    case .pinned: return pointer == object.range.start
    case .device, .async, .managed, .array, .symbol, .mapped: return true
    }
  }

  /// No object ever lived there, as far as CUDA knows.
  var isUnknown: Bool { object == nil && !isSymbol && !isArray && !isForeign }
}

extension Replay {
  /// What the newest call allocated; nil when it allocated nothing that the emulator knows.
  var allocated: MemoryObject? {
    switch step.operation {
    case .allocate(let allocation): allocation.address.flatMap { emulator.space.object(containing: $0) }
    case .allocateArray(_, let handle): handle.flatMap { emulator.space.array($0) }
    default: nil
    }
  }

  /// Whether memory that the trace does not know can be called unknown: all allocations were seen.
  var seesAllMemory: Bool { completeness.isGapless && completeness.isFromStart && !hasUnknownMemory }

  /// Whether the live memory that the trace knows is what the call met: a lost record may have been its end. Where the
  /// runtime refused the call there is no doubt that something is wrong with it.
  var knowsLiveMemory: Bool {
    completeness.isGapless || (step.returned && step.event.result != ErrorCode.success)
  }

  /// What the call gave, where that is known and not success: the driver may have refused it.
  var resultNotes: [Message] {
    guard step.returned, step.event.result != ErrorCode.success else { return [] }
    return [.returned(step.event.result, isDriver: step.function.isDriver)]
  }
}

extension Message {
  static func returned(_ result: Int32, isDriver: Bool) -> Message {
    "the call returned \(ResultName.description(result, isDriver: isDriver))"
  }
}
