import CutapeEmulator
import CutapeReplay
import CutapeTrace

/// The destination of a contiguous copy meets its source.
struct OverlappingCopy: Rule {
  static let page = RulePage(
    code: "CT101", name: "overlapping-copy", severity: .error,
    summary: "source and destination of a copy overlap, and are not the same",
    what: """
      The two ranges of a copy may not overlap, also when one is reached by its host address and the other by its \
      device address. Equal ranges copy nothing and are left alone. For plain `cudaMemcpy` the sentence is missing in \
      newer documentation: there it is a warning.
      """,
    why: """
      A copy engine moves blocks in any order. Moving data forward by less than its length overwrites what is still to \
      be read; whether that shows depends on sizes and devices.
      """,
    example: """
      d1 = cudaMalloc(8192)
      s1 = cudaStreamCreate()
      cudaMemsetAsync(d1, 0, 8192, s1)
      cudaMemcpyAsync(d1+0x400, d1, 4096, D2D, s1)
      """,
    instead: """
      d1 = cudaMalloc(8192)
      d2 = cudaMalloc(8192)
      s1 = cudaStreamCreate()
      cudaMemsetAsync(d1, 0, 8192, s1)
      cudaMemcpyAsync(d2, d1, 4096, D2D, s1)
      cudaMemcpyAsync(d1+0x400, d2, 4096, D2D, s1)
      """,
    reference: "CUDA Runtime API, cudaMemcpyAsync: \"the memory areas may not overlap\"", since: "0.1")
  static let facts: Facts = [.oddities]

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    for movement in replay.step.movements {
      guard let copy = movement.copy, copy.extent.dimensions == 1, let overlap = movement.overlap else {
        continue
      }
      let source = movement.source?.footprint.start ?? 0
      let isForward = movement.destination.footprint.start > source
      let isPlain =
        !copy.isAsync && copy.peers == nil && !movement.destination.isSymbol && !movement.destination.isArray
      reporter.report(
        Finding(
          Self.self, isPlain ? .warning : .error, .overlaps(overlap.bytes, of: movement.extent.width),
          call: replay.call, picture: replay.picture(of: movement, overlap),
          notes: [isForward ? .forward : .backward] + (isPlain ? [.plain] : []) + replay.notes(on: movement),
          help: .goThroughAnotherBuffer))
    }
  }
}

extension Movement {
  /// The bytes that both sides have, unless they are the same bytes. A side that is out of bounds is judged for that.
  var overlap: Overlap? {
    guard let source, hasKnownKind, namesBytes(destination), namesBytes(source),
      destination.footprint.object == source.footprint.object,
      destination.object != nil || (destination.isUnknown && source.isUnknown), destination.isInside,
      source.isInside, !destination.isSpanning, !source.isSpanning,
      !destination.footprint.isSameBytes(as: source.footprint)
    else { return nil }
    return destination.footprint.overlap(source.footprint)
  }
}

extension Side {
  /// Whether all rows lie where the object has bytes; memory without an object has no bounds.
  var isInside: Bool {
    guard let end = footprint.end else { return false }
    return limit.map { end <= $0 } ?? true
  }
}

extension Replay {
  func picture(of movement: Movement, _ overlap: Overlap) -> Finding.Picture {
    var accesses: [Finding.Picture.Access] = []
    if let source = movement.source {
      accesses.append(.init(call: call, source.footprint, writes: false))
    }
    accesses.append(.init(call: call, movement.destination.footprint, writes: true))
    return Finding.Picture(
      title: movement.destination.object.map(origin) ?? .pageable, accesses: accesses,
      marked: overlap.first,
      caption: Finding.Picture.caption(overlap.bytes, first: overlap.first, "read and written"))
  }
}

extension Message {
  fileprivate static func overlaps(_ bytes: UInt64, of count: UInt64) -> Message {
    "source and destination of this copy of \(Self.bytes(count)) overlap by \(Self.bytes(bytes))"
  }

  fileprivate static let forward: Message =
    "the data moves to higher addresses: a copy from front to back destroys its own source"
  fileprivate static let backward: Message =
    "the data moves to lower addresses: a copy from front to back may survive, no order is promised"
  fileprivate static let plain: Message =
    "the documentation of cudaMemcpy no longer says that the areas may not overlap; that of its kin does"
  static let goThroughAnotherBuffer: Message = "copy through another buffer, or in pieces that do not overlap"
}
