package import CutapeTrace

/// Who makes a call: the thread decides the last error, the current device and the per-thread default stream.
package struct Caller: Sendable, Hashable {
  /// The recorded thread's number, from 1.
  package var thread: Int
  /// The CUDA major that the caller was linked with: a few functions differ.
  package var major: UInt8
  /// The number of the call: the event's number in a replay, a counter in a live run.
  package var number: Int

  package init(thread: Int, major: UInt8 = 13, number: Int) {
    self.thread = thread
    self.major = major
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

/// A stream that exists or existed: the handle is reused by CUDA, the id is not.
package struct StreamState: Sendable, Hashable {
  package enum Kind: Sendable, Hashable {
    case legacy
    case perThread(thread: Int)
    case created
  }

  /// Numbered from 1; what messages call `s1` for created streams.
  package var id: Int
  /// `s1`, `legacy stream`, `per-thread stream of T2`; with the device where there are several.
  package var name: String
  package var kind: Kind
  package var handle: Address
  package var device: Int32
  /// `cudaStreamNonBlocking`: does not wait for the legacy stream, nor the legacy stream for it.
  package var isNonBlocking: Bool
  package var createdBy: Int
  package var destroyedBy: Int?
}

/// An event that exists or existed.
package struct EventState: Sendable, Hashable {
  /// Numbered from 1; what messages call `e1`.
  package var id: Int
  package var name: String
  package var handle: Address
  package var flags: UInt32
  package var device: Int32
  package var createdBy: Int
  package var destroyedBy: Int?
  /// The newest record: the number of the call and the id of the stream; nil when it was never recorded.
  package var record: Record?

  package struct Record: Sendable, Hashable {
    package var number: Int
    package var stream: Int
  }
}
