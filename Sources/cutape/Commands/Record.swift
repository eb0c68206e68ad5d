import ArgumentParser
import CutapeRecorder
import Glibc

/// `cutape record`: runs a program, records its CUDA calls, and exits as the program did.
struct Record: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run a program and record its CUDA calls.",
    usage: """
      cutape record [-o FILE] [--emulate [--runtime 12|13]] [--stacks] [--payload none|hash|full] [--via auto|preload|audit] [--nested] [--watch-host] [--force] [-q] [--] PROGRAM ARG...
      """,
    discussion: """
      The program gets the same streams, terminal and signals as without cutape, and its exit status is passed on: 127
      when it was not found, 126 when it cannot be run, 125 when recording failed before it started. A signal that
      killed the program ends cutape as well, which shells show as 128 plus its number.

      Examples:
        cutape record -o run.cutape --emulate -- ./pipeline --frames 10
        cutape record -o run.cutape --payload full -- ./pipeline --frames 10
      """)

  @Option(
    name: .shortAndLong,
    help: """
      The trace. %h is the host, %p the process id, %r the rank, %q{VAR} an environment variable, %n a number that \
      makes the name new. A name that ends in a slash is a folder. (default: PROGRAM.%p.cutape)
      """)
  var output: String?

  @Flag(help: "Run on the emulated CUDA runtime, with no GPU and no driver.")
  var emulate = false

  @Option(
    help: """
      With --emulate: the stand-in, 12 or 13, for programs that would take either. 'libcudart.so' is this one then, and \
      the other is found by what is linked with it alone. (default: both are there, and 'libcudart.so' is 13)
      """)
  var runtime: Int?

  @Flag(
    help: """
      Watch the host memory of asynchronous copies with the processor's watchpoints, and record who touches it: the \
      first 8 bytes of the buffers of the newest four, each until its first touch. A copy takes 10 to 100 \
      microseconds longer, more with many threads. Needs Linux 5.13 and kernel.perf_event_paranoid of at most 2, or CAP_PERFMON. \
      A program that handles SIGTRAP itself is not watched, nor what a system call reads or writes.
      """)
  var watchHost = false

  @Flag(
    help: """
      Record the call stack of each call, so that findings inside a helper name who called it: at most 64 frames. A \
      call takes 20 to 40 nanoseconds longer where one was made before, else 2 to 11 microseconds.
      """)
  var stacks = false

  @Option(
    help: """
      What to keep of the bytes that copies read from host memory: nothing, their hash, or the bytes too (full). With \
      hashes, check finds stores into sources of pending copies (CT405) and copies of what is there already (CT904). \
      With the bytes, replay --schedules compares and shows what other orders of the work leave. A copy then takes \
      about as long again as reading its source does, with the bytes twice that. Equal sources are kept once; when \
      the recorder does not keep up, bytes are left out, and info says how many.
      """)
  var payload: PayloadMode = .none

  @Option(
    help: """
      How to get between the program and CUDA: by a preloaded library alone, or with an auditor of the dynamic linker, \
      which also sees objects that were opened with RTLD_DEEPBIND and makes the program's start a little slower. info \
      says what auto took, and warns where it may have missed calls.
      """)
  var via: ViaChoice = .auto

  @Flag(
    help: """
      Keep what the runtime calls of the driver inside its own functions, as parts of the calls that the program made. \
      Nothing judges parts.
      """)
  var nested = false

  @Flag(help: "Overwrite a trace that is there.")
  var force = false

  @Flag(name: .shortAndLong, help: "Say nothing.")
  var quiet = false

  @Argument(parsing: .captureForPassthrough, help: "The program and its arguments.")
  var command: [String] = []

  func validate() throws {
    if let runtime, runtime != 12, runtime != 13 { throw ValidationError("--runtime is 12 or 13") }
    if runtime != nil, !emulate { throw ValidationError("--runtime needs --emulate") }
    if words.isEmpty { throw ValidationError("no program to record: cutape record [OPTIONS] PROGRAM ARG...") }
  }

  /// The program and its arguments, without the `--` in front.
  private var words: [String] { command.first == "--" ? Array(command.dropFirst()) : command }

  func run() throws {
    StandardDescriptors.fillGaps()
    Signals.ignoreWriteErrors()
    guard FileLimit.raise() else {
      throw Failure(message: "too few files may be open: see ulimit -n", status: Failure.recordStatus)
    }
    var request = RecordRequest(
      command: words, commandBytes: lastArguments(words.count), output: output, overwrites: force,
      emulates: emulate, watchesHost: watchHost, payload: payload, keepsNested: nested, takesStacks: stacks,
      via: via,
      installation: Installation(environment: ProgramEnvironment.current()),
      environment: ProgramEnvironment.current())
    request.runtime = runtime
    if !quiet { request.notify = { report($0) } }
    do {
      let run = try request.run()
      if !quiet { for line in run.closingLines { report(line) } }
      run.endBySignal()
      throw ExitCode(run.exitStatus)
    } catch let failure as StartFailure {
      throw Failure(message: failure.description, status: failure.exitStatus)
    }
  }

  /// The last `count` arguments of this process, byte for byte.
  private func lastArguments(_ count: Int) -> [[UInt8]] {
    let all = UnsafeBufferPointer(start: CommandLine.unsafeArgv, count: Int(CommandLine.argc))
    return all.suffix(count).map { argument in
      guard let argument else { return [] }
      return UnsafeBufferPointer(start: argument, count: strlen(argument)).map { UInt8(bitPattern: $0) }
    }
  }
}

extension PayloadMode: ExpressibleByArgument {}
extension ViaChoice: ExpressibleByArgument {}

/// Writes a line of this command to standard error.
func report(_ line: String) {
  var text = "cutape: \(line)\n"
  text.withUTF8 { bytes in
    // Nobody is left to tell when this fails.
    _ = write(STDERR_FILENO, bytes.baseAddress, bytes.count)
  }
}
