package import CutapeEmulator
package import CutapeTrace

/// One side of a copy or a memset as the program named it, right or wrong.
///
/// The emulator resolves operands too, but refuses the wrong ones; rules are about those. A class that never changes,
/// as ``Movement`` is: every rule looks at them, and copies a reference.
package final class Side: Sendable {
  /// The pointer, array handle or host shadow as it was passed.
  package let pointer: Address
  /// The object that holds the first byte: the live one, else the one that held it last.
  package let object: MemoryObject?
  /// The rows; positions are relative to the start of `object`, or addresses when there is none.
  package let footprint: Footprint
  /// How many bytes there are from position 0; nil when that is not known.
  package let limit: UInt64?
  /// Bytes from one row to the next as passed; nil for contiguous bytes and arrays.
  package let pitch: UInt64?
  /// The offset in the row at which the rows start, in bytes.
  package let x: UInt64
  package let isArray: Bool
  package let isSymbol: Bool
  /// Whether it may be memory of another process, of which nothing is known.
  package let isForeign: Bool
  /// Whether it is in addresses that the program reserved and mapped nothing to.
  package let isReserved: Bool
  /// Whether some place may touch the memory: a new mapping gives no access.
  package let isAccessible: Bool
  /// The bytes of rows that lie in several mappings, as bytes of the memory behind each; empty for all others.
  let pieces: [Footprint]
  /// Whether its rows lie in several mappings; its footprint counts on from the first.
  package var isSpanning: Bool { !pieces.isEmpty }
  /// What kind of memory the runtime takes it for: dead host memory is ordinary memory again.
  package let memory: MemoryClass

  init(
    pointer: Address, object: MemoryObject?, footprint: Footprint, limit: UInt64?, pitch: UInt64? = nil,
    x: UInt64 = 0, isArray: Bool = false, isSymbol: Bool = false, isForeign: Bool = false,
    isReserved: Bool = false, isAccessible: Bool = true, pieces: [Footprint] = []
  ) {
    self.pointer = pointer
    self.object = object
    self.footprint = footprint
    self.limit = limit
    self.pitch = pitch
    self.x = x
    self.isArray = isArray
    self.isSymbol = isSymbol
    self.isForeign = isForeign
    self.isReserved = isReserved
    self.isAccessible = isAccessible
    self.pieces = pieces
    if let object, object.isAlive || !object.kind.isHost {
      memory = MemoryClass(object.kind)
    } else {
      memory = isSymbol || isArray || isForeign || isReserved ? .device : .pageable
    }
  }

  /// Whether the object lives.
  package var isAlive: Bool { object?.isAlive == true }
}

/// Which side of a copy something is on.
package enum OperandRole: Sendable {
  case destination, source
}

/// A copy or memset with its sides: what the rules about arguments look at.
package final class Movement: Sendable {
  package let copy: Copy?
  package let extent: Copy.Extent

  package let destination: Side
  /// Nil for a memset.
  package let source: Side?
  /// What a memset writes; nil for a copy.
  package let pattern: Pattern?

  init(destination: Side, source: Side?, copy: Copy?, extent: Copy.Extent, pattern: Pattern? = nil) {
    self.destination = destination
    self.source = source
    self.copy = copy
    self.extent = extent
    self.pattern = pattern
  }

  /// Both sides, destination first; a memset has one.
  package var sides: Sides { Sides(movement: self) }

  package struct Sides: Sequence, IteratorProtocol {
    private let movement: Movement
    private var role = OperandRole?.some(.destination)

    fileprivate init(movement: Movement) { self.movement = movement }

    package mutating func next() -> (role: OperandRole, side: Side)? {
      switch role {
      case .destination:
        role = .source
        return (.destination, movement.destination)
      case .source:
        role = nil
        return movement.source.map { (.source, $0) }
      case nil: return nil
      }
    }
  }
}

extension Emulator {
  /// Both sides of `copy`.
  func sides(of copy: Copy, by caller: Caller) -> Movement {
    sides(of: copy, onDevice: currentDevice(of: caller))
  }

  /// Both sides of `copy` as it is made while `current` is the current device.
  func sides(of copy: Copy, onDevice current: Int32) -> Movement {
    let bytes = inBytes(copy)
    return Movement(
      destination: side(bytes.destination, bytes.extent, device: copy.peers?.destination ?? current),
      source: side(bytes.source, bytes.extent, device: copy.peers?.source ?? current), copy: copy,
      extent: bytes.extent)
  }

  /// The bytes that `fill` sets.
  func sides(of fill: Fill, by caller: Caller) -> Movement {
    sides(of: fill, onDevice: currentDevice(of: caller))
  }

  /// The bytes that `fill` sets while `current` is the current device.
  func sides(of fill: Fill, onDevice current: Int32) -> Movement {
    Movement(
      destination: side(fill.destination, fill.extent, device: current), source: nil, copy: nil,
      extent: fill.extent, pattern: Pattern(fill.value, elementSize: fill.elementSize))
  }

  private func side(_ place: Copy.Place, _ extent: Copy.Extent, device: Int32) -> Side {
    switch place {
    case .linear(let address):
      return locate(
        address, Footprint(object: nil, memory: .pageable, start: address, width: extent.width))
    case .pitched(let address, let pitch, let sliceHeight, let x, let y, let z):
      let slicePitch = pitch &* sliceHeight
      let rows = Footprint(
        object: nil, memory: .pageable, start: address &+ slicePitch &* z &+ pitch &* y &+ x,
        width: extent.width, rows: extent.height, pitch: pitch, slices: extent.depth,
        slicePitch: extent.depth == 1 ? nil : slicePitch)
      return locate(address, rows, pitch: pitch, x: x)
    case .elements(let address, _, _), .unusable(let address):
      // Nothing can be said of its bytes; the call is refused.
      return Side(
        pointer: address, object: nil,
        footprint: Footprint(object: nil, memory: .pageable, start: 0, width: 0),
        limit: nil, isForeign: true)
    case .array(let handle, let x, let y, let z, let xInBytes):
      let object = space.array(handle)
      let shape = object?.arrayShape
      let rowBytes = shape?.rowBytes ?? 0
      let left = xInBytes ? x : x &* (shape?.elementSize ?? 1)
      let slicePitch = rowBytes &* (shape?.rowCount ?? 1)
      let start = slicePitch &* z &+ rowBytes &* y &+ left
      let footprint =
        extent.dimensions == 1
        ? Footprint(object: object?.id, memory: .device, start: start, width: extent.width)
        : Footprint(
          object: object?.id, memory: .device, start: start, width: extent.width, rows: extent.height,
          pitch: rowBytes, slices: extent.depth, slicePitch: slicePitch)
      return Side(
        pointer: handle, object: object, footprint: footprint, limit: shape?.byteCount, pitch: nil, x: left,
        isArray: true)
    case .symbol(let shadow, let offset):
      let object = space.symbol(shadow: shadow, device: device)
      return Side(
        pointer: shadow, object: object,
        footprint: Footprint(object: object?.id, memory: .device, start: offset, width: extent.width),
        limit: variableSize(shadow), isSymbol: true)
    }
  }

  /// Makes `rows` at addresses, reached through the pointer `base`, relative to the object that holds it.
  private func locate(
    _ base: Address, _ rows: Footprint, pitch: UInt64? = nil, x: UInt64 = 0
  ) -> Side {
    if base != 0, space.isForeign(base), space.object(containing: base) == nil {
      return Side(
        pointer: base, object: nil, footprint: rows, limit: nil, pitch: pitch, x: x, isForeign: true)
    }
    guard base != 0, let object = space.lastObject(containing: base) else {
      return Side(
        pointer: base, object: nil, footprint: rows, limit: nil, pitch: pitch, x: x,
        isReserved: base != 0 && reservation(containing: base) != nil)
    }
    var start = object.range.start
    if let alias = object.deviceAlias, object.kind == .symbol || !object.range.contains(base) {
      start = alias
    }
    var footprint = rows
    footprint.object = object.bytes
    footprint.memory = MemoryClass(object.kind)
    footprint.start = rows.start &- start
    if object.kind == .mapped, object.isAlive {
      return side(ofMapped: object, base, rows, footprint, pitch: pitch, x: x)
    }
    return Side(
      pointer: base, object: object, footprint: footprint, limit: object.range.count, pitch: pitch, x: x)
  }

  /// A side in a mapping: it ends where the mappings that follow without a gap end.
  private func side(
    ofMapped object: MemoryObject, _ base: Address, _ rows: Footprint, _ footprint: Footprint, pitch: UInt64?,
    x: UInt64
  ) -> Side {
    let end = rows.end ?? .max
    let reached = reach(of: object, upTo: end)
    let isSpanning = end > object.range.end && end <= reached
    return Side(
      pointer: base, object: object, footprint: footprint, limit: reached - object.range.start, pitch: pitch,
      x: x, isAccessible: isAccessible(mapping: object.id),
      pieces: isSpanning ? pieces(ofMapped: rows) : [])
  }
}
