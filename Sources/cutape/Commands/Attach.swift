import ArgumentParser
import CutapeRecorder
import Glibc

/// `cutape attach`: the recorder that a process with the preload library starts for itself. It writes nothing to the
/// streams, which are the program's or closed.
struct Attach: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Record a process that made its own spool.", shouldDisplay: false)

  @Argument(help: "The spool.")
  var spool: String

  @Argument(help: "The program that made it.")
  var program: String

  func run() throws {
    StandardDescriptors.fillGaps()
    Signals.ignoreWriteErrors()
    do {
      _ = try SpoolRecovery.attach(
        spool: spool, program: program, environment: ProgramEnvironment.current())
    } catch {
      throw ExitCode(2)
    }
  }
}
