import ArgumentParser
import Foundation

@main
struct Cutape: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cutape",
    abstract: "Records what a CUDA program does with memory, and tells what was wrong with it.",
    subcommands: [
      Record.self,
      Attach.self,
      Recover.self,
      Check.self,
      ReplayTrace.self,
      Info.self,
      Dump.self,
      Explain.self,
      Rules.self,
      Apis.self,
    ])

  /// Runs the command that the arguments name. Every way out that is not success goes through ``Failure``.
  static func main() {
    do {
      // Swift reads them from /proc. Without it they would seem to ask for help, and a program would not be run.
      guard CommandLine.argc > 0 else {
        throw Failure(
          message: "cannot read the arguments: /proc is not mounted", status: Failure.recordStatus)
      }
      var command = try parseAsRoot()
      try command.run()
    } catch {
      Failure.end(error)
    }
  }
}
