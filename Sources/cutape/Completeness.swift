/// What a reader must know before trusting a trace; every command that reads one says it.

import CutapeStore
import CutapeTrace
import Foundation

/// What is missing from a trace, or cannot be judged in it.
struct Completeness {
  private var notes: [String] = []

  /// - Parameters:
  ///   - unsupported: how many calls of unsupported functions the trace has.
  ///   - warnings: what else has to be said.
  init(_ reader: TraceReader, unsupported: Int, warnings: [String] = []) {
    notes = warnings
    if reader.metadata.state == .recording {
      notes.append("the recording was not finished: it is still going on, or its recorder was killed")
    }
    if reader.trace.lost > 0 {
      notes.append("\(reader.trace.lost) calls were lost: they are not in the trace")
    }
    if unsupported > 0 {
      notes.append("\(unsupported) calls are of functions that are recorded but not modelled")
    }
    if !reader.trace.isFromStart {
      notes.append("the recording does not begin with the program's first call")
    }
  }

  /// Prints the notes on standard error.
  func printNotes() {
    for note in notes { FileHandle.standardError.write(Data("cutape: note: \(note)\n".utf8)) }
  }
}
