import Foundation
import Testing

/// What is in a trace, whatever happened to the program.
@Suite(.enabled(if: Installation.isBuilt, "\(Installation.whyNotBuilt)"))
struct TraceTests {
  @Test("Four threads that call at once leave each call once, in the order of its thread")
  func threads() async throws {
    let (outcome, trace) = try await Installation.record("threads")
    #expect(outcome.status == 0)
    var sizes: [Int: [UInt64]] = [:]
    for call in try await Dumped(trace).calls where call.function == "cudaMemcpyAsync" {
      sizes[call.thread, default: []].append(call.arguments.count ?? 0)
    }
    #expect(sizes.count == 4)
    for (_, copied) in sizes { #expect(copied == Array(1...250)) }
  }

  @Test("The trace of a program that was killed is complete up to its last call, and says how it ended")
  func killed() async throws {
    let (_, trace) = try await Installation.record("killed")
    let copies = try await Dumped(trace).calls.filter { $0.function == "cudaMemcpy" }
    #expect(copies.map(\.arguments.count) == Array(1...1000))
    let info = try await Installation.cutape("info", trace.path)
    #expect(info.output.contains("killed by signal 9"), "\(info.output)")
  }

  @Test("A recorder that was killed leaves a spool that can be recovered")
  func recovered() async throws {
    let folder = try temporaryFolder()
    let trace = folder.appending(path: "run.cutape")
    let command = try Command.start(
      Installation.cutape,
      ["record", "--emulate", "-o", trace.path, "--", Installation.program("interrupted"), "300"],
      environment: ["CUTAPE_SPOOL_DIR": folder.path])
    try await command.printed("ready\n")
    try await Task.sleep(for: .milliseconds(200))
    kill(command.process, SIGKILL)
    _ = try await command.finish()
    let spools = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      .filter { $0.pathExtension == "spool" }
    let spool = try #require(spools.first)
    let again = folder.appending(path: "again.cutape")
    var outcome = try await Installation.cutape("recover", spool.path, "-o", again.path)
    #expect(outcome.status == 2, "the program still runs")
    kill(-command.process, SIGTERM)
    let deadline = ContinuousClock.now + .seconds(120)
    while outcome.status != 0, ContinuousClock.now < deadline {
      try await Task.sleep(for: .milliseconds(100))
      outcome = try await Installation.cutape("recover", spool.path, "-o", again.path)
    }
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(try await Dumped(again).calls.contains { $0.function == "cudaMemcpy" })
  }
}
