import ArgumentParser
import CutapeReport
import CutapeStore
import CutapeTrace

/// `cutape info`: what was recorded.
struct Info: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Says what a trace has: the program, its threads, counts of calls, losses, and how it ended.",
    discussion: "Example: cutape info run.cutape")

  enum Format: String, CaseIterable, ExpressibleByArgument {
    case text, json
  }

  @Argument(help: "The trace.")
  var trace: String

  @Option(help: "How to print.")
  var format: Format = .text

  func run() throws {
    let reader = try TraceReader(trace)
    var counts = CallCounts()
    try reader.forEachEvent { counts.add($0, reader.trace.functions[$0.function]) }
    var output = StandardOutput()
    let summary = InfoSummary(reader: reader, counts: counts, contents: try reader.contentCount())
    switch format {
    case .json: try output.line(summary.json.text)
    case .text: for line in summary.lines { try output.line(line) }
    }
    try output.flush()
    if format == .text {
      Completeness(reader, unsupported: counts.unsupported, warnings: summary.coverage.warnings).printNotes()
    }
  }
}
