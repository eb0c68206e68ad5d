import Foundation
import Testing

/// Files that are no trace: each gives one line on standard error, nothing on standard output, and status 2.
@Suite(.enabled(if: Installation.isBuilt, "\(Installation.whyNotBuilt)"))
struct BadInputTests {
  enum Input: String, CaseIterable, CustomTestStringConvertible {
    case missing, empty, text, foreignDatabase, newerVersion

    var testDescription: String { rawValue }

    /// A file of this kind.
    func make() async throws -> URL {
      let file = try temporaryFolder().appending(path: "input.cutape")
      switch self {
      case .missing: break
      case .empty: try Data().write(to: file)
      case .text: try Data("This is a letter, not a trace.\n".utf8).write(to: file)
      case .foreignDatabase:
        try await sqlite(file, "create table cats (name text); insert into cats values ('Tom')")
      case .newerVersion:
        let (_, trace) = try await Installation.record("exit-status")
        try FileManager.default.copyItem(at: trace, to: file)
        try await sqlite(file, "pragma user_version = 9999")
      }
      return file
    }

    private func sqlite(_ file: URL, _ statements: String) async throws {
      let program =
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.executescript(sys.argv[2]); c.commit()"
      let outcome = try await Command.run("/usr/bin/env", ["python3", "-c", program, file.path, statements])
      try #require(outcome.status == 0, "\(outcome.errors)")
    }
  }

  @Test(
    "What is not a trace is refused in one line", arguments: ["check", "replay", "info", "dump"],
    Input.allCases)
  func refused(_ subcommand: String, _ input: Input) async throws {
    let file = try await input.make()
    let outcome = try await Installation.cutape(subcommand, file.path)
    #expect(outcome.status == 2)
    #expect(outcome.output == "")
    #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
  }

  @Test("A rule or a subcommand that does not exist is refused")
  func unknownWords() async throws {
    let rule = try await Installation.cutape("explain", "CT999")
    #expect(rule.status == 2)
    #expect(rule.errors.split(separator: "\n").count == 1, "\(rule.errors)")
    let subcommand = try await Installation.cutape("rewind")
    #expect(subcommand.status == 2)
  }
}
