import CutapeEmulator
import CutapeReplay
import CutapeTrace

/// Two entries of one batch touch the same bytes, and one of them writes.
///
/// The ranges are sorted and swept once. Of the ranges that reach farthest two of different entries are kept, so that
/// an entry never meets itself alone.
struct DependentBatchCopies: Rule {
  static let page = RulePage(
    code: "CT104", name: "dependent-batch-copies", severity: .error,
    summary: "two entries of one batch touch the same bytes, and one of them writes",
    what: """
      The copies of a batch may run in any order, or at the same time. No entry may read or write what another entry \
      writes. The order of the entries in the call means nothing.
      """,
    why:
      "The result depends on which copy comes first, and the documentation leaves the whole batch undefined.",
    example: """
      d1 = cudaMalloc(4096)
      d2 = cudaMalloc(4096)
      h1 = cudaMallocHost(4096)
      s1 = cudaStreamCreate()
      cudaMemcpyBatchAsync(s1, d1 h1 4096, d2 d1 4096)
      """,
    instead: """
      d1 = cudaMalloc(4096)
      d2 = cudaMalloc(4096)
      h1 = cudaMallocHost(4096)
      s1 = cudaStreamCreate()
      cudaMemcpyBatchAsync(s1, d1 h1 4096)
      cudaMemcpyBatchAsync(s1, d2 d1 4096)
      """,
    reference:
      "CUDA Runtime API, cudaMemcpyBatchAsync: \"specifying any dependent copies within a batch will result in undefined behavior\"",
    since: "0.1")
  static let facts: Facts = [.batches, .planned]

  /// The bytes of one side of one entry.
  private struct Span {
    /// The id of the object; nil where positions are addresses.
    var object: Int?
    /// The hull of the bytes.
    var range: ByteRange
    var footprint: Footprint
    var isWrite: Bool
    var entry: Int
  }

  /// The two spans of different entries that reach farthest.
  private struct Reach {
    private var first: Span?
    private var second: Span?

    mutating func add(_ span: Span) {
      guard let farthest = first else {
        first = span
        return
      }
      if span.range.end >= farthest.range.end {
        if span.entry != farthest.entry { second = farthest }
        first = span
      } else if span.entry != farthest.entry, span.range.end > second?.range.end ?? 0 {
        second = span
      }
    }

    /// A span of another entry that reaches into `span`.
    func meeting(_ span: Span) -> Span? {
      [first, second].compactMap { $0 }.first {
        $0.entry != span.entry && $0.range.end > span.range.start
      }
    }
  }

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    guard replay.step.movements.count > 1, let pair = Self.dependentPair(replay.step.movements) else {
      return
    }
    let (one, other) = pair
    reporter.report(
      Finding(
        Self.self, .error,
        .dependent(
          one.isWrite ? one.entry : other.entry, one.isWrite ? other.entry : one.entry,
          bothWrite: one.isWrite && other.isWrite), call: replay.call,
        picture: Self.picture(replay, one, other), notes: replay.resultNotes, help: .useTwoBatches))
  }

  private static func picture(_ replay: Replay, _ one: Span, _ other: Span) -> Finding.Picture? {
    guard let shared = one.footprint.overlap(other.footprint) else { return nil }
    let object = one.object.flatMap { replay.emulator.space.object($0) }
    return Finding.Picture(
      title: object.map(replay.origin) ?? .pageable,
      accesses: [one, other].sorted { $0.entry < $1.entry }.map {
        .init(call: replay.call, range: $0.range, writes: $0.isWrite)
      }, marked: shared.first,
      caption:
        "\(Message.bytes(shared.bytes)), in entries \(min(one.entry, other.entry)) and \(max(one.entry, other.entry))"
    )
  }

  /// The most pairs of spans with rows that are compared; beyond, the batch is not judged.
  private static let mostComparisons = 1 << 16

  /// The same for spans with gaps, in order: those whose hulls meet are compared row by row.
  private static func stridedPair(_ spans: [Span]) -> (Span, Span)? {
    var open: [Span] = []
    var left = mostComparisons
    for span in spans {
      open.removeAll { $0.object != span.object || $0.range.end <= span.range.start }
      for other in open where other.entry != span.entry && (other.isWrite || span.isWrite) {
        left -= 1
        guard left > 0 else { return nil }
        if other.footprint.overlap(span.footprint) != nil { return (other, span) }
      }
      open.append(span)
    }
    return nil
  }

  private static func dependentPair(_ movements: [Movement]) -> (Span, Span)? {
    var spans: [Span] = []
    for (entry, movement) in movements.enumerated() {
      for (role, side) in movement.sides
      where movement.namesBytes(side) && side.isInside && (side.isAlive || side.isUnknown) {
        spans.append(
          Span(
            object: side.footprint.object, range: side.footprint.hull, footprint: side.footprint,
            isWrite: role == .destination, entry: entry))
      }
    }
    spans.sort { ($0.object ?? -1, $0.range.start, $0.entry) < ($1.object ?? -1, $1.range.start, $1.entry) }
    guard spans.allSatisfy(\.footprint.isContiguous) else { return stridedPair(spans) }
    var writes = Reach()
    var reads = Reach()
    var object: Int?
    for span in spans {
      if span.object != object {
        writes = Reach()
        reads = Reach()
        object = span.object
      }
      if let met = writes.meeting(span) ?? (span.isWrite ? reads.meeting(span) : nil) { return (met, span) }
      if span.isWrite { writes.add(span) } else { reads.add(span) }
    }
    return nil
  }
}

extension Message {
  fileprivate static func dependent(_ writer: Int, _ other: Int, bothWrite: Bool) -> Message {
    "entry \(writer) of the batch writes bytes that entry \(other) \(bothWrite ? "writes" : "reads")"
  }

  fileprivate static let useTwoBatches: Message =
    "submit the dependent copy after the batch, in the same stream"
}
