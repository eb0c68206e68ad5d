import Foundation
import Testing

/// `info` says what was seen of a program, and what may not have been.
@Suite(.enabled(if: Installation.isBuilt, "\(Installation.whyNotBuilt)"))
struct CoverageTests {
  @Test(
    "A program with a static runtime runs as without, and info names it, stripped or not",
    arguments: [false, true])
  func staticRuntime(isStripped: Bool) async throws {
    let folder = try temporaryFolder()
    let program = folder.appending(path: "static").path
    // Copied by another process: a program that another test starts meanwhile would have this one open for writing.
    let original = Installation.program("static-runtime")
    #expect(try await Command.run("/usr/bin/env", ["cp", original, program]).status == 0)
    if isStripped {
      #expect(try await Command.run("/usr/bin/env", ["strip", program]).status == 0)
    }
    let bare = try await Command.run(program)
    let (recorded, trace) = try await record(program)
    #expect(recorded.output == bare.output && recorded.status == bare.status)
    #expect(recorded.errorLines == bare.errorLines)
    let coverage = try await Covered(trace)
    #expect(coverage.paths("static runtime") == [program])
  }

  @Test("A recording without a call says why")
  func noCalls() async throws {
    let (static_, trace) = try await record(Installation.program("static-runtime"))
    if try await Covered(trace).calls == 0 {
      #expect(static_.errors.contains("static-runtime has a CUDA runtime linked in"))
    }
    let (none, _) = try await record("/bin/sleep", "2")
    #expect(none.errors.contains(" 0 calls, none lost: no CUDA library was seen in the program"))
    let needs = try FakeCuda.folder.get().appending(path: "program13").path
    let (linked, _) = try await record(needs, "nothing", environment: FakeCuda.environment)
    #expect(linked.errors.contains("libcudart.so.13"), "\(linked.errors)")
  }

  @Test("The libraries of a program that was killed are known, and who called what")
  func killed() async throws {
    let (_, trace) = try await Installation.record("killed")
    let coverage = try await Covered(trace)
    #expect(coverage.paths("runtime") == ["\(Installation.emulatedRuntimes)/libcudart.so.13"])
    #expect(coverage.libraries.first { $0.kind == "client" }?.calls == 1004)
    #expect(coverage.ways == ["linked": 1004] && coverage.warnings.isEmpty)
  }

  @Test("Driver calls of the runtime are parts of its calls when they are kept, and nothing counts them")
  func nested() async throws {
    let program = try FakeCuda.folder.get().appending(path: "program13").path
    for nested in [false, true] {
      let (_, trace) = try await record(
        program, "driverInside", options: nested ? ["--nested"] : [], environment: FakeCuda.environment)
      let coverage = try await Covered(trace)
      #expect(coverage.calls == 2 && coverage.driverCopies == 1 && coverage.parts == (nested ? 1 : 0))
      let dump = try await Installation.cutape("dump", trace.path).output.split(separator: "\n")
      #expect(dump.filter { $0.contains("part of #1") }.count == (nested ? 1 : 0))
      #expect(dump.filter { $0.contains(" by dlsym") }.count == (nested ? 2 : 1))
      let check = try await Installation.cutape("check", trace.path, "--format", "json").output
      #expect(try Findings(json: check).summary?.calls == 2)
    }
  }

  @Test("Plugins opened with RTLD_DEEPBIND are seen with an auditor, and else info says what to do")
  func deepPlugins() async throws {
    let folder = try FakeCuda.folder.get()
    let program = folder.appending(path: "program13").path
    func run(_ options: [String]) async throws -> Covered {
      let (outcome, trace) = try await record(
        "/usr/bin/env", "-C", folder.path, program, "deepPlugins", options: options,
        environment: FakeCuda.environment)
      #expect(outcome.status == 0 && outcome.output.isEmpty && outcome.errorLines.isEmpty)
      return try await Covered(trace)
    }
    let missed = try await run([])
    #expect(missed.calls == 0 && missed.via == "preload" && missed.reason.contains("auto"))
    #expect(missed.warnings.contains { $0.contains("--via audit") } || missed.libraries.isEmpty)
    let seen = try await run(["--via", "audit"])
    #expect(seen.calls == 4 && seen.via == "audit" && seen.reason == "asked for" && seen.warnings.isEmpty)
    #expect(seen.ways == ["linked": 2, "dlsym": 2])
    #expect(seen.paths("runtime").map { $0.suffix(15) }.sorted() == ["libcudart.so.12", "libcudart.so.13"])
  }

  @Test("A program that records itself with an auditor says so")
  func auditedAlone() async throws {
    let folder = try FakeCuda.folder.get()
    let trace = try temporaryFolder().appending(path: "run.cutape")
    var environment = try FakeCuda.environment
    environment["LD_PRELOAD"] = Installation.preloadLibrary
    environment["LD_AUDIT"] = Installation.auditor
    environment["CUTAPE_OUTPUT"] = trace.path
    let outcome = try await Command.run(
      folder.appending(path: "program13").path, ["alone"], environment: environment)
    #expect(outcome.status == 0, "\(outcome.errors)")
    for _ in 0..<1000 where (try? await Covered(trace).isFinished) != true {
      try await Task.sleep(for: .milliseconds(10))
    }
    let coverage = try await Covered(trace)
    #expect(coverage.via == "audit" && coverage.calls == 1)
  }

  private func record(
    _ program: String, _ arguments: String..., options: [String] = [], environment: [String: String] = [:]
  ) async throws -> (Outcome, URL) {
    let trace = try temporaryFolder().appending(path: "run.cutape")
    let outcome = try await Command.run(
      Installation.cutape, ["record", "-o", trace.path] + options + ["--", program] + arguments,
      environment: environment)
    return (outcome, trace)
  }
}

/// The fake runtimes and driver of the preload library's tests, with the programs that call them: they call the driver
/// where the real ones would.
enum FakeCuda {
  /// Built on first use.
  static let folder = Result {
    let folder = try temporaryFolder()
    let build = Process()
    build.executableURL = Installation.repository.appending(path: "shim/tests/programs")
    build.arguments = ["gcc", folder.path]
    try build.run()
    build.waitUntilExit()
    try #require(build.terminationStatus == 0)
    return folder
  }

  static var environment: [String: String] {
    get throws { ["LD_LIBRARY_PATH": try folder.get().path] }
  }
}

/// The coverage that `info` says a trace has.
struct Covered {
  struct Library: Decodable {
    var path: String
    var kind: String
    var needs: [String]
    var calls: Int
  }

  private struct Document: Decodable {
    struct Coverage: Decodable {
      var via: String
      var reason: String
      var parts: Int
      var driverCopiesWithoutParent: Int
      var ways: [String: Int]
      var libraries: [Library]
      var warnings: [String]
    }
    var calls: Int
    var finished: Bool
    var coverage: Coverage
  }

  private let document: Document

  init(_ trace: URL) async throws {
    let output = try await Installation.cutape("info", trace.path, "--format", "json").output
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    document = try decoder.decode(Document.self, from: Data(output.utf8))
  }

  var calls: Int { document.calls }
  var isFinished: Bool { document.finished }
  var via: String { document.coverage.via }
  var reason: String { document.coverage.reason }
  var parts: Int { document.coverage.parts }
  var driverCopies: Int { document.coverage.driverCopiesWithoutParent }
  var ways: [String: Int] { document.coverage.ways }
  var libraries: [Library] { document.coverage.libraries }
  var warnings: [String] { document.coverage.warnings }

  /// The files of a kind.
  func paths(_ kind: String) -> [String] { libraries.filter { $0.kind == kind }.map(\.path) }
}
