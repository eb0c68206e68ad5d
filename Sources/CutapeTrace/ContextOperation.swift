/// What a call of the driver asks of contexts: which device the calls of a thread mean.
///
/// Source: CUDA Driver API, "Initialization", "Context Management", "Primary Context Management" and "Peer Context
/// Memory Access". Handles of new contexts are nil before the call has returned.
package enum ContextOperation: Sendable, Hashable {
  /// `cuInit`: before it the driver does nothing.
  case initialize(flags: UInt32)
  /// `cuCtxCreate`: the new context becomes current.
  case create(Address?, device: Int32)
  /// `cuDevicePrimaryCtxRetain`: the context of the device that the runtime uses as well; it does not become current.
  case retain(Address?, device: Int32)
  case release(device: Int32)
  case destroy(Address)
  /// `cuCtxSetCurrent`: in place of the current one; a null context leaves none.
  case setCurrent(Address)
  case push(Address)
  case pop
  /// `cuCtxEnablePeerAccess`: kernels of the current context may reach the memory of this one.
  case enablePeer(Address)
  case disablePeer(Address)
}
