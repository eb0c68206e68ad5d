import Foundation
import Testing

/// `cutape record` between a program and its caller: nothing changes for either.
@Suite(.enabled(if: Installation.isBuilt, "\(Installation.whyNotBuilt)"))
struct RecordTests {
  @Test("Standard input, both outputs and the exit status pass through")
  func passesThrough() async throws {
    let (outcome, _) = try await Installation.record("exit-status", input: "in\n")
    #expect(outcome.output == "in\nout\n")
    #expect(outcome.errorLines == ["err"])
    #expect(outcome.status == 3)
  }

  @Test("A program that does not use CUDA leaves an empty trace")
  func emptyTrace() async throws {
    let (_, trace) = try await Installation.record("exit-status")
    #expect(try await Dumped(trace).calls.isEmpty)
    let checked = try Findings(
      json: await Installation.cutape("check", trace.path, "--format", "json").output)
    #expect(checked.findings.isEmpty)
    #expect(checked.summary?.calls == 0)
  }

  @Test("A missing program gives 127, one that cannot be executed 126")
  func cannotRun() async throws {
    let missing = try await record("/nowhere/program")
    #expect(missing.status == 127)
    #expect(missing.errors.split(separator: "\n").count == 1, "\(missing.errors)")
    let text = Installation.repository.appending(path: "README.md").path
    let notExecutable = try await record(text)
    #expect(notExecutable.status == 126)
    #expect(notExecutable.errors.split(separator: "\n").count == 1, "\(notExecutable.errors)")
  }

  @Test("An existing trace is not overwritten without --force")
  func keepsOldTrace() async throws {
    let (_, trace) = try await Installation.record("exit-status")
    let before = try Data(contentsOf: trace)
    let again = try await Installation.cutape(
      "record", "--emulate", "-o", trace.path, "--", Installation.program("exit-status"))
    #expect(again.status == 125)
    #expect(try Data(contentsOf: trace) == before)
    let forced = try await Installation.cutape(
      "record", "--emulate", "--force", "-o", trace.path, "--", Installation.program("exit-status"))
    #expect(forced.status == 3)
  }

  @Test("A trace that cannot be written gives 125, and the program does not start")
  func cannotWrite() async throws {
    let outcome = try await Installation.cutape(
      "record", "--emulate", "-o", "/nowhere/run.cutape", "--", Installation.program("cuda12"))
    #expect(outcome.status == 125)
    #expect(outcome.output == "")
    #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
  }

  @Test(
    "With --runtime a program that would take either runtime gets that one, and one that is linked keeps its own",
    arguments: [(nil, [13, 12, 13]), ("12", [0, 12, 12]), ("13", [13, 0, 13])] as [(String?, [Int])])
  func chosenRuntime(_ runtime: String?, _ majors: [Int]) async throws {
    let options = runtime.map { ["--runtime", $0] } ?? []
    let (outcome, _) = try await Installation.record("either-runtime", "libcudart.so", options: options)
    let names = ["libcudart.so.13", "libcudart.so.12", "libcudart.so"]
    #expect(outcome.output == zip(names, majors).map { "\($0) gives \($1)\n" }.joined())
    #expect(try await Installation.record("cuda12", options: options).0.output == "CUDA 12\n")
  }

  @Test("--runtime is for the stand-ins alone")
  func runtimeOfStandIns() async throws {
    for options in [["--runtime", "12"], ["--emulate", "--runtime", "11"]] {
      let outcome = try await Command.run(
        Installation.cutape, ["record"] + options + ["--", Installation.program("cuda12")])
      #expect(outcome.status == 125 && outcome.output.isEmpty)
    }
  }

  @Test("With -q cutape says nothing")
  func quiet() async throws {
    let trace = try temporaryFolder().appending(path: "run.cutape")
    let outcome = try await Installation.cutape(
      "record", "-q", "--emulate", "-o", trace.path, "--", Installation.program("cuda12"))
    #expect(outcome == Outcome(status: 0, output: "CUDA 12\n", errors: ""))
  }

  @Test("Ctrl-C reaches the program, which ends as it decides")
  func interrupt() async throws {
    let outcome = try await signalled(SIGINT, toGroup: true)
    #expect(outcome.status == 42)
    #expect(outcome.output == "ready\nsignal 2\n")
  }

  @Test("SIGTERM to cutape alone reaches the program")
  func terminate() async throws {
    let outcome = try await signalled(SIGTERM, toGroup: false)
    #expect(outcome.status == 55)
    #expect(outcome.output == "ready\nsignal 15\n")
  }

  @Test(
    "A signal to cutape alone that would end it reaches the program, and cutape goes on",
    arguments: [SIGALRM, SIGVTALRM, SIGXCPU, SIGIO, SIGPWR, 34, 64])
  func anySignal(_ signal: Int32) async throws {
    let folder = try temporaryFolder()
    let trace = folder.appending(path: "run.cutape")
    let script = "trap 'echo caught' \(signal); echo ready; read line; echo end; exit 7"
    let input = folder.appending(path: "pipe").path
    try #require(mkfifo(input, 0o600) == 0)
    let command = try Command.start(
      "/bin/bash",
      [
        "-c", "exec \"$@\" <>'\(input)'", "bash", Installation.cutape, "record", "-q", "-o", trace.path, "--",
        "/bin/bash", "-c", script,
      ])
    try await command.printed("ready\n")
    kill(command.process, signal)
    try await command.printed("caught\n")
    try Data("\n".utf8).write(to: URL(filePath: input))
    let outcome = try await command.finish()
    #expect(outcome == Outcome(status: 7, output: "ready\ncaught\nend\n", errors: ""))
  }

  @Test("A program that a signal ends gives 128 + N")
  func endedBySignal() async throws {
    let (outcome, _) = try await Installation.record("killed")
    #expect(outcome.status == 137)
  }

  @Test("A program that another program starts is recorded")
  func startedByAnother() async throws {
    let trace = try temporaryFolder().appending(path: "run.cutape")
    let outcome = try await Installation.cutape(
      "record", "--emulate", "-o", trace.path, "--", "/bin/sh", "-c",
      "\(Installation.program("race-read")); exit 5")
    #expect(outcome.status == 5)
    let checked = try await Installation.cutape("check", trace.path, "--format", "concise")
    #expect(checked.output.contains("CT401"))
  }

  @Test("Two CUDA programs under one command leave a trace each")
  func twoPrograms() async throws {
    let folder = try temporaryFolder()
    let programs = "\(Installation.program("race-read")); \(Installation.program("cuda12"))"
    let outcome = try await Installation.cutape(
      "record", "--emulate", "-o", folder.appending(path: "%p.cutape").path, "--", "/bin/sh", "-c", programs)
    #expect(outcome.status == 0)
    #expect(outcome.output == "CUDA 12\n")
    for trace in try await appeared(2, in: folder) {
      let checked = try await Installation.cutape("check", trace.path, "--format", "concise")
      #expect(checked.output.contains("CT401"), "\(checked.errors)")
    }
  }

  @Test("With little room bytes of copies are left out and counted, and no call is lost")
  func littleRoom() async throws {
    let trace = try temporaryFolder().appending(path: "run.cutape")
    let outcome = try await Command.run(
      "/bin/bash",
      [
        "-c",
        "ulimit -f 65536; exec \(Installation.cutape) record --emulate --payload full -o \(trace.path) -- "
          + Installation.program("many-sources"),
      ])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let info = try await Installation.cutape("info", trace.path, "--format", "json")
    let facts = try #require(
      try JSONSerialization.jsonObject(with: Data(info.output.utf8)) as? [String: Any], "\(info.output)")
    let (kept, leftOut) = (facts["contents"] as? Int ?? 0, facts["left_out"] as? Int ?? 0)
    #expect(facts["lost"] as? Int == 0 && facts["hashed_sources"] as? Int == 160)
    #expect(kept > 0 && leftOut > 0 && kept + leftOut == 160, "\(info.output)")
    #expect(facts["left_out_bytes"] as? Int == leftOut * 262144)
  }

  @Test("With the library preloaded and no command, a trace appears where CUTAPE_OUTPUT says")
  func preloaded() async throws {
    let folder = try temporaryFolder()
    let outcome = try await Command.run(
      Installation.program("cuda12"),
      environment: [
        "LD_PRELOAD": Installation.preloadLibrary, "LD_LIBRARY_PATH": Installation.emulatedRuntimes,
        "CUTAPE_OUTPUT": folder.appending(path: "%p.cutape").path,
      ])
    #expect(outcome.status == 0)
    #expect(outcome.output == "CUDA 12\n")
    let trace = try #require(try await appeared(1, in: folder).first)
    let checked = try await Installation.cutape("check", trace.path, "--format", "concise")
    #expect(checked.status == 1, "\(checked.errors)")
    #expect(checked.output.contains("CT401"))
  }

  private func record(_ program: String) async throws -> Outcome {
    let trace = try temporaryFolder().appending(path: "run.cutape")
    return try await Installation.cutape("record", "--emulate", "-o", trace.path, "--", program)
  }

  private func signalled(_ signal: Int32, toGroup: Bool) async throws -> Outcome {
    let trace = try temporaryFolder().appending(path: "run.cutape")
    let command = try Command.start(
      Installation.cutape,
      ["record", "--emulate", "-o", trace.path, "--", Installation.program("interrupted"), "300"])
    try await command.printed("ready\n")
    kill(toGroup ? -command.process : command.process, signal)
    return try await command.finish()
  }

  /// The finished traces of a folder, once there are `count`. A recorder that nobody waits for ends a little after
  /// the program.
  private func appeared(_ count: Int, in folder: URL) async throws -> [URL] {
    let deadline = ContinuousClock.now + .seconds(120)
    var finished: [URL] = []
    while finished.count < count {
      try #require(ContinuousClock.now < deadline, "\(finished.count) of \(count) traces appeared")
      try await Task.sleep(for: .milliseconds(50))
      finished = []
      for file in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      where file.pathExtension == "cutape" {
        let info = try await Installation.cutape("info", file.path, "--format", "json")
        if info.output.contains("\"finished\":true") { finished.append(file) }
      }
    }
    return finished
  }
}
