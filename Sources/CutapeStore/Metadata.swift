/// What a trace says about the recording itself.

/// The recorded program, its surroundings, and how the recording went.
package struct Metadata: Sendable, Hashable {
  /// Whether the recording came to its end.
  package enum State: String, Sendable, Hashable, CaseIterable {
    /// Still going on, or its recorder died: what is there can be read, the rest is not known.
    case recording
    case finished
  }

  /// What the ticks of the records were.
  package enum Clock: String, Sendable, Hashable, CaseIterable {
    /// The processor's time-stamp counter.
    case tsc
    /// `CLOCK_MONOTONIC`.
    case monotonic
  }

  package var state: State = .recording
  /// The version of the cutape that recorded.
  package var cutapeVersion: String
  /// The path of the executable.
  package var program: String
  /// The arguments with the program's name first, as the program got them.
  package var arguments: [String]
  package var workingDirectory: String
  /// The variables that decide how CUDA behaves, and those that name the rank.
  package var environment: [String: String]
  /// The process id of the program.
  package var process: Int
  package var host: String
  /// When the recording began: nanoseconds since 1970, UTC. Times of events count from here.
  package var start: Int64
  /// How long the recording took, in nanoseconds; nil when it was not finished.
  package var duration: Int64?
  package var clock: Clock
  package var ending: Ending = .unknown
  /// Calls that could not be recorded.
  package var lost: Int = 0
  /// Whether the recording saw the program from its first call.
  package var isFromStart: Bool = true
  /// Whether the recording saw the program to its end.
  package var isToEnd: Bool { state == .finished && ending != .unknown }
  /// What is missing of the bytes of copies; nil when the recording did not keep them.
  package var leftOut: LeftOut?
  /// How many calls have no call stack, though it was to be recorded; nil when stacks were not recorded.
  package var stacksLeftOut: Int?
  /// What the recording says of itself in words, one clause each; stored by ``TraceWriter/addRemark(_:)``.
  package var remarks: [String] = []
  /// The CUDA majors of the recorded calls of runtimes, ascending; known from the calls, so ignored when a trace is made.
  package var majors: [UInt8] = []

  /// Whether launches waited for their kernels (`CUDA_LAUNCH_BLOCKING`).
  package var launchesBlock: Bool { !["", "0"].contains(environment["CUDA_LAUNCH_BLOCKING"] ?? "") }

  package init(
    cutapeVersion: String, program: String, arguments: [String] = [], workingDirectory: String = "",
    environment: [String: String] = [:], process: Int = 0, host: String = "", start: Int64 = 0,
    clock: Clock = .tsc, isFromStart: Bool = true
  ) {
    self.cutapeVersion = cutapeVersion
    self.program = program
    self.arguments = arguments
    self.workingDirectory = workingDirectory
    self.environment = environment
    self.process = process
    self.host = host
    self.start = start
    self.clock = clock
    self.isFromStart = isFromStart
  }
}

/// Sources of copies whose bytes were not kept: there was no room, or they changed while they were read.
package struct LeftOut: Sendable, Hashable {
  package var sources: Int
  package var bytes: UInt64

  package init(sources: Int, bytes: UInt64) {
    self.sources = sources
    self.bytes = bytes
  }
}

/// How the program ended.
package enum Ending: Sendable, Hashable {
  /// It exited with this status.
  case exited(Int32)
  /// This signal killed it.
  case signal(Int32)
  /// Nobody saw the end: the recorder died first, or the process was not its child.
  case unknown
}

/// A file that was mapped into the program: what turns addresses into lines.
package struct RecordedModule: Sendable, Hashable {
  package var path: String
  /// What is added to the addresses in the file.
  package var loadBias: UInt64
  /// One past its last byte in memory.
  package var end: UInt64
  /// The build id of the file that was mapped, in hexadecimal digits; nil when it has none.
  package var build: String?

  package init(path: String, loadBias: UInt64, end: UInt64, build: String? = nil) {
    self.path = path
    self.loadBias = loadBias
    self.end = end
    self.build = build
  }
}
