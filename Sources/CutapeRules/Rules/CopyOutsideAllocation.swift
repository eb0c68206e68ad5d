import CutapeEmulator
import CutapeReplay
import CutapeTrace

/// A row of a copy or memset leaves the allocation that it starts in.
///
/// The last row ends after its width, not after its pitch. Registered memory has no bounds of its own: what lies
/// behind it belongs to the same host allocation more often than not.
struct CopyOutsideAllocation: Rule {
  static let page = RulePage(
    code: "CT107", name: "copy-outside-allocation", severity: .error,
    summary: "a row of a copy or memset leaves its allocation",
    what: """
      Every byte of a copy must lie in the allocation that its pointer points into. For 2D and 3D copies each row \
      counts; the last one ends after its width.
      """,
    why: """
      The driver refuses such a copy of device memory, and nothing is copied. Where the program has its own allocator, \
      or the memory is on the host, a neighbour is overwritten.
      """,
    example: """
      d1 = cudaMalloc(4096)
      h1 = cudaMallocHost(8192)
      cudaMemcpy(d1+0x100, h1, 4096, H2D) = 1
      cudaGetLastError() = 1
      """,
    instead: """
      d1 = cudaMalloc(4096)
      h1 = cudaMallocHost(8192)
      cudaMemcpy(d1+0x100, h1, 3840, H2D)
      """,
    reference: "CUDA Runtime API, cudaMemcpy: cudaErrorInvalidValue", since: "0.1")
  static let facts: Facts = [.oddities]

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    guard replay.knowsLiveMemory else { return }
    for movement in replay.step.movements {
      for (role, side) in movement.sides where movement.namesBytes(side) {
        guard let limit = side.limit,
          side.object.map({ $0.isAlive && $0.kind != .registered }) ?? side.isSymbol,
          !side.isInside, replay.neighbourHit(by: side) == nil
        else { continue }
        let end = side.footprint.end ?? .max
        reporter.report(
          Finding(
            Self.self, .error,
            .outside(role, side.object?.name ?? "the variable", limit: limit, by: end - limit),
            call: replay.call,
            picture: replay.pictureOutside(side, role, limit: limit),
            allocations: replay.neighbour(behind: side), notes: replay.notes(on: movement),
            help: .atMost(limit, from: side.footprint.start, isOneRow: side.footprint.isOneRow)))
        break
      }
    }
  }
}

extension Replay {
  /// The bytes of `side` behind the end of its object, which has `limit` bytes.
  func pictureOutside(_ side: Side, _ role: OperandRole, limit: UInt64) -> Finding.Picture? {
    guard let object = side.object, let end = side.footprint.end else { return nil }
    let start = max(limit, side.footprint.start)
    return Finding.Picture(
      title: origin(object),
      accesses: [.init(call: call, side.footprint, writes: role == .destination)],
      marked: ByteRange(start: start, count: end - start),
      caption: "\(Message.bytes(end - start)) outside \(object.name)")
  }

  /// The live object right behind the one that `side` leaves: what is hit.
  fileprivate func neighbour(behind side: Side) -> [Finding.Memory] {
    guard let object = side.object, let next = emulator.space.object(containing: object.range.end) else {
      return []
    }
    return [origin(next).introduced(by: "right behind it:")]
  }
}

extension Message {
  fileprivate static func outside(_ role: OperandRole, _ name: String, limit: UInt64, by bytes: UInt64)
    -> Message
  {
    "the \(role.noun) ends \(Self.bytes(bytes)) behind the end of \(name), which has \(limit) bytes"
  }

  fileprivate static func atMost(_ limit: UInt64, from start: UInt64, isOneRow: Bool) -> Message {
    guard isOneRow, start < limit else { return "the last row must end inside the allocation" }
    return "from there at most \(limit - start) bytes can be copied"
  }
}
