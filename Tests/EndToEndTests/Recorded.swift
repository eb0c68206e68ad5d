import Foundation

/// One bare run and one recorded run of a fixture, made once and looked at by several tests.
struct Recorded: Sendable {
  var bare: Outcome
  var recorded: Outcome
  var trace: URL

  private static let runs = Runs()

  static func of(_ fixture: Fixture) async throws -> Recorded { try await runs.run(of: fixture) }

  private actor Runs {
    private var started: [String: Task<Recorded, any Error>] = [:]

    func run(of fixture: Fixture) async throws -> Recorded {
      let run = started[fixture.name] ?? Task { try await Recorded(running: fixture) }
      started[fixture.name] = run
      return try await run.value
    }
  }

  private init(running fixture: Fixture) async throws {
    bare = try await Command.run(
      Installation.program(fixture.name), environment: ["LD_LIBRARY_PATH": Installation.emulatedRuntimes])
    (recorded, trace) = try await Installation.record(fixture.name, options: fixture.recordOptions)
  }
}
