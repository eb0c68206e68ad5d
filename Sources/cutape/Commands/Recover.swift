import ArgumentParser
import CutapeRecorder

/// `cutape recover`: a trace from the spool that a dead recorder left behind.
struct Recover: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make a trace from the spool that a dead recorder left behind.",
    discussion: """
      The spool is left as it is; remove it when the trace is what you wanted.

      Example:
        cutape recover /dev/shm/cutape.4711.3k9x.spool -o run.cutape
      """)

  @Argument(help: "The spool.")
  var spool: String

  @Option(name: .shortAndLong, help: "The trace.")
  var output: String

  @Flag(help: "Overwrite a trace that is there.")
  var force = false

  func run() throws {
    let recovered = try SpoolRecovery.recover(spool: spool, output: output, overwriting: force)
    report("wrote \(output): \(recovered.calls) calls, \(recovered.losses.description)")
    if let earlier = recovered.earlier { report("note: the calls before them are in \(earlier)") }
  }
}
