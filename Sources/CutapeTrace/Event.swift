/// One recorded call: who made it, when, with which arguments, and what it returned.
///
/// Events are ordered by the time of their effect: ``Effect/isAtReturn`` says whether that is the begin or the
/// end of the call. ``number`` is the position in that order.
package struct Event: Sendable, Hashable {
  /// The position in the trace, from 1: the number that `dump` prints and findings name.
  package var number: Int
  /// The id of the function, a key of ``FunctionTable``.
  package var function: UInt16
  package var variant: Variant
  /// The CUDA major version that the caller was linked with, 12 or 13; 0 for calls of the driver, which is one for all, and
  /// for what is no call of CUDA.
  package var major: UInt8
  /// How the caller had come by the function.
  package var way: Way
  /// Whether the call is one of the driver that the runtime made inside another recorded call: a part of that call,
  /// which counts for both. Nothing judges parts.
  package var isPart: Bool
  /// The number of the call that this one is a part of; 0 when it is none, or while that is not known.
  package var parent: Int
  /// The recorded thread, an index of ``Trace/threads``; threads are numbered from 1 by their first call.
  package var thread: Int
  /// The call site, a key of ``Trace/sites``; 0 when it is not known.
  package var site: Int
  /// The call stack, a number of ``Trace/stacks``; 0 when it was not recorded.
  package var stack: Int
  /// When the call was made, in nanoseconds since the start of the recording.
  package var begin: Int64
  /// How long the call took, in nanoseconds; nil when the call was still in flight when the recording ended.
  package var duration: Int64?
  /// What the call returned (`cudaError_t` for most functions); meaningless while in flight.
  package var result: Int32
  /// The recorded arguments, one word for each of ``Function/fields``.
  package var arguments: Arguments
  /// What follows the fixed arguments: the bytes of a string, batch entries, kernel arguments.
  package var tail: [UInt64]

  package init(
    number: Int, function: UInt16, variant: Variant = .plain, major: UInt8 = 13, thread: Int = 1,
    site: Int = 0,
    begin: Int64 = 0, duration: Int64? = 0, result: Int32 = 0, arguments: Arguments = [], tail: [UInt64] = [],
    way: Way = .linked, isPart: Bool = false, parent: Int = 0, stack: Int = 0
  ) {
    self.number = number
    self.function = function
    self.variant = variant
    self.major = major
    self.way = way
    self.isPart = isPart
    self.parent = parent
    self.thread = thread
    self.site = site
    self.stack = stack
    self.begin = begin
    self.duration = duration
    self.result = result
    self.arguments = arguments
    self.tail = tail
  }

  /// Whether the call never returned: the program crashed, hung or was killed inside it.
  @inlinable package var isInFlight: Bool { duration == nil }
}

/// The words of a call's arguments: eight inline, so that an ordinary event needs no heap memory.
package struct Arguments: Sendable, Hashable, ExpressibleByArrayLiteral {
  @usableFromInline
  var inline: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0, 0, 0, 0)
  @usableFromInline var rest: [UInt64] = []
  package private(set) var count = 0

  package init() {}

  package init(arrayLiteral words: UInt64...) {
    for word in words { append(word) }
  }

  package init(_ words: some Sequence<UInt64>) {
    for word in words { append(word) }
  }

  package mutating func append(_ word: UInt64) {
    if count < 8 {
      withUnsafeMutableBytes(of: &inline) {
        $0.storeBytes(of: word, toByteOffset: count * 8, as: UInt64.self)
      }
    } else {
      rest.append(word)
    }
    count += 1
  }

  @inlinable
  package subscript(index: Int) -> UInt64 {
    get {
      precondition(index >= 0 && index < count, "argument \(index) of \(count)")
      if index >= 8 { return rest[index - 8] }
      return withUnsafeBytes(of: inline) { $0.load(fromByteOffset: index * 8, as: UInt64.self) }
    }
    set {
      precondition(index >= 0 && index < count, "argument \(index) of \(count)")
      if index >= 8 {
        rest[index - 8] = newValue
      } else {
        withUnsafeMutableBytes(of: &inline) {
          $0.storeBytes(of: newValue, toByteOffset: index * 8, as: UInt64.self)
        }
      }
    }
  }

  package static func == (left: Arguments, right: Arguments) -> Bool {
    left.count == right.count && left.inline.0 == right.inline.0 && left.inline.1 == right.inline.1
      && left.inline.2 == right.inline.2 && left.inline.3 == right.inline.3
      && left.inline.4 == right.inline.4 && left.inline.5 == right.inline.5
      && left.inline.6 == right.inline.6 && left.inline.7 == right.inline.7 && left.rest == right.rest
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(count)
    for index in 0..<count { hasher.combine(self[index]) }
  }
}
