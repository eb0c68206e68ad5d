package import CutapeTrace

// Contexts of the driver, and what they have to do with the runtime: a call of the runtime makes the primary context of
// its thread's device current where none is.
//
// Memory, streams and events belong to devices here: two contexts of one device share its default stream, which orders
// more than the driver promises, and a context that is destroyed takes nothing with it. That hides findings, and makes
// none.

extension Emulator {
  /// A context: a handle, and whose it is. The handle is 0 for a primary context that the record does not name.
  package struct Context: Sendable, Hashable {
    package var handle: Address
    package var device: Int32
    package var isPrimary: Bool
  }

  /// The context that is current for the caller's thread.
  package func currentContext(of caller: Caller) -> Context? {
    guard let stack = threads[caller.thread]?.contexts, let context = stack.last else {
      return isBoundByRuntime(caller.thread) ? primaryContext(of: currentDevice(of: caller)) : nil
    }
    return context
  }

  /// A context by its handle; nil when it was not created, or was destroyed.
  package func context(_ handle: Address) -> Context? { contexts[handle] }

  /// How often the primary context of `device` was retained and not released.
  package func primaryUses(of device: Int32) -> Int { primaryUses[device] ?? 0 }

  /// The primary context of a device. It has its handle from the first call that needs it, or that is `recorded` with it.
  @discardableResult
  package func primaryContext(of device: Int32, recorded: Address? = nil) -> Context {
    if let known = primaryContexts[device], known.handle != 0 || recorded == nil { return known }
    let context = Context(handle: backing.handle(recorded: recorded), device: device, isPrimary: true)
    primaryContexts[device] = context
    if context.handle != 0 { contexts[context.handle] = context }
    return context
  }

  /// Why the driver refuses a call whatever its arguments are; nil when it does not. Of a record that begins late it is
  /// not known: see ``mayReturn(_:for:by:)``.
  package func driverRefusal(needsContext: Bool, by caller: Caller) -> Int32? {
    if !isInitialized { return ErrorCode.notInitialized }
    if needsContext, currentContext(of: caller) == nil { return ErrorCode.invalidContext }
    return nil
  }

  func driverRefusal(of operation: Operation, by caller: Caller) -> Int32? {
    if case .context(.initialize) = operation { return nil }
    return driverRefusal(needsContext: operation.needsContext, by: caller)
  }

  // MARK: The runtime

  /// `cuInit`, or a question to the runtime that it puts to the driver.
  package func initialize() { isInitialized = true }

  private func isBoundByRuntime(_ thread: Int) -> Bool {
    runtimeThreads.indices.contains(thread) && runtimeThreads[thread]
  }

  /// The thread has made a call of the runtime.
  func noteRuntime(_ operation: Operation, by caller: Caller) {
    guard caller.thread >= 0, !isBoundByRuntime(caller.thread) else { return }
    switch operation {
    case .registerBinary, .registerKernel, .registerVariable, .registerManaged, .host, .neutral, .unsupported,
      .callConfiguration, .takeLastError, .peekLastError, .describeError:
      return
    default: break
    }
    // Threads are numbered from 1.
    while runtimeThreads.count <= caller.thread { runtimeThreads.append(false) }
    runtimeThreads[caller.thread] = true
    isInitialized = true
  }

  /// `cudaSetDevice`: the primary context of the device takes the place of the current one.
  func setDevice(_ device: Int32, by caller: Caller) {
    var thread = threads[caller.thread] ?? ThreadState()
    thread.device = device
    if !thread.contexts.isEmpty { thread.contexts[thread.contexts.count - 1] = primaryContext(of: device) }
    threads[caller.thread] = thread
  }

  // MARK: Calls

  func judge(_ operation: ContextOperation, by caller: Caller) -> Int32 {
    switch operation {
    case .initialize(let flags): flags == 0 ? ErrorCode.success : ErrorCode.invalidValue
    case .create(_, let device), .retain(_, let device):
      isDevice(device) ? ErrorCode.success : ErrorCode.invalidDevice
    case .release(let device):
      !isDevice(device)
        ? ErrorCode.invalidDevice : primaryUses(of: device) > 0 ? ErrorCode.success : ErrorCode.invalidContext
    case .destroy(let context):
      contexts[context].map { !$0.isPrimary } ?? false ? ErrorCode.success : ErrorCode.invalidContext
    case .setCurrent(let context):
      context == 0 || contexts[context] != nil ? ErrorCode.success : ErrorCode.invalidContext
    case .push(let context): contexts[context] != nil ? ErrorCode.success : ErrorCode.invalidContext
    case .pop: currentContext(of: caller) != nil ? ErrorCode.success : ErrorCode.invalidContext
    case .enablePeer(let context), .disablePeer(let context):
      contexts[context].map { judgePeer($0.device, enabling: operation == .enablePeer(context), by: caller) }
        ?? ErrorCode.invalidContext
    }
  }

  func apply(_ operation: ContextOperation, by caller: Caller) -> Outcome {
    var stack = threads[caller.thread]?.contexts ?? []
    // What the runtime has made current is there for the driver to replace.
    if stack.isEmpty, let current = currentContext(of: caller) { stack = [current] }
    var values: [UInt64] = []
    switch operation {
    case .initialize: initialize()
    case .create(let recorded, let device):
      let context = Context(handle: backing.handle(recorded: recorded), device: device, isPrimary: false)
      contexts[context.handle] = context
      stack.append(context)
      values = [context.handle]
    case .retain(let recorded, let device):
      primaryUses[device, default: 0] += 1
      values = [primaryContext(of: device, recorded: recorded).handle]
    case .release(let device): primaryUses[device] = max(0, primaryUses(of: device) - 1)
    case .destroy(let context):
      contexts[context] = nil
      if stack.last?.handle == context { stack.removeLast() }
    case .setCurrent(let context):
      if !stack.isEmpty { stack.removeLast() }
      if context != 0, let known = contexts[context] { stack.append(known) }
    case .push(let context): if let known = contexts[context] { stack.append(known) }
    case .pop: if let context = stack.popLast() { values = [context.handle] }
    case .enablePeer(let context), .disablePeer(let context):
      if let device = contexts[context]?.device {
        setPeer(device, enabled: operation == .enablePeer(context), by: caller)
      }
    }
    if runtimeThreads.indices.contains(caller.thread) { runtimeThreads[caller.thread] = false }
    threads[caller.thread, default: ThreadState()].contexts = stack
    // Without a current context the device stays what it was: the calls that follow are refused anyway.
    if let device = stack.last?.device { threads[caller.thread, default: ThreadState()].device = device }
    return Outcome(result: ErrorCode.success, values: values)
  }
}

extension Operation {
  /// Whether the driver performs the call only where a context is current: those that name no stream or event of a
  /// context.
  fileprivate var needsContext: Bool {
    switch self {
    case .allocate, .allocateArray, .free, .register, .unregister, .hostDevicePointer, .copy, .copyBatch,
      .fill,
      .launch, .createStream, .createEvent, .synchronizeDevice, .context(.enablePeer), .context(.disablePeer):
      true
    case .hostFunction(_, _, let stream), .synchronizeStream(let stream), .queryStream(let stream),
      .streamWaitEvent(let stream, _, _), .recordEvent(_, let stream, _):
      if case .created = stream { false } else { true }
    default: false
    }
  }
}
