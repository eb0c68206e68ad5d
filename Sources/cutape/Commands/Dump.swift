import CutapeReport
import ArgumentParser
import CutapeStore
import CutapeTrace
import Foundation

/// `cutape dump`: the calls, one a line.
struct Dump: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Prints the calls of a trace, one a line.",
    discussion: """
      A line has the number of the call, the time since the start of the recording in seconds, the thread, the call \
      with its arguments, what it returned, how long it took, where it was made, how its function was found unless \
      the caller is linked with it, and the call that it is part of.

      Example: cutape dump run.cutape --api 'cudaMemcpy*' --calls 100-200
      """)

  enum Format: String, CaseIterable, ExpressibleByArgument {
    case text, json, csv
  }

  @Argument(help: "The trace.")
  var trace: String

  @OptionGroup var filter: CallFilter

  @Option(help: ArgumentHelp("Only calls whose line matches.", valueName: "regex"))
  var grep: String?

  @Option(help: "How to print.")
  var format: Format = .text

  func run() throws {
    let pattern = try grep.map { text in
      do { return try Regex(text) } catch { throw Failure(message: "--grep '\(text)': \(error)") }
    }
    let reader = try TraceReader(trace)
    let printer = DumpPrinter(trace: reader.trace, format: format)
    var output = StandardOutput()
    var (shown, unsupported) = (0, 0)
    if let header = printer.header { try output.line(header) }
    try reader.forEachEvent { event in
      let function = reader.trace.functions[event.function]
      if !event.isPart, function?.effect == .unsupported || function?.effect == .unsupportedNode {
        unsupported += 1
      }
      guard filter.accepts(event, function) else { return }
      // What is searched is what a person sees, in every format.
      if let pattern, printer.text(event, function).firstMatch(of: pattern) == nil { return }
      if !event.isPart, function?.effect.isInternal != true { shown += 1 }
      try output.line(printer.line(event, function))
    }
    let completeness = Completeness(reader, unsupported: unsupported)
    if format == .json {
      try output.line(
        Json.object([
          ("type", .string("summary")), ("calls", .number(Int64(shown))),
          ("lost", .number(Int64(reader.trace.lost))),
          ("unsupported", .number(Int64(unsupported))),
          ("finished", .bool(reader.metadata.state == .finished)),
        ]).text)
    }
    try output.flush()
    if format != .json { completeness.printNotes() }
  }
}
