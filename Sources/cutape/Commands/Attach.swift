import ArgumentParser
import CutapeRecorder
import Glibc

/// `cutape attach`: the recorder that a process with the preload library starts for itself. It writes nothing to the
/// streams, which are the program's or closed.
struct Attach: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Record a process that made its own spool.", shouldDisplay: false)

  /// Where the preload library leaves the spool open.
  private static let spoolDescriptor: Int32 = 3

  @Argument(help: "The name that the spool is to have.")
  var spool: String

  func run() throws {
    StandardDescriptors.fillGaps()
    Signals.ignoreWriteErrors()
    do {
      // Without enough of them it fails in the middle, and then the spool stays.
      guard FileLimit.raise() else { throw ExitCode.failure }
      _ = try SpoolRecovery.attach(
        spool: spool, descriptor: Self.spoolDescriptor, environment: ProgramEnvironment.current())
    } catch {
      throw ExitCode(2)
    }
  }
}
