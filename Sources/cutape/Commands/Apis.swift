import ArgumentParser
import CutapeTrace
import CutapeWire

/// `cutape apis`: what is intercepted, and how.
struct Apis: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Lists the CUDA functions that are intercepted, and what is known about them.",
    discussion: """
      One function a line: its name, the CUDA versions that have it in this form, the per-thread default stream form \
      beside the plain name, and what a call does. Calls of functions marked 'unsupported' are recorded, but not judged.

      Example: cutape apis | grep unsupported
      """)

  func run() throws {
    var output = StandardOutput()
    let rows = ApiTable.rows.filter {
      !$0.function.effect.isInternal && !$0.function.effect.isOfHost
    }
    let width = rows.map(\.function.name.count).max() ?? 0
    for row in rows {
      let majors = row.majors.map(String.init).joined(separator: ",")
      try output.line(
        [
          row.function.name.padded(to: width), majors.padded(to: 5),
          (row.perThreadForm?.suffix ?? "-").padded(to: 5), row.function.effect.rawValue,
        ].joined(separator: "  "))
    }
    try output.flush()
  }
}

extension String {
  /// The string with spaces behind it up to `width` characters.
  func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}
