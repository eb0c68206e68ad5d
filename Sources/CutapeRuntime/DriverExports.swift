package import CutapeBridge
import CutapeEmulator
import CutapeTrace

// What the stand-in driver asks: `cut_bridge.h` says what each does.

@c(cut_checkDriver) @implementation
package func checkDriver(_ needsContext: Int32) -> Int32 {
  guard cut_isInHostFunction() == 0 else { return ErrorCode.notPermitted }
  return Runtime.locked { runtime in
    runtime.emulator.driverRefusal(needsContext: needsContext != 0, by: runtime.caller(isDriver: true))
      ?? ErrorCode.success
  }
}

@c(cut_describeContext) @implementation
package func describeContext(_ handle: UInt64, _ info: UnsafeMutablePointer<CUTContextInfo>) -> Int32 {
  Runtime.locked { runtime in
    let emulator = runtime.emulator
    let context =
      handle == 0 ? emulator.currentContext(of: runtime.caller(isDriver: true)) : emulator.context(handle)
    guard let context else { return ErrorCode.invalidContext }
    info.pointee = runtime.info(of: context)
    return ErrorCode.success
  }
}

@c(cut_describePrimaryContext) @implementation
package func describePrimaryContext(
  _ device: Int32, _ info: UnsafeMutablePointer<CUTContextInfo>
) -> Int32 {
  Runtime.locked { runtime in
    guard (0..<runtime.emulator.deviceCount).contains(device) else { return ErrorCode.invalidDevice }
    info.pointee = runtime.info(of: runtime.emulator.primaryContext(of: device))
    return ErrorCode.success
  }
}

@c(cut_mappingGranularity) @implementation
package func mappingGranularity() -> UInt64 { Emulator.mappingGranularity }

@c(cut_mappingAccess) @implementation
package func mappingAccess(
  _ address: UInt64, _ locationType: Int32, _ locationId: Int32, _ flags: UnsafeMutablePointer<Int32>
) -> Int32 {
  Runtime.locked { runtime in
    let location = MemoryLocation(type: locationType, id: locationId)
    guard let access = runtime.emulator.mappingAccess(at: address, from: location) else {
      return ErrorCode.invalidValue
    }
    flags.pointee = access
    return ErrorCode.success
  }
}

extension Runtime {
  fileprivate func info(of context: Emulator.Context) -> CUTContextInfo {
    CUTContextInfo(
      handle: context.handle, device: context.device, isPrimary: context.isPrimary ? 1 : 0,
      uses: context.isPrimary ? Int32(clamping: emulator.primaryUses(of: context.device)) : 0)
  }
}
