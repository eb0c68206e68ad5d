/// How errors leave the program: one line on standard error, and the exit status that the command line promises.
///
/// 0 nothing found, 1 findings, 2 the tool failed or its input is not a trace. What `record` itself fails at before
/// the program starts gives 125, so that it is told apart from the program's own status.

import ArgumentParser
import Foundation

/// An error of a command: one clause for people, and a status other than the usual 2 where the command has one.
///
/// Commands also throw `ExitCode`, which ends silently, and any error whose description is one clause.
struct Failure: Error {
  var message: String
  var status: Int32 = Failure.usualStatus

  /// The tool failed, or its input is not a trace.
  static let usualStatus: Int32 = 2
  /// `record` failed before the program started.
  static let recordStatus: Int32 = 125

  /// Ends the process as `error` asks.
  static func end(_ error: any Error) -> Never {
    if let failure = error as? Failure { end(failure.message, status: failure.status) }
    if let code = error as? ExitCode { exit(code.rawValue) }
    // Help and version are no failures; ArgumentParser prints them where they belong.
    guard Cutape.exitCode(for: error) != .success else { Cutape.exit(withError: error) }
    let isRecord = CommandLine.arguments.dropFirst().first == "record"
    end(Cutape.message(for: error), status: isRecord ? recordStatus : usualStatus)
  }

  private static func end(_ message: String, status: Int32) -> Never {
    let line = message.split(whereSeparator: \.isNewline).joined(separator: " ")
    FileHandle.standardError.write(Data("cutape: error: \(line)\n".utf8))
    exit(status)
  }
}
