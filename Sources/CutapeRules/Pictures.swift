import CutapeEmulator
import CutapeReplay
import CutapeTrace

// What rules have in common of the bytes that they show.

extension Finding.Picture.Access {
  /// What `call` does to the rows of `footprint`.
  init(call: Finding.Call, _ footprint: Footprint, writes: Bool) {
    let rows = footprint.normalized
    self.init(call: call, range: footprint.hull, writes: writes, rows: rows.isOneRow ? nil : rows)
  }
}

extension Finding.Picture {
  /// `3072 bytes, unordered`; of bytes that do not follow each other those are marked that come first.
  static func caption(_ bytes: UInt64, first: ByteRange, _ what: String) -> String {
    bytes == first.count
      ? "\(Message.bytes(bytes)), \(what)" : "\(Message.bytes(bytes)), \(what); the first \(first.count) here"
  }
}

extension Replay {
  /// The bytes of the earlier operation of `conflict`, which meets something that has no bytes of its own: a release, an
  /// allocation.
  func picture(inFlight conflict: Conflict) -> Finding.Picture? {
    guard let object = emulator.space.object(conflict.object),
      let bytes = conflict.earlier.footprint(in: object.id, writes: conflict.earlierWrites)
    else { return nil }
    return Finding.Picture(
      title: origin(object),
      accesses: [.init(call: call(conflict.earlier), bytes, writes: conflict.earlierWrites)],
      marked: conflict.range,
      caption: Finding.Picture.caption(conflict.bytes, first: conflict.range, "may be in flight"))
  }

  /// What is known of the call beside what `movement`, a part of it, did wrong: which entry of a batch it is, and what
  /// the call gave.
  func notes(on movement: Movement) -> [Message] {
    guard step.movements.count > 1, let entry = step.movements.firstIndex(where: { $0 === movement }) else {
      return resultNotes
    }
    return [.entry(entry)] + resultNotes
  }
}

extension SubmittedOperation {
  /// What the operation reads or writes first in one object.
  func footprint(in object: Int, writes: Bool) -> Footprint? {
    if let footprint = writes ? operands.destination : operands.source, footprint.object == object {
      return footprint
    }
    return operands.others.first { $0.isWrite == writes && $0.footprint.object == object }?.footprint
  }
}

extension Message {
  /// `1 byte`, `64 bytes`
  static func bytes(_ count: UInt64) -> String { "\(count) byte\(count == 1 ? "" : "s")" }

  fileprivate static func entry(_ number: Int) -> Message {
    "it is entry \(number) of the batch, counted from 0"
  }
}
