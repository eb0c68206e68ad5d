/// What calls ask about virtual memory: addresses are reserved, physical memory is created, and the one is mapped to the
/// other. Source: CUDA Driver API, "Virtual Memory Management".
package enum VirtualMemoryCall: Sendable, Hashable {
  /// `cuMemAddressReserve`: so many bytes of addresses, with nothing behind them. The address is nil before the call
  /// has returned.
  case reserve(bytes: UInt64, alignment: UInt64, address: Address?)
  /// `cuMemAddressFree`
  case freeReservation(ByteRange)
  /// `cuMemCreate`: memory without an address.
  case create(bytes: UInt64, MemoryLocation, handle: Address?)
  /// `cuMemImportFromShareableHandle`: memory that another process, or another interface, has too.
  case importMemory(handle: Address?)
  /// `cuMemExportToShareableHandle`: from now on others may use the memory.
  case exportMemory(Address)
  /// `cuMemRetainAllocationHandle`: one more reference to the memory that is mapped at an address.
  case retain(at: Address, handle: Address?)
  /// `cuMemRelease`: one reference less. The memory is freed without references and mappings.
  case release(Address)
  /// `cuMemMap`
  case map(ByteRange, offset: UInt64, handle: Address)
  /// `cuMemUnmap`
  case unmap(ByteRange)
  /// `cuMemSetAccess`: new mappings give access to nobody.
  case setAccess(ByteRange, [PoolCall.Access])
}

extension CallArguments {
  /// What the call asks about virtual memory; nil when it asks nothing, or a list that it gave is not known.
  var virtualMemoryCall: VirtualMemoryCall? {
    switch function.effect {
    case .reserveAddresses:
      .reserve(bytes: word(.bytes), alignment: word(.size), address: result(.outPointer))
    case .freeAddresses: .freeReservation(range)
    case .createMemory: .create(bytes: word(.bytes), location, handle: result(.outValue))
    case .importMemory: .importMemory(handle: result(.outValue))
    case .exportMemory: .exportMemory(word(.memoryHandle))
    case .retainMemory: .retain(at: word(.pointer), handle: result(.outValue))
    case .releaseMemory: .release(word(.memoryHandle))
    case .mapMemory: .map(range, offset: word(.offset), handle: word(.memoryHandle))
    case .unmapMemory: .unmap(range)
    case .setAccess: poolAccess.map { .setAccess(range, $0) }
    default: nil
    }
  }
}
