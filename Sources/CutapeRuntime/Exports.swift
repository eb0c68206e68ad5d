package import CutapeBridge
import CutapeEmulator
import CutapeTrace
import CutapeWire

// What the C side calls: `cut_bridge.h` says what each does.

@c(cut_perform) @implementation
package func perform(_ call: UnsafePointer<CUTCall>) -> Int32 {
  let call = call.pointee
  guard cut_isInHostFunction() == 0 else { return ErrorCode.notPermitted }
  guard let function = ApiTable.functions[call.function] else { return ErrorCode.notSupported }
  let words = UnsafeBufferPointer(start: call.words, count: Int(call.wordCount))
  let tail = UnsafeBufferPointer(start: call.tail, count: Int(call.tailCount))
  let arguments = Arguments(words)
  for (index, field) in function.fields.enumerated() where field.role.isStored {
    guard index < arguments.count, arguments[index] != 0 else {
      return function.isDriver ? ErrorCode.invalidValue : fail(ErrorCode.invalidValue)
    }
  }
  return Runtime.locked { $0.perform(call, function, arguments, tail: Array(tail)) }
}

@c(cut_fail) @implementation
package func fail(_ code: Int32) -> Int32 {
  guard code != ErrorCode.success, cut_isInHostFunction() == 0 else { return code }
  Runtime.locked { $0.emulator.finish(.neutral, result: code, by: $0.caller()) }
  return code
}

@c(cut_initialize) @implementation
package func initialize() { Runtime.locked { $0.emulator.initialize() } }

@c(cut_deviceCount) @implementation
package func deviceCount() -> Int32 { Runtime.locked { $0.emulator.deviceCount } }

@c(cut_currentDevice) @implementation
package func currentDevice() -> Int32 { Runtime.locked { $0.emulator.currentDevice(of: $0.caller()) } }

@c(cut_memory) @implementation
package func memory(_ available: UnsafeMutablePointer<UInt64>, _ total: UnsafeMutablePointer<UInt64>) {
  Runtime.locked { runtime in
    available.pointee = runtime.backing.freeMemory(of: runtime.emulator.currentDevice(of: runtime.caller()))
    total.pointee = runtime.backing.memoryPerDevice
  }
}

@c(cut_describePointer) @implementation
package func describePointer(_ address: UInt64, _ info: UnsafeMutablePointer<CUTPointerInfo>) {
  info.pointee = Runtime.locked { runtime in
    guard let object = runtime.emulator.space.object(containing: address) else {
      return CUTPointerInfo(
        type: 0, device: -2, devicePointer: 0, hostPointer: address, start: 0, size: 0, id: 0)
    }
    let type: Int32 =
      switch object.kind {
      case .pinned, .registered: 1
      case .device, .async, .array, .symbol, .physical, .mapped: 2
      case .managed: 3
      }
    let isOnHost = object.kind.isHost || object.kind == .managed
    return CUTPointerInfo(
      type: type, device: object.device, devicePointer: address, hostPointer: isOnHost ? address : 0,
      start: object.range.start, size: object.range.count, id: UInt64(object.id))
  }
}

@c(cut_hostFlags) @implementation
package func hostFlags(_ address: UInt64, _ flags: UnsafeMutablePointer<UInt32>) -> Int32 {
  Runtime.locked { runtime in
    guard let object = runtime.emulator.space.object(containing: address), object.kind == .pinned else {
      return ErrorCode.invalidValue
    }
    // Under unified addressing page-locked memory is portable and mapped, whatever was asked for.
    flags.pointee = 3
    return ErrorCode.success
  }
}

@c(cut_describeStream) @implementation
package func describeStream(
  _ handle: UInt64, _ variant: UInt8, _ info: UnsafeMutablePointer<CUTStreamInfo>
) -> Int32 {
  Runtime.locked { runtime in
    let reference = StreamReference(handle: handle, variant: Variant(rawValue: variant) ?? .plain)
    guard let stream = runtime.emulator.stream(reference, by: runtime.caller()) else {
      return ErrorCode.invalidResourceHandle
    }
    guard stream.isAlive else { return ErrorCode.contextIsDestroyed }
    info.pointee = CUTStreamInfo(
      flags: stream.flags, priority: stream.priority, device: stream.device, id: UInt64(stream.id))
    return ErrorCode.success
  }
}

@c(cut_describeArray) @implementation
package func describeArray(_ handle: UInt64, _ info: UnsafeMutablePointer<CUTArrayInfo>) -> Int32 {
  Runtime.locked { runtime in
    guard let array = runtime.emulator.space.array(handle), array.isAlive, let shape = array.arrayShape else {
      return ErrorCode.invalidResourceHandle
    }
    info.pointee = CUTArrayInfo(
      width: shape.width, height: shape.height, depth: shape.depth, elementSize: UInt32(shape.elementSize),
      flags: shape.flags)
    return ErrorCode.success
  }
}

@c(cut_variableSize) @implementation
package func variableSize(_ shadow: UInt64, _ size: UnsafeMutablePointer<UInt64>) -> Int32 {
  Runtime.locked { runtime in
    guard let bytes = runtime.emulator.variableSize(shadow) else { return ErrorCode.invalidSymbol }
    size.pointee = bytes
    return ErrorCode.success
  }
}

@c(cut_poolAttribute) @implementation
package func poolAttribute(
  _ pool: UInt64, _ attribute: Int32, _ value: UnsafeMutablePointer<UInt64>
) -> Int32 {
  Runtime.locked { runtime in
    guard let pool = runtime.emulator.pool(pool), pool.isAlive, let known = pool.value(of: attribute) else {
      return ErrorCode.invalidValue
    }
    value.pointee = known
    return ErrorCode.success
  }
}

@c(cut_poolAccess) @implementation
package func poolAccess(
  _ pool: UInt64, _ locationType: Int32, _ locationId: Int32, _ flags: UnsafeMutablePointer<Int32>
) -> Int32 {
  Runtime.locked { runtime in
    guard let pool = runtime.emulator.pool(pool), pool.isAlive else { return ErrorCode.invalidValue }
    flags.pointee = pool.access(from: MemoryLocation(type: locationType, id: locationId))
    return ErrorCode.success
  }
}

@c(cut_canAccessPeer) @implementation
package func canAccessPeer(_ device: Int32, _ peer: Int32) -> Int32 {
  let devices = 0..<deviceCount()
  return device != peer && devices.contains(device) && devices.contains(peer) ? 1 : 0
}
