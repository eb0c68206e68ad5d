import Foundation
import Testing

/// What a program that ran to its end left.
struct Outcome: Equatable {
  /// How a program ended, as a shell reports it: 128 + N for signal N.
  var status: Int32
  var output: String
  var errors: String

  /// The lines on standard error that are not the stand-in runtime's remark that kernels do not run.
  var errorLines: [Substring] { errors.split(separator: "\n").filter { !$0.hasPrefix("cutape: ") } }
}

/// A running program, in a process group of its own, with its outputs in files.
///
/// Not Foundation's `Process`: these tests send signals to groups and look at how a program ended.
struct Command {
  let process: pid_t
  private let folder: URL

  /// Starts `program` (a path) with `arguments`. `environment` is added to that of the tests, less what would make
  /// the program record by itself.
  static func start(
    _ program: String, _ arguments: [String] = [], environment: [String: String] = [:], input: String = ""
  ) throws -> Command {
    let folder = try temporaryFolder()
    try Data(input.utf8).write(to: folder.appending(path: "input"))
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, folder.appending(path: "input").path, O_RDONLY, 0)
    posix_spawn_file_actions_addopen(
      &actions, 1, folder.appending(path: "output").path, O_WRONLY | O_CREAT, 0o600)
    posix_spawn_file_actions_addopen(
      &actions, 2, folder.appending(path: "errors").path, O_WRONLY | O_CREAT, 0o600)
    // What another test has open at the moment, or whoever runs the tests, is not the program's.
    for descriptor: Int32 in 3..<256 { posix_spawn_file_actions_addclose(&actions, descriptor) }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // The threads of a test process block signals, and a child would inherit that.
    var noSignals = sigset_t()
    sigemptyset(&noSignals)
    posix_spawnattr_setsigmask(&attributes, &noSignals)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK))

    var variables = ProcessInfo.processInfo.environment
    for name in variables.keys where name.hasPrefix("CUTAPE_") || name == "LD_PRELOAD" {
      variables[name] = nil
    }
    variables.merge(environment) { $1 }
    let words = ([program] + arguments).map { strdup($0) } + [nil]
    let settings = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for pointer in words + settings { free(pointer) } }
    var process: pid_t = 0
    let failure = posix_spawn(&process, program, &actions, &attributes, words, settings)
    guard failure == 0 else { throw CocoaError(.executableNotLoadable, userInfo: ["program": program]) }
    return Command(process: process, folder: folder)
  }

  /// Waits for the end, at most `limit`; a program that takes longer is killed, and that fails the test.
  func finish(limit: Duration = .seconds(60)) async throws -> Outcome {
    let deadline = ContinuousClock.now + limit
    var ended: Int32 = 0
    while waitpid(process, &ended, WNOHANG) == 0 {
      if ContinuousClock.now > deadline {
        kill(-process, SIGKILL)
        waitpid(process, &ended, 0)
        Issue.record("a program did not end within \(limit): \(output)")
        break
      }
      try await Task.sleep(for: .milliseconds(3))
    }
    let signal = ended & 0x7f
    let outcome = Outcome(
      status: signal == 0 ? (ended >> 8) & 0xff : 128 + signal, output: output, errors: text("errors"))
    try FileManager.default.removeItem(at: folder)
    return outcome
  }

  /// Waits until the program has printed `text`.
  func printed(_ text: String, limit: Duration = .seconds(30)) async throws {
    let deadline = ContinuousClock.now + limit
    while !output.contains(text) {
      try #require(ContinuousClock.now < deadline, "the program did not print '\(text)'")
      try await Task.sleep(for: .milliseconds(3))
    }
  }

  /// What the program has printed so far.
  var output: String { text("output") }

  private func text(_ name: String) -> String {
    (try? Data(contentsOf: folder.appending(path: name))).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }

  /// Starts a program and waits for its end.
  static func run(
    _ program: String, _ arguments: [String] = [], environment: [String: String] = [:], input: String = ""
  ) async throws -> Outcome {
    try await start(program, arguments, environment: environment, input: input).finish()
  }
}

/// A new empty folder.
func temporaryFolder() throws -> URL {
  let folder = FileManager.default.temporaryDirectory.appending(path: "cutape-tests-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  return folder
}
