package import CutapeTrace

// Resolving the sides of a copy: which object, which rows, and what is wrong with them. Semantics of the
// reference 2.7, 2.11 and 2.13.

/// One side of a copy or a memset, resolved.
package enum Operand: Sendable, Hashable {
  case bytes(Footprint)
  /// It names no bytes: the code that the call gives.
  case refused(Int32)

  package var footprint: Footprint? {
    if case .bytes(let footprint) = self { footprint } else { nil }
  }

  var error: Int32 {
    if case .refused(let code) = self { code } else { ErrorCode.success }
  }
}

/// A copy with its sides, as long as nothing has changed what addresses mean.
struct ResolvedCopy {
  var copy: Copy
  var device: Int32
  var version: Int
  var destination: Operand
  var source: Operand
}

extension Emulator {
  /// Both sides of `copy`; a refused side says what the call gives for it.
  package func operands(of copy: Copy, by caller: Caller) -> (destination: Operand, source: Operand) {
    operands(of: copy, onDevice: currentDevice(of: caller))
  }

  /// Both sides of `copy` where `current` is the device that was current for it.
  package func operands(of copy: Copy, onDevice current: Int32) -> (destination: Operand, source: Operand) {
    if let known = resolved, known.version == space.version, known.device == current, known.copy == copy {
      return (known.destination, known.source)
    }
    let bytes = inBytes(copy)
    let extent = bytes.extent
    let destination = resolve(
      bytes.destination, extent: extent, device: copy.peers?.destination ?? current,
      isOnDevice: copy.needsDeviceDestination)
    let source = resolve(
      bytes.source, extent: extent, device: copy.peers?.source ?? current, isOnDevice: copy.needsDeviceSource)
    resolved = ResolvedCopy(
      copy: copy, device: current, version: space.version, destination: destination, source: source)
    return (destination, source)
  }

  /// The bytes that `fill` writes.
  package func operand(of fill: Fill, by caller: Caller) -> Operand {
    operand(of: fill, onDevice: currentDevice(of: caller))
  }

  /// The bytes that `fill` writes where `current` is the device that was current for it.
  package func operand(of fill: Fill, onDevice current: Int32) -> Operand {
    resolve(fill.destination, extent: fill.extent, device: current, isOnDevice: true)
  }

  /// The copy with its width in bytes, and with pitches: a 3D copy with an array counts elements.
  package func inBytes(_ copy: Copy) -> Copy {
    guard copy.extent.dimensions == 3 else { return copy }
    var bytes = copy
    let size = elementSize(copy.destination) ?? elementSize(copy.source) ?? 1
    bytes.extent.width = copy.extent.width.multipliedSaturating(by: size)
    bytes.destination = pitched(copy.destination, copy.extent, elementSize: size)
    bytes.source = pitched(copy.source, copy.extent, elementSize: size)
    return bytes
  }

  private func pitched(_ place: Copy.Place, _ extent: Copy.Extent, elementSize: UInt64) -> Copy.Place {
    guard case .elements(let address, let rowLength, let layerHeight) = place else { return place }
    let length = rowLength == 0 ? extent.width : rowLength
    return .pitched(
      address, pitch: length.multipliedSaturating(by: elementSize),
      sliceHeight: layerHeight == 0 ? extent.height : layerHeight)
  }

  private func elementSize(_ place: Copy.Place) -> UInt64? {
    guard case .array(let handle, _, _, _, xInBytes: false) = place else { return nil }
    return space.array(handle)?.arrayShape?.elementSize
  }

  private func resolve(
    _ place: Copy.Place, extent: Copy.Extent, device: Int32, isOnDevice: Bool
  ) -> Operand {
    switch place {
    case .linear(let address):
      let rows = Footprint(object: nil, memory: .pageable, start: address, width: extent.width)
      return resolve(address, rows, isOnDevice: isOnDevice)
    case .pitched(let address, let pitch, let sliceHeight, let x, let y, let z):
      return resolvePitched(
        address, pitch: pitch, sliceHeight: sliceHeight, x: x, y: y, z: z, extent: extent,
        isOnDevice: isOnDevice)
    case .elements, .unusable: return .refused(ErrorCode.invalidValue)
    case .array(let handle, let x, let y, let z, let xInBytes):
      return resolveArray(handle, x: x, y: y, z: z, xInBytes: xInBytes, extent: extent)
    case .symbol(let shadow, let offset):
      guard let variable = variables[shadow] else { return .refused(ErrorCode.invalidSymbol) }
      let (end, overflow) = offset.addingReportingOverflow(extent.width)
      guard !overflow, end <= variable.size, let object = self.variable(shadow, device: device) else {
        return .refused(ErrorCode.invalidValue)
      }
      return .bytes(Footprint(object: object.id, memory: .device, start: offset, width: extent.width))
    }
  }

  private func resolvePitched(
    _ address: Address, pitch: UInt64, sliceHeight: UInt64, x: UInt64, y: UInt64, z: UInt64,
    extent: Copy.Extent, isOnDevice: Bool
  ) -> Operand {
    guard pitch >= extent.width else { return .refused(ErrorCode.invalidPitchValue) }
    let (rowEnd, rowOverflow) = x.addingReportingOverflow(extent.width)
    let (sliceEnd, sliceOverflow) = y.addingReportingOverflow(extent.height)
    guard pitch <= Self.maxPitch, !rowOverflow, rowEnd <= pitch, !sliceOverflow,
      sliceEnd <= sliceHeight || (extent.depth == 1 && sliceHeight == 0)
    else { return .refused(ErrorCode.invalidValue) }
    let slicePitch = pitch.multipliedReportingOverflow(by: sliceHeight)
    let down = pitch.multipliedReportingOverflow(by: y)
    let deep = slicePitch.partialValue.multipliedReportingOverflow(by: z)
    guard !slicePitch.overflow, !down.overflow, !deep.overflow else {
      return .refused(ErrorCode.invalidValue)
    }
    let rows = Footprint(
      object: nil, memory: .pageable, start: address &+ deep.partialValue &+ down.partialValue &+ x,
      width: extent.width, rows: extent.height, pitch: pitch, slices: extent.depth,
      slicePitch: extent.depth == 1 ? nil : slicePitch.partialValue)
    return resolve(address, rows, isOnDevice: isOnDevice)
  }

  /// Resolves rows at addresses, reached through the pointer `base`.
  private func resolve(_ base: Address, _ rows: Footprint, isOnDevice: Bool) -> Operand {
    guard base != 0, let end = rows.end else { return .refused(ErrorCode.invalidValue) }
    guard let entry = space.entry(containing: base) else {
      if space.isForeign(base) {
        var foreign = rows
        foreign.memory = .device
        return .bytes(foreign)
      }
      // Where managed memory was, the program's own allocator may have put something else since.
      let wasOnDevice =
        space.lastObject(containing: base).map { !$0.kind.isHost && $0.kind != .managed } ?? false
      let meetsKnown = touchesKnownMemory(rows)
      let isReserved = reservation(containing: base) != nil
      return isOnDevice || wasOnDevice || meetsKnown || isReserved || isDeviceAddress(base)
        ? .refused(ErrorCode.invalidValue) : .bytes(rows)
    }
    if entry.kind == .mapped { return resolveMapped(rows, end: end) }
    let limit = entry.range.end
    guard rows.start >= entry.range.start,
      end <= limit || (entry.kind.isHost && isLocked(from: limit, to: end))
    else { return .refused(ErrorCode.invalidValue) }
    var footprint = rows
    footprint.object = entry.object
    footprint.memory = MemoryClass(entry.kind)
    footprint.start = rows.start - entry.range.start
    return .bytes(footprint)
  }

  /// Whether `address`, which no object holds, cannot be host memory: it follows device memory so closely that the
  /// device's granule covers it, or the backing says so.
  private func isDeviceAddress(_ address: Address) -> Bool {
    if let before = space.neighbour(before: address), !before.kind.isHost, before.kind != .managed,
      // An object that was found where the device sees it may begin anywhere.
      address >= before.range.start,
      address - before.range.start
        < (before.range.count / Self.granule + 1).multipliedSaturating(by: Self.granule)
    {
      return true
    }
    return backing.isDeviceAddress(address)
  }

  /// Whether a row of pageable memory runs into memory that CUDA knows: "regions spanning over allocations that
  /// are both registered and not registered are not supported".
  private func touchesKnownMemory(_ rows: Footprint) -> Bool {
    space.overlaps(rows.hull) && space.entries(overlapping: rows.hull).contains { rows.touches($0.range) }
  }

  /// Whether live page-locked objects follow each other without a gap over `[start, end)`.
  private func isLocked(from start: Address, to end: Address) -> Bool {
    var reached = start
    while reached < end {
      guard let next = space.entry(containing: reached), next.kind.isHost, next.range.end > reached else {
        return false
      }
      reached = next.range.end
    }
    return true
  }

  private func resolveArray(
    _ handle: Address, x: UInt64, y: UInt64, z: UInt64, xInBytes: Bool, extent: Copy.Extent
  ) -> Operand {
    guard let object = space.array(handle), let shape = object.arrayShape else {
      return .refused(ErrorCode.invalidResourceHandle)
    }
    guard object.isAlive else { return .refused(ErrorCode.contextIsDestroyed) }
    let scale = xInBytes ? 1 : shape.elementSize
    let (left, overflow) = x.multipliedReportingOverflow(by: scale)
    guard !overflow, left <= shape.rowBytes, y <= shape.rowCount, z <= shape.sliceCount else {
      return .refused(ErrorCode.invalidValue)
    }
    let start = z &* shape.sliceBytes &+ y &* shape.rowBytes &+ left
    if extent.dimensions == 1 {
      // The functions of one dimension go on in the next row.
      guard extent.width <= shape.byteCount - min(start, shape.byteCount) else {
        return .refused(ErrorCode.invalidValue)
      }
      return .bytes(Footprint(object: object.id, memory: .device, start: start, width: extent.width))
    }
    guard extent.width <= shape.rowBytes - left, extent.height <= shape.rowCount - y,
      extent.depth <= shape.sliceCount - z
    else { return .refused(ErrorCode.invalidValue) }
    return .bytes(
      Footprint(
        object: object.id, memory: .device, start: start, width: extent.width, rows: extent.height,
        pitch: shape.rowBytes, slices: extent.depth, slicePitch: shape.sliceBytes))
  }
}

extension Copy {
  /// Whether the kind (or the function) puts the destination on a device.
  var needsDeviceDestination: Bool { kind == 1 || kind == 3 || (peers != nil && extent.dimensions < 3) }
  /// Whether the kind (or the function) puts the source on a device.
  var needsDeviceSource: Bool { kind == 2 || kind == 3 || (peers != nil && extent.dimensions < 3) }
}
