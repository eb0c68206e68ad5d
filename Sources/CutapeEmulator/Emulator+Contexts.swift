import CutapeTrace

// Contexts of the driver. Memory, streams and events belong to devices here: two contexts of one device share its
// default stream, which orders more than the driver promises. That hides findings, and makes none.

extension Emulator {
  func apply(_ operation: ContextOperation, by caller: Caller) -> Outcome {
    var stack = threads[caller.thread]?.contexts ?? []
    var values: [UInt64] = []
    switch operation {
    case .create(let recorded, let device, let isCurrent):
      let handle = backing.handle(recorded: recorded)
      contextDevices[handle] = device
      if isCurrent { stack.append(handle) }
      values = [handle]
    case .destroy(let context):
      contextDevices[context] = nil
      if stack.last == context { stack.removeLast() }
    case .setCurrent(let context):
      if !stack.isEmpty { stack.removeLast() }
      if context != 0 { stack.append(context) }
    case .push(let context): stack.append(context)
    case .pop: if let context = stack.popLast() { values = [context] }
    }
    threads[caller.thread, default: ThreadState()].contexts = stack
    // Without a current context the device stays what it was: the calls that follow are refused anyway.
    if let device = stack.last.flatMap({ contextDevices[$0] }) {
      threads[caller.thread, default: ThreadState()].device = device
    }
    return Outcome(result: ErrorCode.success, values: values)
  }
}
