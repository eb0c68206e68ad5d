/// Who makes a call: the thread decides the last error, the current device and the per-thread default stream.
package struct Caller: Sendable, Hashable {
  /// The recorded thread's number, from 1.
  package var thread: Int
  /// Whether it calls the driver, which keeps no last error.
  package var isDriver: Bool
  /// The number of the call: the event's number in a replay, a counter in a live run.
  package var number: Int

  package init(thread: Int, isDriver: Bool = false, number: Int) {
    self.thread = thread
    self.isDriver = isDriver
    self.number = number
  }
}

/// What a call gave: its return code and the values behind its result pointers.
package struct Outcome: Sendable, Hashable {
  /// `cudaError_t` as a number; 0 is success.
  package var result: Int32
  /// The address, handle or pitch that the call returned; empty when it failed.
  package var values: [UInt64]

  package init(result: Int32, values: [UInt64] = []) {
    self.result = result
    self.values = values
  }
}
