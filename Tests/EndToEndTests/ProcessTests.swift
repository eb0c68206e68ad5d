import Foundation
import Testing

/// What programs do with processes, signals, descriptors and directories: recording changes nothing of it, and every
/// process that makes a call has a trace of its own.
@Suite(.enabled(if: Installation.isBuilt, "\(Installation.whyNotBuilt)"))
struct ProcessTests {
  /// A scenario of the fixture `processes`, and how many calls its processes make: one trace each.
  struct Scenario: Sendable, CustomTestStringConvertible {
    var word: String
    var calls: [Int]
    /// Whether the number of calls differs from run to run.
    var isCounted = true
    /// Whether the program may end before the first call of what it leaves behind. Then `record` has ended, too: its
    /// own trace is empty, and the calls are in another.
    var isLeftBehind = false
    var testDescription: String { word }
  }

  static let scenarios = [
    Scenario(word: "fork", calls: [2, 4]), Scenario(word: "fork-between", calls: [1], isCounted: false),
    Scenario(word: "exec", calls: [2, 3, 3, 3]), Scenario(word: "daemon", calls: [4], isLeftBehind: true),
    Scenario(word: "close", calls: [4]), Scenario(word: "close-standard", calls: [2]),
    Scenario(word: "chdir", calls: [2, 2]), Scenario(word: "atexit", calls: [4]),
    Scenario(word: "quick_exit", calls: [3]), Scenario(word: "_exit", calls: [1]),
    Scenario(word: "abort", calls: [2]), Scenario(word: "crash", calls: [3]),
    Scenario(word: "callback", calls: [3]), Scenario(word: "null", calls: [3]),
  ]

  @Test("A program behaves as without cutape, and each of its processes has a trace", arguments: scenarios)
  func undisturbed(_ scenario: Scenario) async throws {
    let folder = try temporaryFolder()
    let program = Installation.program("processes")
    let bare = try await Command.run(
      program, [scenario.word], environment: ["LD_LIBRARY_PATH": Installation.emulatedRuntimes])
    // The name of the trace is relative: it means the folder where record began.
    let recorded = try await Command.run(
      "/bin/sh",
      [
        "-c", "cd '\(folder.path)' && exec \"$@\"", "sh", Installation.cutape, "record", "-q", "--emulate",
        "-o",
        "%p.cutape", "--", program, scenario.word,
      ])
    #expect(recorded.status == bare.status)
    #expect(recorded.output == bare.output)
    #expect(recorded.errorLines == bare.errorLines)
    let traces = try await finishedTraces(
      scenario.calls.count, in: folder, ignoringEmpty: scenario.isLeftBehind)
    if scenario.isCounted { #expect(try await counts(of: traces) == scenario.calls) }
  }

  @Test(
    "A shell's two programs at a time leave a trace each in their names, complete when record ends, and the shell none"
  )
  func twoOfAShell() async throws {
    let folder = try temporaryFolder()
    let program = Installation.program("processes")
    let outcome = try await Command.run(
      "/bin/sh",
      [
        "-c", "cd '\(folder.path)' && exec \"$@\"", "sh", Installation.cutape, "record", "-q", "--emulate",
        "--",
        "/bin/bash", "-c", "'\(program)' three & '\(program)' close & wait",
      ])
    #expect(outcome.status == 0)
    // A trace that is still written has its journal beside it.
    let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    #expect(files.count == 2, "\(files)")
    let traces = try await finishedTraces(2, in: folder)
    #expect(traces.allSatisfy { $0.lastPathComponent.hasPrefix("processes.") })
    #expect(try await counts(of: traces) == [3, 4])
    for trace in traces {
      let info = try await info(trace)
      #expect(info.program == program)
      #expect(trace.lastPathComponent == "processes.\(info.process).cutape")
      #expect(info.arguments.first == program)
      #expect(info.ending != "signal")
    }
  }

  @Test("A program with processes of its own, as in a container, is recorded, and record ends with it")
  func otherNamespace() async throws {
    let folder = try temporaryFolder()
    let unshare = ["--map-root-user", "--pid", "--fork", "--mount-proc"]
    guard try await Command.run("/usr/bin/unshare", unshare + ["true"]).status == 0 else { return }
    let outcome = try await Command.run(
      Installation.cutape,
      ["record", "-q", "--emulate", "-o", "\(folder.path)/%p.cutape", "--", "/usr/bin/unshare"] + unshare
        + ["/bin/sh", "-c", "'\(Installation.program("processes"))' three; exit 6"])
    #expect(outcome.status == 6, "\(outcome.errors)")
    let traces = try await finishedTraces(1, in: folder)
    #expect(try await counts(of: traces) == [3])
  }

  @Test("A variable of CUDA that only the recorded program has is in the trace")
  func variables() async throws {
    let trace = try temporaryFolder().appending(path: "run.cutape")
    let outcome = try await Installation.cutape(
      "record", "-q", "--emulate", "-o", trace.path, "--", "/usr/bin/env", "CUDA_LAUNCH_BLOCKING=1",
      Installation.program("processes"), "three", environment: ["CUDA_CACHE_PATH": "/nowhere"])
    #expect(outcome.status == 0)
    let environment = try await info(trace).environment
    #expect(environment["CUDA_LAUNCH_BLOCKING"] == "1")
    #expect(environment["CUDA_CACHE_PATH"] == "/nowhere")
  }

  @Test("The signal that ends a program ends record as well: a shell sees it", arguments: ["abort", "crash"])
  func endsBySignal(_ word: String) async throws {
    let trace = try temporaryFolder().appending(path: "run.cutape")
    let command = try Command.start(
      Installation.cutape,
      ["record", "-q", "--emulate", "-o", trace.path, "--", Installation.program("processes"), word])
    var status: Int32 = 0
    while waitpid(command.process, &status, 0) < 0, errno == EINTR {}
    #expect(status & 0x7f == (word == "abort" ? SIGABRT : SIGSEGV))
    #expect(status & 0x80 == 0, "record leaves a core of its own")
    #expect(try await info(trace).ending == "signal")
  }

  @Test("A program whose recorder is killed goes on, and what it did can be recovered")
  func deadRecorder() async throws {
    let folder = try temporaryFolder()
    let trace = folder.appending(path: "run.cutape")
    let script = "kill -9 $PPID; sleep 0.1; '\(Installation.program("processes"))' three; echo done > done"
    let outcome = try await Command.run(
      "/bin/sh",
      [
        "-c", "cd '\(folder.path)' && CUTAPE_SPOOL_DIR='\(folder.path)' exec \"$@\"", "sh",
        Installation.cutape,
        "record", "-q", "--emulate", "--stacks", "-o", trace.path, "--", "/bin/sh", "-c", script,
      ])
    #expect(outcome.status == 137)
    let done = folder.appending(path: "done")
    let deadline = ContinuousClock.now + .seconds(30)
    while !FileManager.default.fileExists(atPath: done.path) {
      try #require(ContinuousClock.now < deadline, "the program did not go on")
      try await Task.sleep(for: .milliseconds(10))
    }
    let spools = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
      $0.hasSuffix(".spool")
    }
    let spool = try #require(spools.first.map { folder.appending(path: $0) })
    #expect(spools.count == 1)
    let recovered = folder.appending(path: "recovered.cutape")
    let recovery = try await Installation.cutape("recover", spool.path, "-o", recovered.path)
    #expect(recovery.status == 0, "\(recovery.errors)")
    let info = try await info(recovered)
    #expect(info.calls == 3 && info.stacks == 1)
    #expect(info.arguments == [Installation.program("processes"), "three"])
  }

  // MARK: - Traces

  private struct Info: Decodable {
    var calls: Int
    var stacks: Int?
    var program: String
    var process: Int
    var arguments: [String]
    var ending: String
    var finished: Bool
    var environment: [String: String]
  }

  private func info(_ trace: URL) async throws -> Info {
    let outcome = try await Installation.cutape("info", trace.path, "--format", "json")
    return try JSONDecoder().decode(Info.self, from: Data(outcome.output.utf8))
  }

  private func counts(of traces: [URL]) async throws -> [Int] {
    var counts: [Int] = []
    for trace in traces { counts.append(try await info(trace).calls) }
    return counts.sorted()
  }

  /// The traces of a folder, once there are `count` and all are finished: a recorder that nobody waits for ends a little
  /// after its program. More than `count` fail the test.
  ///
  /// - Parameter ignoringEmpty: do not count traces without calls.
  private func finishedTraces(
    _ count: Int, in folder: URL, ignoringEmpty: Bool = false
  ) async throws -> [URL] {
    let deadline = ContinuousClock.now + .seconds(60)
    while true {
      let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      let all = files.filter { $0.pathExtension == "cutape" }
      var finished: [URL] = []
      var empty = 0
      for trace in all {
        guard let info = try? await info(trace), info.finished else { continue }
        if ignoringEmpty && info.calls == 0 { empty += 1 } else { finished.append(trace) }
      }
      if finished.count >= count, finished.count + empty == all.count {
        #expect(finished.count == count, "\(finished.map(\.lastPathComponent))")
        return finished
      }
      try #require(ContinuousClock.now < deadline, "\(finished.count) of \(count) traces are finished")
      try await Task.sleep(for: .milliseconds(50))
    }
  }
}
