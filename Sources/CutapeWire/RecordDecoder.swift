/// From a record of the spool to an event.
///
/// The record is in memory that the traced program can write to, and may be the last thing that a crashing program
/// left behind: nothing in it is trusted. Whatever it holds gives an event or a typed error.

package import CutapeABI
package import CutapeTrace

/// What one record of the spool says.
package enum WireRecord: Sendable, Hashable {
  case call(RecordedCall)
  case module(ShimModule)
  case thread(ShimThread)
  case frames(ShimFrames)
}

/// A call of the program, with what only the recorder can finish.
package struct RecordedCall: Sendable, Hashable {
  /// The call with `number` and `site` still 0: the recorder orders calls and numbers call sites.
  package var event: Event
  /// Clock ticks when the call was made: finer than the event's nanoseconds, for ordering.
  package var beginTicks: UInt64
  /// How long it took in clock ticks; nil while it is in flight.
  package var durationTicks: UInt64?
  /// The return address of the call; the call itself is before it.
  package var returnAddress: Address
}

/// A loaded object that calls CUDA: the shim writes it down when it meets the first call from it.
package struct ShimModule: Sendable, Hashable {
  /// What is added to the addresses in the file.
  package var loadBias: Address
  /// One past the last byte of the object in memory.
  package var end: Address
  package var path: String
  /// Its build id in hexadecimal digits; nil when it has none.
  package var build: String?

  package init(loadBias: Address, end: Address, path: String, build: String? = nil) {
    self.loadBias = loadBias
    self.end = end
    self.path = path
    self.build = build
  }
}

/// The thread whose records follow in a segment that another one has left to it when it ended.
package struct ShimThread: Sendable, Hashable {
  package var number: Int
  package var systemID: Int
  package var name: String
  /// The position of what follows among the segments of the thread, from 0.
  package var sequence: UInt64
  /// How many of its calls had been dropped.
  package var lost: Int

  package init(number: Int, systemID: Int, name: String, sequence: UInt64, lost: Int) {
    self.number = number
    self.systemID = systemID
    self.name = name
    self.sequence = sequence
    self.lost = lost
  }
}

/// A call stack that a thread made a call from for the first time.
package struct ShimFrames: Sendable, Hashable {
  /// What the calls with this stack call it.
  package var stack: UInt64
  /// Where the frames were, the innermost first, each one byte behind the place.
  package var addresses: [Address]
  /// Whether the last frame is the outermost one.
  package var isWhole: Bool

  package init(stack: UInt64, addresses: [Address], isWhole: Bool) {
    self.stack = stack
    self.addresses = addresses
    self.isWhole = isWhole
  }
}

/// Why a record could not be decoded. Its slots are skipped; the call is counted as lost.
package enum WireError: Error, Hashable, CustomStringConvertible {
  case unknownFunction(UInt16)
  case unknownForm(UInt8)
  /// The record has `words` words, and its arguments need `needed`.
  case tooShort(function: UInt16, words: Int, needed: UInt64)
  /// The record claims more slots than the segment has left.
  case pastSegment(function: UInt16, slots: Int, available: Int)
  case impossibleLength(function: UInt16, length: UInt64)

  package var description: String {
    switch self {
    case .unknownFunction(let id): "the record names function \(id), which the API table does not have"
    case .unknownForm(let form): "the record has the unknown form \(form)"
    case .tooShort(let id, let words, let needed):
      "the record of function \(id) has \(words) words and needs \(needed)"
    case .pastSegment(let id, let slots, let available):
      "the record of function \(id) claims \(slots) slots where \(available) are left"
    case .impossibleLength(let id, let length):
      "the record of function \(id) claims a length of \(length) bytes"
    }
  }
}

/// Decodes records by the API table.
package struct RecordDecoder: Sendable {
  /// The longest string that the shim records, in bytes.
  private static let longestText: UInt64 = 1000

  private let functions: FunctionTable

  package init(functions: FunctionTable = ApiTable.functions) {
    self.functions = functions
  }

  /// How many slots of the segment the published record takes, itself included.
  package static func slots(of record: UnsafePointer<CUTRecord>) -> Int {
    1 + Int(cut_recordSite(record) >> 48 & 0xff)
  }

  /// The record at `record`, or nil when none is published there yet.
  ///
  /// - Parameters:
  ///   - available: how many slots of the segment are left, this one included.
  ///   - thread: the number of the thread that owns the segment.
  ///   - scale: from clock ticks to nanoseconds.
  package func decode(
    _ record: UnsafePointer<CUTRecord>, available: Int, thread: Int, scale: TickScale
  ) throws(WireError) -> WireRecord? {
    let site = cut_recordSite(record)
    guard site != 0 else { return nil }
    // The state is read before the words: if it says that the call returned, its results are there.
    let state = cut_recordState(record)
    let id = UInt16(truncatingIfNeeded: state >> 48)
    guard let function = functions[id] else { throw .unknownFunction(id) }
    let slots = Self.slots(of: record)
    guard slots <= available else { throw .pastSegment(function: id, slots: slots, available: available) }
    let form = UInt8(truncatingIfNeeded: site >> 56)
    guard let variant = Variant(rawValue: form & UInt8(CUT_FORM_VARIANT)),
      let way = Way(rawValue: form >> UInt8(CUT_FORM_WAY_SHIFT))
    else { throw .unknownForm(form) }

    var (arguments, tail) = try words(of: record, function: function, slots: slots)
    if form & UInt8(CUT_FORM_TRUNCATED) != 0 {
      // A list that was cut says too little to be judged: it counts as not known.
      for (index, field) in function.fields.enumerated() where field.role.isList {
        arguments[index] = .max
        tail = []
      }
    }
    if function.effect == .shimModule {
      return .module(try module(function: function, arguments: arguments, tail: tail))
    }
    if function.effect == .shimThread {
      return .thread(try heir(function: function, arguments: arguments))
    }
    if function.effect == .shimFrames {
      guard arguments.count == 3, !tail.isEmpty else {
        throw .tooShort(function: function.id, words: arguments.count, needed: 4)
      }
      return .frames(ShimFrames(stack: arguments[0], addresses: tail, isWhole: arguments[1] != 0))
    }
    let ticks = state & CUT_IN_FLIGHT
    let duration = ticks == CUT_IN_FLIGHT ? nil : ticks
    let hasMajor = !function.effect.isOfHost && !function.isDriver
    let major: UInt8 = !hasMajor ? 0 : form & UInt8(CUT_FORM_MAJOR_13) != 0 ? 13 : 12
    let event = Event(
      number: 0, function: id, variant: variant, major: major,
      thread: thread, begin: scale.nanoseconds(at: record.pointee.begin),
      duration: duration.map(scale.nanoseconds(for:)), result: duration == nil ? 0 : record.pointee.result,
      arguments: arguments, tail: tail, way: way,
      isPart: function.isDriver && form & UInt8(CUT_FORM_NESTED) != 0)
    return .call(
      RecordedCall(
        event: event, beginTicks: record.pointee.begin, durationTicks: duration,
        returnAddress: site & 0x0000_ffff_ffff_ffff))
  }

  /// The arguments by field, and the words that follow them.
  private func words(
    of record: UnsafePointer<CUTRecord>, function: Function, slots: Int
  ) throws(WireError) -> (Arguments, [UInt64]) {
    let available = Int(CUT_RECORD_WORDS) + (slots - 1) * Int(CUT_SLOT_WORDS)
    var arguments = Arguments()
    var next = 0
    var tailCount: UInt64 = 0
    for field in function.fields {
      if field.role == .kind {
        arguments.append(UInt64(record.pointee.kind))
        continue
      }
      guard next < available else {
        throw .tooShort(function: function.id, words: available, needed: UInt64(next) + 1)
      }
      let word = cut_recordWord(record, UInt32(next))
      next += 1
      arguments.append(word)
      guard let words = field.role.tailWords(word, function.effect) else { continue }
      guard field.role != .text || word <= Self.longestText else {
        throw .impossibleLength(function: function.id, length: word)
      }
      let (sum, overflow) = tailCount.addingReportingOverflow(words)
      tailCount = overflow ? .max : sum
    }
    guard tailCount <= UInt64(available - next) else {
      throw .tooShort(
        function: function.id, words: available, needed: tailCount == .max ? .max : tailCount + UInt64(next))
    }
    return (arguments, (next..<next + Int(tailCount)).map { cut_recordWord(record, UInt32($0)) })
  }

  private func module(
    function: Function, arguments: Arguments, tail: [UInt64]
  ) throws(WireError) -> ShimModule {
    guard arguments.count == 7 else {
      throw .tooShort(function: function.id, words: arguments.count, needed: 7)
    }
    let buildBytes = Int(min(arguments[2], 24))
    let digits = "0123456789abcdef".map { $0 }
    let build = (0..<buildBytes).map { index -> String in
      let byte = Int(truncatingIfNeeded: arguments[3 + index / 8] >> UInt64(index % 8 * 8)) & 0xff
      return "\(digits[byte >> 4])\(digits[byte & 0xf])"
    }
    return ShimModule(
      loadBias: arguments[0], end: arguments[1], path: tail.text(byteCount: Int(arguments[6])),
      build: buildBytes > 0 ? build.joined() : nil)
  }

  private func heir(function: Function, arguments: Arguments) throws(WireError) -> ShimThread {
    guard arguments.count == 6 else {
      throw .tooShort(function: function.id, words: arguments.count, needed: 6)
    }
    let name = [arguments[4], arguments[5]].text(byteCount: 16)
    return ShimThread(
      number: Int(clamping: arguments[0]), systemID: Int(clamping: arguments[1]),
      name: String(name.prefix { $0 != "\0" }), sequence: arguments[2], lost: Int(clamping: arguments[3]))
  }
}
