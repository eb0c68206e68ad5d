/// What a recording says about itself and the program, beside the events.
package struct Trace: Sendable, Hashable {
  /// The functions that the events name.
  package var functions: FunctionTable
  /// The recorded threads, in the order of their first call.
  package var threads: [RecordedThread]
  /// The call sites by key.
  package var sites: [Int: CallSite]
  /// The call stacks; none unless they were recorded.
  package var stacks: StackTable
  /// Calls that could not be recorded, exactly counted; findings that depend on completeness are withheld when
  /// this is not zero.
  package var lost: Int
  /// Whether the recording saw the program from its first call; false for a slice or a late attachment.
  package var isFromStart: Bool

  package init(
    functions: FunctionTable, threads: [RecordedThread] = [], sites: [Int: CallSite] = [:],
    stacks: StackTable = StackTable(), lost: Int = 0, isFromStart: Bool = true
  ) {
    self.functions = functions
    self.threads = threads
    self.sites = sites
    self.stacks = stacks
    self.lost = lost
    self.isFromStart = isFromStart
  }
}

/// The functions of the API table, or of one trace, by id.
package struct FunctionTable: Sendable, Hashable {
  package private(set) var all: [Function]
  private var positions: [Int]

  package init(_ functions: [Function]) {
    all = functions
    positions = Array(repeating: -1, count: (functions.map { Int($0.id) }.max() ?? -1) + 1)
    for (position, function) in functions.enumerated() { positions[Int(function.id)] = position }
  }

  /// The function with `id`, or nil when the table does not know it.
  package subscript(id: UInt16) -> Function? {
    guard Int(id) < positions.count, positions[Int(id)] >= 0 else { return nil }
    return all[positions[Int(id)]]
  }

  /// The function called `name`; of two with one name (their prototypes differ by major) the newest.
  package func named(_ name: String) -> Function? { all.last { $0.name == name } }
}

/// A thread of the recorded program.
package struct RecordedThread: Sendable, Hashable {
  /// Numbered from 1 in the order of first calls.
  package var number: Int
  /// The kernel's thread id.
  package var systemID: Int
  /// The name that the thread had at its first call.
  package var name: String

  package init(number: Int, systemID: Int, name: String) {
    self.number = number
    self.systemID = systemID
    self.name = name
  }
}

/// Where in the program a call was made.
package struct CallSite: Sendable, Hashable {
  /// The return address of the call.
  package var address: Address
  /// The file name of the executable or library.
  package var module: String
  /// The offset of the address in the module's file, as `addr2line` wants it.
  package var offset: UInt64
  package var function: String?
  package var file: String?
  package var line: Int?
  /// The functions that the compiler has inlined around the call, the innermost first. ``function`` is the one that they
  /// are all in, ``file`` and ``line`` are of the innermost. Known with call stacks alone.
  package var inlined: [Inlined] = []

  /// A function that was inlined, and where it was called.
  package struct Inlined: Sendable, Hashable {
    package var function: String?
    package var file: String?
    package var line: Int?

    package init(function: String?, file: String?, line: Int?) {
      self.function = function
      self.file = file
      self.line = line
    }
  }

  package init(
    address: Address, module: String, offset: UInt64, function: String? = nil, file: String? = nil,
    line: Int? = nil
  ) {
    self.address = address
    self.module = module
    self.offset = offset
    self.function = function
    self.file = file
    self.line = line
  }

  /// The frames that the place stands for, one for each inlined function and one for the function that they are in.
  package var frames: [CallSite] {
    var frame = self
    frame.inlined = []
    var frames: [CallSite] = []
    for inner in inlined {
      frame.function = inner.function
      frames.append(frame)
      (frame.file, frame.line) = (inner.file, inner.line)
    }
    frame.function = function
    return frames + [frame]
  }

  /// `file:line in function` where debug information gives them, else `module+0xoffset`.
  package var description: String {
    let place: String
    if let file, let line {
      place = "\(file.split(separator: "/").last.map(String.init) ?? file):\(line)"
    } else {
      place = "\(module)+0x\(String(offset, radix: 16))"
    }
    return function.map { "\(place) in \($0)" } ?? place
  }
}
