/// Where a thread was on its stack, as the shim wrote it down: before the first copy from there, and when the thread
/// makes a call from above memory that such a copy used. What is below the stack pointer then is gone.
package struct StackPointer: Sendable, Hashable {
  package var address: Address
  package var stack: ByteRange

  /// Whether the thread has ended, and nothing of its stack is left.
  package var isEnd: Bool { address == stack.end }

  /// What `event` says; nil when it is no record of a stack.
  package init?(_ event: Event, _ function: Function) {
    guard function.effect == .shimStack, event.arguments.count == 3 else { return nil }
    address = event.arguments[0]
    stack = ByteRange(start: event.arguments[1], count: event.arguments[2])
  }
}
