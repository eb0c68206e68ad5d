import CutapeEmulator
import CutapeReplay
import CutapeTrace

/// Small copies, one directly after the other, that one call could make.
///
/// A *run* is a series of consecutive calls of one function on one stream, each a copy of at most 64 KiB whose
/// destination and source both lie behind those of the copy before. Where the pieces touch, one copy does; where their
/// distances are equal, one 2D copy; else a batch. Anything between two copies ends the run, and so does a buffer that
/// is used again: the program may have put new bytes into it.
struct ManySmallCopies: Rule {
  static let page = RulePage(
    code: "CT906", name: "many-small-copies", severity: .perf,
    summary: "consecutive small copies could be one copy, one 2D copy or one batch",
    what: """
      Eight or more copies of at most 64 KiB follow each other without a gap or at equal distances, or thirty-two that \
      lie anywhere in ascending order.
      """,
    why: "A small copy costs several microseconds whatever its size: the calls take longer than the bytes.",
    example: """
      d1 = cudaMalloc(4096)
      h1 = cudaMallocHost(4096)
      s1 = cudaStreamCreate()
      cudaMemcpyAsync(d1, h1, 4, H2D, s1)
      cudaMemcpyAsync(d1+4, h1+4, 4, H2D, s1)
      cudaMemcpyAsync(d1+8, h1+8, 4, H2D, s1)
      cudaMemcpyAsync(d1+12, h1+12, 4, H2D, s1)
      cudaMemcpyAsync(d1+16, h1+16, 4, H2D, s1)
      cudaMemcpyAsync(d1+20, h1+20, 4, H2D, s1)
      cudaMemcpyAsync(d1+24, h1+24, 4, H2D, s1)
      cudaMemcpyAsync(d1+28, h1+28, 4, H2D, s1)
      """,
    instead: """
      d1 = cudaMalloc(4096)
      h1 = cudaMallocHost(4096)
      s1 = cudaStreamCreate()
      cudaMemcpyAsync(d1, h1, 32, H2D, s1)
      """,
    reference: "CUDA C++ Best Practices Guide, \"Data Transfer Between Host and Device\"", since: "0.1")
  static let facts: Facts = [.movements]

  /// A small copy of contiguous bytes.
  private struct Piece {
    var destination: Address
    var source: Address
    var width: UInt64
    var destinationObject: Int?
    var sourceObject: Int?

    init?(_ step: Step) {
      guard step.succeeded, step.movements.count == 1, let movement = step.movements.first,
        let copy = movement.copy, case .linear(let destination) = copy.destination,
        case .linear(let source) = copy.source, copy.peers == nil, !copy.extent.isEmpty,
        copy.extent.width <= Threshold.large
      else { return nil }
      self.destination = destination
      self.source = source
      width = copy.extent.width
      destinationObject = movement.destination.object?.id
      sourceObject = movement.source?.object?.id
    }
  }

  private struct Run {
    var first: SubmittedOperation
    var kind: Int32?
    var last: Piece
    var lastNumber: Int
    var count = 1
    var bytes: UInt64
    /// The distances of the second piece from the first.
    var strides: (destination: UInt64, source: UInt64)?
    var isContiguous = true
    var isRegular = true

    /// Adds the newest call; false when it does not continue the run.
    mutating func add(_ piece: Piece, _ step: Step, kind: Int32?) -> Bool {
      let event = step.event
      guard event.number == lastNumber + 1, event.thread == first.event.thread,
        event.function == first.event.function, event.variant == first.event.variant,
        step.stream?.id == first.stream, kind == self.kind
      else { return false }
      let destination = piece.destination &- last.destination
      let source = piece.source &- last.source
      guard piece.destination > last.destination, piece.source > last.source, destination >= last.width,
        source >= last.width
      else { return false }
      let isOneObject =
        piece.destinationObject == last.destinationObject && piece.sourceObject == last.sourceObject
      if destination != last.width || source != last.width || !isOneObject { isContiguous = false }
      if let strides, strides != (destination, source) { isRegular = false }
      if piece.width != last.width || !isOneObject { isRegular = false }
      strides = strides ?? (destination, source)
      last = piece
      lastNumber = event.number
      count += 1
      bytes &+= piece.width
      return true
    }
  }

  private var run: Run?
  /// Runs that are worth a word if their pieces lie anywhere.
  private static let scattered = 32

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    guard let piece = Piece(replay.step), let submitted = replay.step.submitted else {
      close(replay, &reporter)
      return
    }
    let kind = replay.step.movements.first?.copy?.kind
    if run?.add(piece, replay.step, kind: kind) == true { return }
    close(replay, &reporter)
    run = Run(
      first: submitted, kind: kind, last: piece, lastNumber: replay.step.event.number, bytes: piece.width)
  }

  mutating func finish(_ replay: Replay, _ reporter: inout Reporter) { close(replay, &reporter) }

  /// Ends the run, and reports it if it is long.
  private mutating func close(_ replay: Replay, _ reporter: inout Reporter) {
    guard let run else { return }
    self.run = nil
    guard run.count >= Threshold.loop else { return }
    let help: Message
    if run.isContiguous {
      help = .oneCopy(run.bytes)
    } else if run.isRegular {
      help = .oneRectangle(width: run.last.width, rows: run.count)
    } else if run.count >= Self.scattered {
      help = .oneBatch
    } else {
      return
    }
    reporter.report(
      Finding(
        Self.self, .perf, .small(run.count, run.bytes), call: replay.call(run.first),
        notes: [.last(run.lastNumber)], help: help))
  }
}

extension Message {
  fileprivate static func small(_ count: Int, _ bytes: UInt64) -> Message {
    "\(count) small copies follow each other, of \(size(bytes)) together"
  }

  fileprivate static func last(_ number: Int) -> Message { "the last of them is #\(number)" }

  fileprivate static func oneCopy(_ bytes: UInt64) -> Message {
    "the pieces lie side by side: one copy of \(size(bytes)) does"
  }

  fileprivate static func oneRectangle(width: UInt64, rows: Int) -> Message {
    "the pieces lie at equal distances: one cudaMemcpy2D of \(width) x \(rows) bytes does"
  }

  fileprivate static let oneBatch: Message =
    "gather the pieces in one buffer, or use cudaMemcpyBatchAsync (CUDA 12.8 and newer)"
}
