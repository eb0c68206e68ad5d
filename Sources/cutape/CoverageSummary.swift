/// What `info` says of how the calls of a program were seen, and of what may not have been.

import CutapeReport
import CutapeStore
import CutapeTrace

/// The coverage of one trace.
struct CoverageSummary {
  private let coverage: Coverage?
  private let counts: CallCounts
  /// Calls by the file that they were made from.
  private var calls: [String: CallCounts.Levels] = [:]

  init(_ reader: TraceReader, _ counts: CallCounts) {
    coverage = reader.coverage
    self.counts = counts
    for (site, levels) in counts.bySite {
      calls[reader.trace.sites[site]?.module ?? "?", default: CallCounts.Levels()] += levels
    }
  }

  /// One fact a line, its name first.
  var facts: [(String, String)] {
    var facts: [(String, String)] = []
    if let coverage {
      facts.append(
        ("seen by", coverage.via.rawValue + (coverage.reason.isEmpty ? "" : ": \(coverage.reason.escaped)")))
    }
    let levels = counts.levels
    facts.append(
      (
        "levels",
        "\(levels.runtime) runtime, \(levels.driver) driver"
          + (coverage?.keepsNested == true ? ", \(counts.parts) parts" : "")
      ))
    let ways = Way.allCases.compactMap { way in counts.byWay[way].map { "\($0) \(way.name)" } }
    facts.append(("ways", ways.isEmpty ? "none" : ways.joined(separator: ", ")))
    facts.append(("driver copies", "\(levels.driverCopies) without a runtime parent"))
    return facts + libraries
  }

  private var libraries: [(String, String)] {
    guard let coverage else { return [("libraries", "not known: the trace is of an older version")] }
    guard !coverage.libraries.isEmpty else {
      return [("libraries", coverage.looks == 0 ? "not known" : "none of CUDA")]
    }
    return coverage.libraries.map { library in
      let build =
        library.buildID.isEmpty ? "" : ", build id \(library.buildID.prefix(16).description.escaped)"
      return ("library", "\(library.path.escaped): \(what(library))\(build), \(callText(library))")
    }
  }

  private func what(_ library: RecordedLibrary) -> String {
    let needs = library.needs.isEmpty ? "" : " linked with \(library.needs.joined(separator: ", ").escaped)"
    let what =
      switch library.kind {
      case .runtime: "CUDA runtime"
      case .driver: "CUDA driver"
      case .staticRuntime: "has a static CUDA runtime"
      case .nvidia: "NVIDIA"
      case .client: ""
      }
    return (what + needs).trimmingPrefix(" ") + soname(library)
  }

  /// The soname where the file is called otherwise.
  private func soname(_ library: RecordedLibrary) -> String {
    library.soname.isEmpty || library.path.hasSuffix("/\(library.soname)")
      ? "" : " (\(library.soname.escaped))"
  }

  private func callText(_ library: RecordedLibrary) -> String {
    let count = calls[library.path]?.all ?? 0
    return "\(count) \(count == 1 ? "call" : "calls") from it"
  }

  /// What a reader must not overlook: that calls were missed, or may have been.
  var warnings: [String] {
    guard let coverage else { return [] }
    if counts.all == 0 { return coverage.libraries.isEmpty ? [] : [coverage.reasonForNoCalls.escaped] }
    // What the runtime only looks up for a program has no record, and asks the driver; a copy is never that.
    return coverage.libraries(.runtime).compactMap { runtime in
      guard let copies = calls[runtime.path]?.driverCopies, copies > 0 else { return nil }
      return
        "\(runtime.name.escaped) made \(copies) \(copies == 1 ? "copy" : "copies") in calls that were not seen; "
        + Coverage.advice(coverage.via)
    }
  }

  var json: Json {
    let levels = counts.levels
    return .object([
      ("via", coverage.map { .string($0.via.rawValue) } ?? .null),
      ("reason", coverage.map { .string($0.reason) } ?? .null),
      ("nested", coverage.map { .bool($0.keepsNested) } ?? .null),
      ("looks", coverage.map { .number(Int64($0.looks)) } ?? .null),
      ("runtime_calls", .number(Int64(levels.runtime))), ("driver_calls", .number(Int64(levels.driver))),
      ("parts", .number(Int64(counts.parts))),
      ("driver_copies_without_parent", .number(Int64(levels.driverCopies))),
      (
        "ways",
        .object(Way.allCases.compactMap { way in counts.byWay[way].map { (way.name, .number(Int64($0))) } })
      ),
      (
        "libraries",
        .array(
          (coverage?.libraries ?? []).map { library in
            .object([
              ("path", .string(library.path)), ("kind", .string(library.kind.rawValue)),
              ("soname", .string(library.soname)), ("build_id", .string(library.buildID)),
              ("needs", .array(library.needs.map(Json.string))),
              ("calls", .number(Int64(calls[library.path]?.all ?? 0))),
            ])
          })
      ),
      ("warnings", .array(warnings.map(Json.string))),
    ])
  }
}
