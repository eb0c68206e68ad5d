package import CutapeEmulator
import CutapeTrace

/// What a replay came to: the state behind its last call, and the calls whose result differs.
package struct ReplayReport: Sendable {
  /// A call that returned something else than the emulator gives.
  package struct Difference: Sendable, Hashable {
    package var number: Int
    package var function: String
    package var recorded: Int32
    package var emulated: Int32

    package init(number: Int, function: String, recorded: Int32, emulated: Int32) {
      self.number = number
      self.function = function
      self.recorded = recorded
      self.emulated = emulated
    }
  }

  package var traceName: String
  package var calls: Int
  package var unsupported: Int
  package var lost: Int
  /// Live memory, in the order of creation.
  package var objects: [MemoryObject]
  /// Live streams, and how many operations wait in each.
  package var streams: [(stream: StreamState, isPending: Bool)]
  package var events: [EventState]
  package var differences: [Difference]

  package init(
    traceName: String, calls: Int, unsupported: Int, lost: Int, emulator: Emulator, differences: [Difference]
  ) {
    self.traceName = traceName
    self.calls = calls
    self.unsupported = unsupported
    self.lost = lost
    objects = emulator.space.all.filter(\.isAlive)
    streams = emulator.streams.filter(\.isAlive).map { ($0, emulator.isPending(stream: $0.id)) }
    events = emulator.events.filter(\.isAlive)
    self.differences = differences
  }

  /// For people.
  package var lines: [String] {
    var lines = [
      "\(traceName): \(count(calls, "call")) replayed; \(count(lost, "record")) lost, \(count(unsupported, "call")) not modelled"
    ]
    lines.append(
      "live memory: \(count(objects.count, "object")), \(objects.reduce(0) { $0 &+ $1.byteCount }) bytes")
    for object in objects {
      lines.append(
        "  \(object.name.padded(6)) \(object.kind.rawValue.padded(10)) \(object.byteCount) bytes at 0x\(String(object.range.start, radix: 16)), #\(object.createdBy)"
      )
    }
    lines.append("streams: \(streams.count)")
    for (stream, isPending) in streams {
      lines.append(
        "  \(stream.name)\(stream.isNonBlocking ? ", non-blocking" : ""): \(isPending ? "work pending" : "idle")"
      )
    }
    lines.append("events: \(events.count)")
    for difference in differences {
      lines.append(
        "differs: #\(difference.number) \(difference.function) returned \(ResultName.description(difference.recorded)), the emulator gives \(ResultName.description(difference.emulated))"
      )
    }
    lines.append("results that differ: \(differences.count)")
    return lines
  }

  /// For programs: one object.
  package var json: Json {
    .object([
      ("type", .string("replay")), ("calls", .number(Int64(calls))), ("lost", .number(Int64(lost))),
      ("unsupported", .number(Int64(unsupported))),
      (
        "memory",
        .array(
          objects.map { object in
            .object([
              ("name", .string(object.name)), ("kind", .string(object.kind.rawValue)),
              ("address", .string("0x\(String(object.range.start, radix: 16))")),
              ("bytes", .number(Int64(clamping: object.byteCount))),
              ("call", .number(Int64(object.createdBy))),
            ])
          })
      ),
      (
        "streams",
        .array(
          streams.map { stream, isPending in
            .object([
              ("name", .string(stream.name)), ("nonBlocking", .bool(stream.isNonBlocking)),
              ("pending", .bool(isPending)),
            ])
          })
      ),
      ("events", .number(Int64(events.count))),
      (
        "differences",
        .array(
          differences.map { difference in
            .object([
              ("call", .number(Int64(difference.number))), ("function", .string(difference.function)),
              ("recorded", .number(Int64(difference.recorded))),
              ("emulated", .number(Int64(difference.emulated))),
            ])
          })
      ),
    ])
  }
}
