import Foundation

/// Where `tools/build` and `tools/fixtures` put what these tests run.
enum Installation {
  static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  static let prefix = repository.appending(path: ".build/prefix")
  static let cutape = prefix.appending(path: "bin/cutape").path
  static let preloadLibrary = prefix.appending(path: "lib/cutape/libcutape.so").path
  static let auditor = prefix.appending(path: "lib/cutape/libcutape-audit.so").path
  static let emulatedRuntimes = prefix.appending(path: "lib/cutape/emulated").path
  static let fixtures = repository.appending(path: ".build/fixtures")

  /// Whether both have run. Without them there is nothing to test.
  static let isBuilt =
    FileManager.default.isExecutableFile(atPath: cutape)
    && FileManager.default.fileExists(atPath: fixtures.path)

  static let whyNotBuilt = "tools/build and tools/fixtures have not run"

  /// Whether the kernel lets ordinary processes watch memory: `record --watch-host`.
  static let canWatch: Bool = {
    guard geteuid() != 0 else { return true }
    let setting = try? String(contentsOfFile: "/proc/sys/kernel/perf_event_paranoid", encoding: .utf8)
    return (setting.flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) } ?? 3) <= 2
  }()

  /// The path of a built fixture.
  static func program(_ name: String) -> String { fixtures.appending(path: name).path }

  /// Runs a subcommand of cutape.
  static func cutape(
    _ arguments: String..., environment: [String: String] = [:], input: String = ""
  ) async throws -> Outcome {
    try await Command.run(
      cutape, arguments, environment: environment, input: input)
  }

  /// Records a fixture on the stand-in runtime: how that ended, and the trace.
  static func record(
    _ program: String, _ arguments: String..., options: [String] = [], input: String = ""
  ) async throws -> (Outcome, URL) {
    let trace = try temporaryFolder().appending(path: "run.cutape")
    let outcome = try await Command.run(
      cutape,
      ["record", "--emulate", "-o", trace.path] + options + ["--", Self.program(program)] + arguments,
      input: input)
    return (outcome, trace)
  }
}
