/// What a call of the driver asks of contexts: which device the calls of a thread mean.
///
/// Source: CUDA Driver API, "Context Management" and "Primary Context Management".
package enum ContextOperation: Sendable, Hashable {
  /// `cuCtxCreate`: the new context becomes current; `cuDevicePrimaryCtxRetain`: it does not. The handle is nil before
  /// the call has returned.
  case create(Address?, device: Int32, isCurrent: Bool)
  case destroy(Address)
  /// `cuCtxSetCurrent`: in place of the current one; a null context leaves none.
  case setCurrent(Address)
  case push(Address)
  case pop
}
