import CutapeEmulator
package import CutapeReplay
import CutapeRules
import CutapeTrace

/// What `replay --schedules` says: which contents depend on the order of the work, and what was not run.
package struct ScheduleReport {
  private let context: ReportContext
  private let outcome: Schedules.Outcome
  private let options: Schedules.Options
  private let replay: Replay
  /// Sources of copies whose bytes the recording left out.
  private let leftOut: Int

  package init(
    context: ReportContext, outcome: Schedules.Outcome, options: Schedules.Options, replay: Replay,
    leftOut: Int = 0
  ) {
    self.leftOut = leftOut
    self.context = context
    self.outcome = outcome
    self.options = options
    self.replay = replay
  }

  private var others: Int { outcome.digests.count - 1 }

  /// What the orders leave out.
  private var limits: [String] {
    var lines: [String] = []
    if replay.completeness.lost > 0 {
      lines.append(
        "\(count(replay.completeness.lost, "record")) lost: no other order is known to be legal, and none was run"
      )
    }
    if outcome.unknownCalls > 0 {
      lines.append(
        "\(count(outcome.unknownCalls, "call")) not modelled: what memory held before them is unknown after them"
      )
    }
    if leftOut > 0 {
      lines.append(
        "the bytes of \(count(leftOut, "source")) were not recorded: those are told apart by where they came from"
      )
    }
    if outcome.isBounded {
      lines.append("too much was pending at once: orders across those points were not run")
    }
    if options.kernels == .may {
      lines.append(
        "what kernels wrote is not known: their own order is not judged, nor what they make of contents that differ"
      )
    }
    lines.append(
      "not run: other orders of the host's calls, and of work behind host functions; batch entries read in stream order"
    )
    return lines
  }

  // MARK: For people

  package var lines: [String] {
    let settings =
      "seed \(options.seed), profile \(options.profile.rawValue), kernels \(options.kernels.rawValue)"
    var lines = [
      "orders: the recorded one and \(count(others, "other")) (\(settings)), \(count(outcome.operations, "operation"))"
    ]
    var groups: [(digest: UInt64, orders: Int)] = []
    for digest in outcome.digests {
      if let index = groups.firstIndex(where: { $0.digest == digest }) {
        groups[index].orders += 1
      } else {
        groups.append((digest, 1))
      }
    }
    if groups.count == 1 {
      lines.append("contents: the same in every order, digest \(StableHash.text(outcome.digests[0]))")
    } else {
      lines.append("contents: \(groups.count) different")
      for (index, group) in groups.enumerated() {
        let remark = index == 0 ? ", the recorded one among them" : ""
        lines.append("  digest \(StableHash.text(group.digest)): \(count(group.orders, "order"))\(remark)")
      }
    }
    lines += outcome.divergences.flatMap { describe($0, "depends on the order of") }
    lines += outcome.coincidences.flatMap { describe($0, "the same this time, in either order of") }
    return lines + limits.map { "note: \($0)" }
  }

  private func describe(_ divergence: Divergence, _ verdict: String) -> [String] {
    var lines: [String] = []
    if let earlier = divergence.earlier.map(replay.call), let later = divergence.later.map(replay.call) {
      let more = divergence.count > 1 ? " (and \(divergence.count - 1) more pairs at the same places)" : ""
      lines.append("\(verdict) #\(earlier.number) and #\(later.number)\(more):")
      let width = max("#\(earlier.number)".count, "#\(later.number)".count)
      for call in [earlier, later] {
        lines.append(
          "  \("#\(call.number)".padded(width)) | \(printable(call.text)), \(context.origin(of: call))")
      }
    } else {
      lines.append("depends on an order that lies too far back:")
    }
    for place in divergence.places {
      lines.append("  \(subject(place.subject)): \(bytes(place))")
      for item in place.outcomes {
        lines.append("    \(count(item.orders, "order")): \(text(item.content))")
        if let excerpt = item.excerpt { lines.append("      \(text(excerpt, item.digest))") }
      }
    }
    let rest = divergence.placeCount - divergence.places.count
    if rest > 0 { lines.append("  and in \(count(rest, "more place", "more places"))") }
    return lines
  }

  private func bytes(_ place: Divergence.Place) -> String {
    let start = "from +0x\(String(place.first.start, radix: 16))"
    return place.bytes == place.first.count
      ? "\(place.bytes) bytes \(start)" : "\(place.bytes) bytes, the first \(place.first.count) \(start)"
  }

  private func subject(_ subject: Divergence.Subject) -> String {
    switch subject {
    case .object(let object, let freedBy):
      let end = freedBy.map { "when #\($0) released it" } ?? "at the end"
      return "\(printable(replay.origin(object).text)), \(end)"
    case .delivery(let operation):
      let call = replay.call(operation)
      return "what #\(call.number) brought to the host, \(printable(call.text))"
    }
  }

  private func text(_ excerpt: Divergence.Excerpt, _ digest: UInt64?) -> String {
    let bytes = excerpt.bytes.map { $0.map(hexadecimal) ?? "??" }.joined(separator: " ")
    let hash = digest.map { ", digest \(StableHash.text($0))" } ?? ""
    return "+0x\(String(excerpt.start, radix: 16)): \(bytes)\(hash)"
  }

  private func text(_ content: Content) -> String {
    let way = content.path?.numbers ?? []
    let position = content.offset == 0 ? "" : ", from byte 0x\(String(content.offset, radix: 16))"
    let origin: String
    switch content.origin {
    case .unknown: return "not known"
    case .before(let object):
      let name = replay.emulator.space.object(object)?.name ?? "memory"
      origin = "what \(name) held before"
    case .input(let operation, _):
      origin =
        operation.isOfHost
        ? "what the host wrote, #\(operation.number)"
        : "what #\(operation.number) took from the host\(position)"

    case .hashed:
      return "what #\(way.last ?? 0) took from the host\(position)"
        + (way.count > 1 ? ", brought by #\(way[0])" : "")
    case .value(let pattern):
      return "bytes 0x\(pattern.bytes.map(hexadecimal).joined(separator: " 0x")), set by #\(way.last ?? 0)"
        + (way.count > 1 ? ", brought by #\(way[0])" : "")
    case .result(let operation, _, _): origin = "what the kernel #\(operation.number) made\(position)"
    case .left(let operation, _, _): origin = "what the kernel #\(operation.number) left\(position)"
    }
    guard let last = way.first, last != content.origin.operation?.number else { return origin }
    return "\(origin), brought by #\(last)"
  }

  // MARK: For programs

  /// An object for each divergence, then one for the run.
  package var json: [Json] {
    outcome.divergences.map { json($0, "divergence") } + outcome.coincidences.map { json($0, "coincidence") }
      + [
        .object([
          ("type", .string("schedules")), ("orders", .number(Int64(outcome.digests.count))),
          ("seed", .string(String(options.seed))), ("profile", .string(options.profile.rawValue)),
          ("kernels", .string(options.kernels.rawValue)), ("operations", .number(Int64(outcome.operations))),
          ("digests", .array(outcome.digests.map { .string(StableHash.text($0)) })),
          ("divergences", .number(Int64(outcome.divergences.count))),
          ("coincidences", .number(Int64(outcome.coincidences.count))),
          ("lost", .number(Int64(replay.completeness.lost))),
          ("unsupported", .number(Int64(outcome.unknownCalls))), ("bounded", .bool(outcome.isBounded)),
          ("notes", .array(limits.map(Json.string))),
        ])
      ]
  }

  private func json(_ divergence: Divergence, _ type: String) -> Json {
    .object([
      ("type", .string(type)),
      ("earlier", divergence.earlier.map { context.json(of: replay.call($0)) } ?? .null),
      ("later", divergence.later.map { context.json(of: replay.call($0)) } ?? .null),
      ("count", .number(Int64(divergence.count))), ("placeCount", .number(Int64(divergence.placeCount))),
      ("places", .array(divergence.places.map(json))),
    ])
  }

  private func json(_ excerpt: Divergence.Excerpt) -> Json {
    .object([
      ("offset", .number(Int64(clamping: excerpt.start))),
      ("bytes", .string(excerpt.bytes.map { $0.map(hexadecimal) ?? "??" }.joined())),
    ])
  }

  private func json(_ place: Divergence.Place) -> Json {
    var fields: [(String, Json)]
    switch place.subject {
    case .object(let object, let freedBy):
      fields = [
        ("kind", .string("memory")), ("memory", .string(replay.origin(object).text)),
        ("call", freedBy.map { .number(Int64($0)) } ?? .null),
      ]
    case .delivery(let operation):
      fields = [
        ("kind", .string("delivery")), ("memory", .null), ("call", .number(Int64(operation.event.number))),
      ]
    }
    fields += [
      ("offset", .number(Int64(clamping: place.first.start))),
      ("count", .number(Int64(clamping: place.first.count))),
      ("bytes", .number(Int64(clamping: place.bytes))),
      (
        "outcomes",
        .array(
          place.outcomes.map { item in
            .object([
              ("orders", .number(Int64(item.orders))), ("content", .string(text(item.content))),
              ("excerpt", item.excerpt.map(json) ?? .null),
              ("digest", item.digest.map { .string(StableHash.text($0)) } ?? .null),
            ])
          })
      ),
    ]
    return .object(fields)
  }
}

/// Two hexadecimal digits.
private func hexadecimal(_ byte: UInt8) -> String {
  byte < 16 ? "0\(String(byte, radix: 16))" : String(byte, radix: 16)
}

extension PlannedOperation {
  /// The number of its call.
  fileprivate var number: Int { operation.event.number }
}

extension Path {
  /// The numbers of the calls through which the bytes went, the last one first.
  fileprivate var numbers: [Int] { [writer.number] + (before?.numbers ?? []) }
}

extension Origin {
  /// The operation that the bytes come from.
  fileprivate var operation: PlannedOperation? {
    switch self {
    case .input(let operation, _), .result(let operation, _, _), .left(let operation, _, _): operation
    case .unknown, .before, .hashed, .value: nil
    }
  }
}
