import CutapeEmulator
import CutapeReplay
import CutapeTrace

// What the rules about order share: which of them owns a conflict, and how it is shown.
//
// One root cause gives one finding, so every conflict has one owner. From the most specific: a batch that reads out
// of stream order (CT413), a stream-ordered allocation that is not waited for (CT203), a node of a graph (CT505), an
// event that was overwritten (CT410), recorded too early (CT409) or never (CT408), a synchronous function that does not
// wait (CT404), a copy that reads what a download still writes (CT406), the host that writes what a copy still reads
// (CT405), a legacy stream beside a non-blocking one (CT402), anything else (CT401). What is ordered on hardware only
// because a copy with pageable memory was seen to block has other reasons than a missing edge: CT403 and CT407.

/// The reason why two operations are unordered, the most specific first.
enum UnorderedCause: Int {
  case sourceOutOfOrder, beforeAllocation, ofGraph, overwrittenEvent, earlyEvent, missingRecord,
    assumedSynchronous,
    stagedUpload
  case blockingDownload, readInFlight, writeInFlight, legacyBesideNonBlocking, noEdge
}

extension Conflict {
  /// What the conflict is told as; nil when it is not known what orders the operations on hardware.
  func cause(_ replay: Replay) -> UnorderedCause? {
    if isEarlyRead { return .sourceOutOfOrder }
    if case .host = replay.step.operation { return causeOfHostUse(replay) }
    if !isObserved {
      if replay.isStagedUpload(earlier) { return later?.node == nil ? .stagedUpload : .ofGraph }
      switch habit?.reason {
      case .pageableDownload: return later?.node == nil ? .blockingDownload : .ofGraph
      case .pageableUpload, nil: return nil
      case .free, .launchBlocking: break
      }
    }
    if replay.isAllocation(earlier) { return .beforeAllocation }
    if earlier.node != nil || later?.node != nil { return .ofGraph }
    if let missedCause { return missedCause }
    if replay.isSynchronousByName(earlier) { return .assumedSynchronous }
    if replay.isReadOfDownload(self) { return .readInFlight }
    guard let mine = replay.step.stream, let other = replay.emulator.stream(id: earlier.stream) else {
      return .noEdge
    }
    return (mine.isLegacy && other.isNonBlocking) || (other.isLegacy && mine.isNonBlocking)
      ? .legacyBesideNonBlocking : .noEdge
  }

  private var missedCause: UnorderedCause? {
    switch missed {
    case .rerecorded: .overwrittenEvent
    case .stale: .earlyEvent
    case .unrecorded: .missingRecord
    case nil: nil
    }
  }

  /// The same for a use of memory by the host. Left alone is what it does beside a kernel, which may well be meant to
  /// see it, and beside a function without a stream: how that waits with managed memory is not documented.
  private func causeOfHostUse(_ replay: Replay) -> UnorderedCause? {
    guard !replay.isKernel(earlier), !replay.isSynchronousByName(earlier)
    else { return nil }
    if !isObserved {
      switch habit?.reason {
      case .pageableDownload: return .blockingDownload
      case .pageableUpload: return earlierWrites ? nil : .writeInFlight
      case .free, .launchBlocking: break
      case nil: return nil
      }
    }
    return missedCause ?? (earlierWrites ? .readInFlight : .writeInFlight)
  }
}

extension Replay {
  /// Whether the operation is a copy or a memset by a function that takes no stream.
  fileprivate func isSynchronousByName(_ operation: SubmittedOperation) -> Bool {
    guard let function = functions[operation.event.function] else { return false }
    return (function.effect.isCopy || function.effect.isFill) && function.index(of: .stream) == nil
  }

  /// Whether the operation is a synchronous copy to a device from memory that CUDA does not know.
  fileprivate func isStagedUpload(_ operation: SubmittedOperation) -> Bool {
    isSynchronousByName(operation) && functions[operation.event.function]?.effect.isCopy == true
      && operation.operands.source == nil && operation.operands.destination?.memory.isHost == false
  }

  /// Whether a copy reads host memory that a copy from a device still writes.
  fileprivate func isReadOfDownload(_ conflict: Conflict) -> Bool {
    guard conflict.earlierWrites, !conflict.laterWrites,
      emulator.space.object(conflict.object)?.kind.isHost == true,
      let effect = functions[conflict.earlier.event.function]?.effect
    else { return false }
    return (effect.isCopy || effect == .copyBatch || effect == .copyBatch3D)
      && step.movements.contains { $0.copy != nil }
  }
}

extension Replay {
  /// The conflicts of the newest call that `cause` explains. Two operations that meet in several places have one
  /// cause, the most specific. A release is judged by its own rule.
  func conflicts(_ cause: UnorderedCause) -> [Conflict] {
    switch step.operation {
    case .free, .unregister, .virtualMemory: return []
    default: break
    }
    var causes: [Conflict.Pair: UnorderedCause] = [:]
    for conflict in step.conflicts {
      guard let own = conflict.cause(self) else { continue }
      if own.rawValue < causes[conflict.pair]?.rawValue ?? .max { causes[conflict.pair] = own }
    }
    return step.conflicts.filter { causes[$0.pair] == cause && $0.cause(self) == cause }
  }

  /// Reports the conflicts of the newest call that `cause` explains, with a word of `note` on each.
  func report(
    _ cause: UnorderedCause, as rule: any Rule.Type, to reporter: inout Reporter,
    note: (Conflict) -> Message
  ) {
    for conflict in conflicts(cause) {
      reporter.report(
        unordered(rule, conflict, notes: [note(conflict)], help: .orderByEvent(conflict, self)))
    }
  }

  /// A finding about two operations that are not ordered.
  func unordered(
    _ rule: any Rule.Type, _ conflict: Conflict, notes: [Message], help: Message
  ) -> Finding {
    let later = conflict.later?.node == nil ? call : conflict.later.map { call($0) } ?? call
    let earlier = call(conflict.earlier)
    let earlierStream = emulator.stream(id: conflict.earlier.stream)?.name ?? "its stream"
    let object = emulator.space.object(conflict.object)
    var notes = notes
    for node in [conflict.later?.node, conflict.earlier.node] {
      if let node, let origin = node.origin { notes.append(.origin(node.name, origin)) }
    }
    if let habit = conflict.habit { notes.append(.relies(on: habit)) }
    return Finding(
      rule, conflict.isObserved ? .error : .warning,
      .unordered(
        later: subject(of: conflict), does: verb(of: conflict), bytes: conflict.bytes,
        earlier: conflict.isInGraph
          ? noun(conflict.earlier) : "\(noun(conflict.earlier)) on \(Message.place(earlierStream))",
        wrote: conflict.earlierWrites, isPromised: conflict.isObserved),
      call: later, related: [earlier] + origins(of: [conflict.later, conflict.earlier]),
      certainty: isKernel(conflict.earlier) || conflict.later.map(isKernel) == true ? .may : .known,
      isDocumentedOnly: !conflict.isObserved,
      picture: object.map { picture(conflict, in: $0, earlier: earlier, later: later) },
      notes: notes, help: help)
  }

  private func picture(
    _ conflict: Conflict, in object: MemoryObject, earlier: Finding.Call, later: Finding.Call
  ) -> Finding.Picture {
    Finding.Picture(
      title: origin(object),
      accesses: [
        conflict.earlier.footprint(in: object.id, writes: conflict.earlierWrites).map {
          .init(call: earlier, $0, writes: conflict.earlierWrites)
        } ?? .init(call: earlier, range: conflict.range, writes: conflict.earlierWrites),
        conflict.later?.footprint(in: object.id, writes: conflict.laterWrites).map {
          .init(call: later, $0, writes: conflict.laterWrites)
        }
          ?? .init(
            call: later, range: usedRange(of: object) ?? conflict.range, writes: conflict.laterWrites),
      ], marked: conflict.range,
      caption: Finding.Picture.caption(conflict.bytes, first: conflict.range, "unordered"))
  }

  /// The bytes of `object` that the host uses, if that is what happens.
  private func usedRange(of object: MemoryObject) -> ByteRange? {
    guard case .host(let use) = step.operation, let bytes = use.range.intersection(object.range) else {
      return nil
    }
    return ByteRange(start: bytes.start - object.range.start, count: bytes.count)
  }

  /// Who does what the newest call does: `the copy on stream s1`, `the host`.
  private func subject(of conflict: Conflict) -> String {
    guard let later = conflict.later else { return "the host" }
    if conflict.isInGraph { return "the \(noun(later))" }
    return "the \(noun(later)) on \(Message.place(step.stream?.name ?? "its stream"))"
  }

  private func verb(of conflict: Conflict) -> String {
    if case .host(let use) = step.operation, use.action == .touch { return "reads or writes" }
    if case .free = conflict.later?.node?.action { return "frees" }
    return conflict.laterWrites ? "writes" : "reads"
  }

  /// What an operation is, in a sentence: `copy`, `copy of node 3 of g1`.
  func noun(_ operation: SubmittedOperation) -> String {
    guard let node = operation.node else {
      return switch functions[operation.event.function]?.effect {
      case let effect? where effect.isCopy: "copy"
      case .copyBatch, .copyBatch3D: "batch of copies"
      case .discardBatch, .discardPrefetchBatch: "discard"
      case let effect? where effect.isFill: "memset"
      case .launch: "kernel"
      case .allocateAsync: "allocation"
      default: "call"
      }
    }
    let noun =
      switch node.action {
      case .copy: "copy"
      case .fill: "memset"
      case .launch: "kernel"
      case .allocate: "allocation"
      case .free: "release"
      case .hostFunction: "host function"
      case .empty, .childGraph, .recordEvent, .waitEvent, .unsupported: "work"
      }
    return "\(noun) of \(node.name)"
  }

  func isKernel(_ operation: SubmittedOperation) -> Bool {
    if case .launch = operation.node?.action { return true }
    return functions[operation.event.function]?.effect == .launch
  }

  /// The calls that became the nodes of `operations`, each once.
  func origins(of operations: [SubmittedOperation?]) -> [Finding.Call] {
    var calls: [Finding.Call] = []
    for operation in operations {
      guard let operation, let origin = origin(of: operation) else { continue }
      if !calls.contains(where: { $0.number == origin.number }) { calls.append(origin) }
    }
    return calls
  }
}

extension Conflict {
  /// Which conflicts have one root cause: those of two calls, or of two nodes of one launch.
  struct Pair: Hashable {
    var call: Int
    var nodes: [ObjectIdentifier] = []
  }

  var pair: Pair {
    guard isInGraph, let later else { return Pair(call: earlier.event.number) }
    return Pair(
      call: earlier.event.number, nodes: [earlier, later].compactMap { $0.node.map { ObjectIdentifier($0) } })
  }

  /// Whether both are nodes of the same launch.
  var isInGraph: Bool { later?.node != nil && earlier.event.number == later?.event.number }
}

extension Message {
  fileprivate static func unordered(
    later: String, does doing: String, bytes: UInt64, earlier: String, wrote: Bool, isPromised: Bool
  ) -> Message {
    let done = wrote ? "writing" : "reading"
    return isPromised
      ? "\(later) \(doing) \(Self.bytes(bytes)) that the \(earlier) may still be \(done)"
      : "\(later) \(doing) \(Self.bytes(bytes)), and nothing promises that the \(earlier) has finished \(done) them"
  }

  /// `stream s1`, `the legacy stream`
  static func place(_ stream: String) -> String {
    stream.contains("stream") ? "the \(stream)" : "stream \(stream)"
  }

  fileprivate static func relies(on habit: Conflict.Habit) -> Message {
    switch habit.reason {
    case .free: "on hardware the release #\(habit.number) waits for the device, which is not documented"
    case .launchBlocking:
      "in this run the launch #\(habit.number) waited for its kernel, because CUDA_LAUNCH_BLOCKING was set"
    case .pageableUpload, .pageableDownload:
      "on hardware the copy #\(habit.number) with pageable memory is complete when it returns, which is not promised"
    }
  }

  /// The usual remedy: an event after the earlier operation, a wait before the later one. The host waits itself, and
  /// before a call that takes no stream it does best to.
  static func orderByEvent(_ earlier: Conflict, _ replay: Replay) -> Message {
    let from = replay.emulator.stream(id: earlier.earlier.stream)?.name ?? "the first stream"
    let (first, second) = (earlier.earlier.event.number, replay.step.event.number)
    guard let stream = replay.step.stream, replay.step.operation.takesStream(replay.step.function) else {
      return
        "synchronize \(place(from)), or an event that is recorded on it after #\(first), before #\(second)"
    }
    return
      "record an event on \(place(from)) after #\(first) and call `cudaStreamWaitEvent(\(argument(stream)), event)` before #\(second)"
  }

  /// A stream as a program writes it in a call.
  private static func argument(_ stream: StreamState) -> String {
    switch stream.kind {
    case .legacy: "cudaStreamLegacy"
    case .perThread: "cudaStreamPerThread"
    case .created: stream.name
    }
  }

  fileprivate static func origin(_ node: String, _ origin: PlannedNode.Origin) -> Message {
    origin.stream == nil
      ? "\(node) was added by #\(origin.event.number)"
      : "\(node) is #\(origin.event.number), which was captured"
  }

  /// What the event that was waited for lacked; nil when none was.
  static func missed(_ conflict: Conflict) -> Message? {
    let work = conflict.earlier.event.number
    switch conflict.missed {
    case .unrecorded(let event, let wait):
      return "#\(wait) waits for an empty set of work: no record of \(event) precedes it"
    case .stale(let event, let record, let wait):
      return
        "\(event) was recorded by #\(record), before #\(work) was submitted, so the wait #\(wait) does not cover #\(work)"
    case .rerecorded(let event, let record, let other, let wait):
      return
        "#\(record) recorded \(event) after #\(work), but #\(other) recorded it again before the wait #\(wait)"
    case nil: return nil
    }
  }

  /// What is missing: an edge between the streams.
  static func noEdge(_ conflict: Conflict, _ replay: Replay) -> Message {
    let first = replay.emulator.stream(id: conflict.earlier.stream)?.name ?? "the first stream"
    let second = replay.step.stream?.name ?? "the second stream"
    let between = "no event, wait or synchronize between #\(conflict.earlier.event.number) and"
    return "\(between) #\(replay.step.event.number) orders \(first) and \(second)"
  }
}

extension Operation {
  /// Whether the program chose a stream for the call, so that the stream can be made to wait.
  fileprivate func takesStream(_ function: Function) -> Bool {
    if case .host = self { return false }
    return function.index(of: .stream) != nil
  }
}
