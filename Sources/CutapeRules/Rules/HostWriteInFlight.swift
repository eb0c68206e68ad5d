import CutapeEmulator
import CutapeReplay
import CutapeTrace

/// The host writes memory that an asynchronous copy may still be reading.
///
/// A store is no call. It is in the trace where the program says so (`cutape.h`) or was watched; and a recording with
/// hashes of payloads proves that there was one, since the source held other bytes when the host first knew of the
/// copy's end than when it was submitted (PendingSources.swift says when that is no proof). With pageable memory the copy
/// is seen to have read its source when it returns, and does not promise it: a warning.
struct HostWriteInFlight: Rule {
  static let page = RulePage(
    code: "CT405", name: "host-write-in-flight", severity: .error,
    summary: "the host writes memory that an asynchronous copy may still be reading",
    what: """
      An upload from page-locked memory returns before it has read its source. The program writes to the source before \
      a synchronisation or an event says that the copy is complete. A program says that it writes with \
      `CUTAPE_HOST_WRITE` of `cutape.h`; `record --watch-host` sees some writes by itself, and `record --payload hash` \
      proves them from what the source holds.
      """,
    why: "The device gets old bytes, new bytes or a mixture.",
    example: """
      d1 = cudaMalloc(4096)
      h1 = cudaMallocHost(4096)
      s1 = cudaStreamCreate()
      cudaMemcpyAsync(d1, h1, 4096, H2D, s1)
      CUTAPE_HOST_WRITE(h1, 4096)
      """,
    instead: """
      d1 = cudaMalloc(4096)
      h1 = cudaMallocHost(4096)
      s1 = cudaStreamCreate()
      cudaMemcpyAsync(d1, h1, 4096, H2D, s1)
      cudaStreamSynchronize(s1)
      CUTAPE_HOST_WRITE(h1, 4096)
      """,
    reference: "CUDA Runtime API, \"API synchronization behavior\": asynchronous copies", since: "0.1")
  static let facts: Facts = [.conflicts, .changedSources]

  /// The copies that were told: a store can be said, watched and proved by hashes.
  private var told = ToldUses()

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    if let source = replay.step.changedSource,
      told.insert(source.copy, source.copy.operands.source?.object ?? ToldUses.pageable)
    {
      report(source, replay, &reporter)
    }
    for conflict in replay.conflicts(.writeInFlight)
    where told.insert(conflict.earlier, conflict.object) {
      reporter.report(
        replay.unordered(
          Self.self, conflict, notes: [.notCovered(conflict.earlier.event.number)],
          help: .orderByEvent(conflict, replay)))
    }
  }

  private func report(_ source: ChangedSource, _ replay: Replay, _ reporter: inout Reporter) {
    let stream = replay.emulator.stream(id: source.copy.stream)?.name ?? "its stream"
    reporter.report(
      Finding(
        Self.self, source.isObserved ? .error : .warning, .changed(source, stream),
        call: replay.call(source.copy),
        related: source.seen.map { [replay.call($0)] } ?? [], isDocumentedOnly: !source.isObserved,
        allocations: source.copy.operands.source?.object.flatMap(replay.emulator.space.object)
          .map { [replay.origin($0)] } ?? [],
        notes: [.hashed(source)] + (source.isObserved ? [] : [.isStaged]), help: .waitBeforeWriting(stream)))
  }
}

extension Message {
  fileprivate static func notCovered(_ number: Int) -> Message {
    "no synchronisation and no event covers the copy #\(number) by then"
  }

  fileprivate static func changed(_ source: ChangedSource, _ stream: String) -> Message {
    let what = "the host writes to the \(size(source.bytes)) that the copy on \(place(stream)) reads"
    return source.isObserved
      ? "\(what), while it may still be reading them"
      : "\(what), and nothing promises that it has read them"
  }

  fileprivate static func hashed(_ source: ChangedSource) -> Message {
    let moment = source.seen.map { "when #\($0.number) returned" } ?? "later"
    return
      "the bytes differed \(moment), the first moment at which the host could know of the copy's end, from those that were submitted"
  }

  fileprivate static let isStaged: Message =
    "on hardware a copy from pageable memory has read its source when the call returns"

  fileprivate static func waitBeforeWriting(_ stream: String) -> Message {
    "synchronize \(place(stream)) before the source is written again, or use another buffer"
  }
}
