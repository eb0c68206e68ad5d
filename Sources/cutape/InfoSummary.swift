/// The text and the JSON of `info`.

import CutapeReport
import CutapeStore
import CutapeTrace
import Foundation

/// Prints what a trace says about itself.
struct InfoSummary {
  let reader: TraceReader
  let counts: CallCounts
  /// How many different sources the trace has the bytes of, and how many bytes.
  let contents: (contents: Int, bytes: UInt64)
  let coverage: CoverageSummary

  init(
    reader: TraceReader, counts: CallCounts, contents: (contents: Int, bytes: UInt64) = (0, 0)
  ) {
    self.reader = reader
    self.counts = counts
    self.contents = contents
    coverage = CoverageSummary(reader, counts)
  }

  private var metadata: Metadata { reader.metadata }

  /// One fact a line, its name first.
  var lines: [String] {
    let words = metadata.arguments.isEmpty ? [metadata.program] : metadata.arguments
    var facts: [(String, String)] = [
      ("program", metadata.program.escaped),
      ("command", words.map { shellWord($0).escaped }.joined(separator: " ")),
      ("directory", metadata.workingDirectory.escaped),
      ("process", "\(metadata.process) on \(metadata.host.escaped)"),
      ("start", date),
      ("length", metadata.duration.map(Units.time) ?? "not known: the recording was not finished"),
      ("ended", ending),
      ("cutape", "\(metadata.cutapeVersion.escaped), clock \(metadata.clock.rawValue)"),
      (
        "CUDA",
        metadata.majors.isEmpty
          ? counts.levels.driver > 0 ? "driver alone" : "no calls"
          : metadata.majors.map(String.init).joined(separator: ", ")
      ),
      ("devices", devices.map(String.init).joined(separator: ", ")),
      (
        "calls",
        "\(counts.all): \(counts.copies) copies, \(counts.fills) memsets, \(counts.launches) launches, "
          + "\(counts.allocations) allocations"
      ),
      ("failed", "\(counts.failed)"),
      ("in flight", "\(counts.inFlight)"),
      ("lost", "\(metadata.lost)"),
      ("unsupported", unsupported),
      ("payload", payload),
      ("stacks", stacks),
    ]
    facts += metadata.remarks.map { ("remark", $0.escaped) }
    facts += coverage.facts + threads
    for (name, value) in metadata.environment.sorted(by: { $0.key < $1.key }) {
      facts.append(("environment", "\(name.escaped)=\(value.escaped)"))
    }
    let width = facts.map(\.0.count).max() ?? 0
    return facts.map { "\($0.padded(to: width))  \($1)" }
  }

  /// Beyond this many threads only the first are named.
  private static let namedThreads = 16

  /// A line for each thread, or for the first ones and the others together.
  private var threads: [(String, String)] {
    let all = reader.trace.threads
    let named = all.count > Self.namedThreads ? all.prefix(Self.namedThreads / 2) : all[...]
    var facts = named.map { thread in
      (
        "thread T\(thread.number)",
        "\(thread.name.isEmpty ? "" : "\"\(thread.name.escaped)\", ")id \(thread.systemID), "
          + "\(counts.byThread[thread.number] ?? 0) calls"
      )
    }
    let others = all[named.endIndex...]
    if !others.isEmpty {
      let calls = others.map { counts.byThread[$0.number] ?? 0 }
      facts.append(
        (
          "others",
          "\(others.count) threads, \(calls.reduce(0, +)) calls: \(calls.min() ?? 0) to \(calls.max() ?? 0) each"
        ))
    }
    return facts
  }

  var json: Json {
    let (ending, value): (String, Json) =
      switch metadata.ending {
      case .exited(let status): ("exited", .number(Int64(status)))
      case .signal(let number): ("signal", .number(Int64(number)))
      case .unknown: ("unknown", .null)
      }
    let fields: [(String, Json)] = [
      ("program", .string(metadata.program)), ("arguments", .array(metadata.arguments.map(Json.string))),
      ("directory", .string(metadata.workingDirectory)), ("process", .number(Int64(metadata.process))),
      ("host", .string(metadata.host)), ("start_ns", .number(metadata.start)),
      ("duration_ns", metadata.duration.map(Json.number) ?? .null),
      ("finished", .bool(metadata.state == .finished)), ("ending", .string(ending)), ("ending_value", value),
      ("cutape", .string(metadata.cutapeVersion)), ("clock", .string(metadata.clock.rawValue)),
      ("majors", .array(metadata.majors.map { .number(Int64($0)) })),
      ("devices", .array(devices.map { .number(Int64($0)) })), ("calls", .number(Int64(counts.all))),
      ("copies", .number(Int64(counts.copies))), ("memsets", .number(Int64(counts.fills))),
      ("launches", .number(Int64(counts.launches))), ("allocations", .number(Int64(counts.allocations))),
      ("failed", .number(Int64(counts.failed))), ("in_flight", .number(Int64(counts.inFlight))),
      ("lost", .number(Int64(metadata.lost))), ("from_start", .bool(metadata.isFromStart)),
      ("unsupported", .number(Int64(counts.unsupported))),
      ("coverage", coverage.json),
      ("remarks", .array(metadata.remarks.map(Json.string))),
      ("hashed_sources", .number(Int64(counts.hashedSources))),
      ("hashed_bytes", .number(Int64(bitPattern: counts.hashedBytes))),
      ("contents", .number(Int64(contents.contents))),
      ("content_bytes", .number(Int64(clamping: contents.bytes))),
      ("left_out", metadata.leftOut.map { .number(Int64($0.sources)) } ?? .null),
      ("left_out_bytes", metadata.leftOut.map { .number(Int64(clamping: $0.bytes)) } ?? .null),
      ("unsupported_functions", .object(unsupportedFunctions.map { ($0.name, .number(Int64($0.count))) })),
      (
        "threads",
        .array(
          reader.trace.threads.map {
            .object([
              ("number", .number(Int64($0.number))), ("id", .number(Int64($0.systemID))),
              ("name", .string($0.name)),
              ("calls", .number(Int64(counts.byThread[$0.number] ?? 0))),
            ])
          })
      ),
      (
        "environment",
        .object(metadata.environment.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })
      ),
    ]
    return .object(fields + stackFields)
  }

  private var devices: [Int32] { counts.devices.isEmpty ? [0] : counts.devices.sorted() }

  private var unsupportedFunctions: [(name: String, count: Int)] {
    counts.unsupportedByName.sorted { $0.key < $1.key }.map { (name: $0.key, count: $0.value) }
  }

  private var unsupported: String {
    guard counts.unsupported > 0 else { return "0" }
    let functions = unsupportedFunctions.map { "\($0.name.escaped) \($0.count)" }
    return "\(counts.unsupported): \(functions.joined(separator: ", "))"
  }

  private var payload: String {
    guard counts.hashedSources > 0 else { return "none" }
    var text = "\(counts.hashedSources) sources hashed, \(size(counts.hashedBytes)) in all"
    if contents.contents > 0 || metadata.leftOut != nil {
      text += "; the bytes of \(contents.contents) different ones, \(size(contents.bytes))"
    }
    if let leftOut = metadata.leftOut, leftOut.sources > 0 {
      text += "; left out those of \(leftOut.sources), \(size(leftOut.bytes))"
    }
    return text
  }

  private var stackFields: [(String, Json)] {
    let count: Json? = metadata.stacksLeftOut == nil ? nil : .number(Int64(counts.stacks.count))
    return [
      ("stacks", count ?? .null),
      ("stacks_left_out", metadata.stacksLeftOut.map { .number(Int64($0)) } ?? .null),
    ]
  }

  /// How many call stacks there are, and what is missing of them.
  private var stacks: String {
    guard !counts.stacks.isEmpty || metadata.stacksLeftOut != nil else { return "none" }
    let text = "\(counts.stacks.count) different ones"
    guard let leftOut = metadata.stacksLeftOut, leftOut > 0 else { return text }
    return "\(text); left out those of \(leftOut) calls"
  }

  private func size(_ bytes: UInt64) -> String {
    let size = Units.exactSize(bytes)
    return size.contains(" ") ? size : "\(size) bytes"
  }

  private var ending: String {
    switch metadata.ending {
    case .exited(let status): "exited with status \(status)"
    case .signal(let number):
      "killed by signal \(number)\(strsignal(number).map { " (\(String(cString: $0)))" } ?? "")"
    case .unknown: "not known"
    }
  }

  /// The start in UTC, as ISO 8601 has it.
  private var date: String {
    Date(timeIntervalSince1970: Double(metadata.start) / 1e9).formatted(
      .iso8601.year().month().day().dateSeparator(.dash).time(includingFractionalSeconds: false))
      + "Z"
  }

  /// `word` as a shell would need it.
  private func shellWord(_ word: String) -> String {
    let plain = word.allSatisfy { $0.isLetter || $0.isNumber || "-_./=:,+@%".contains($0) }
    return plain && !word.isEmpty ? word : "'\(word.replacing("'", with: "'\\''"))'"
  }
}
