import CutapeEmulator
import CutapeTrace

// Sources of asynchronous copies that the host changed before it could know that they had been read.
//
// The shim hashes a source before the copy is submitted, and again when a call returns that may have waited for the copy,
// before the thread that made the call goes on (shim/preload/payload.h). A difference says that somebody wrote the
// source in between. It is a mistake of the host only if nothing else can have written it, and if nobody can have known
// that the copy was complete:
//
// - No operation of the device was writing the source when it was hashed, and none that may was submitted later; the
//   source is host memory, and the same memory as before.
// - The call that the hash was taken behind is the first by which the host learned of the copy under the observed
//   profile, the stronger one; a second thread that waits for the copy too, before the hash is taken, may have come back
//   earlier and be writing by right.
// - The host cannot have learned of it by other means: a host function, a graph, a kernel that writes to memory that the
//   host sees, a small download that it polls, or a call that is not modelled.
//
// Where any of this is in doubt nothing is said. So a mistake can stay unseen: one that restores the bytes, one that
// happens before the first hash, one whose copy is waited for by means that the shim does not follow.

/// A source that the host changed while the copy could still read it.
package struct ChangedSource: Sendable {
  package var copy: SubmittedOperation
  package var bytes: UInt64
  /// The call behind which the change was seen.
  package var seen: CallPlace?
  /// Whether the copy could still read it on hardware too, not only by what is promised.
  package var isObserved: Bool
}

struct PendingSources: Sendable {
  private struct Announced: Sendable {
    var token: UInt64
    var entry: Int
    var bytes: UInt64
    var hash: UInt64
  }

  private struct Source: Sendable {
    var hash: UInt64
    var bytes: UInt64
    var copy: SubmittedOperation
    /// From the first byte to the last, as addresses.
    var range: ByteRange
    var object: Int?
    /// Whether hardware has read the source when the call returns, though nothing promises it.
    var isHabit: Bool
    /// The first call by which the host learned of the copy.
    var coveredBy: CallPlace?
  }

  /// The most sources that are followed: of more than that the shim knows nothing either.
  private static let limit = 4096
  /// A download of at most as many bytes may be a signal that the host polls.
  private static let signalBytes: UInt64 = 64

  /// Whether the trace has hashes: else nothing is followed.
  let isActive: Bool
  private var announced: [Int: [Announced]] = [:]
  private var sources: [UInt64: Source] = [:]
  private var newest: [Int: CallPlace] = [:]
  /// Kernels that may write to memory that the host sees.
  private var kernels: [Epoch] = []
  /// Something that is not modelled may still be writing to host memory.
  private var isBlocked = false

  init(_ functions: FunctionTable) { isActive = functions.all.contains { $0.effect == .shimSource } }

  // MARK: What the shim wrote

  /// Notes a record; gives the source of which it proves that it was changed too early.
  mutating func note(_ record: SourceHash, by thread: Int) -> ChangedSource? {
    switch record {
    case .submitted(let token, let entry, let bytes, let hash):
      announced[thread, default: []].append(Announced(token: token, entry: entry, bytes: bytes, hash: hash))
      return nil
    case .changed(let token, let hash):
      guard let source = sources.removeValue(forKey: token), source.hash != hash else { return nil }
      let last = newest[thread]
      guard source.coveredBy == nil || source.coveredBy == last else { return nil }
      return ChangedSource(
        copy: source.copy, bytes: source.bytes, seen: last, isObserved: !source.isHabit)
    }
  }

  // MARK: Calls

  /// Follows a call: `learned` is what the host waited for in it.
  mutating func follow(_ step: Step, learned: [Snapshot]) {
    newest[step.event.thread] = CallPlace(step.event)
    cover(step, learned)
    doubt(step)
  }

  private mutating func cover(_ step: Step, _ learned: [Snapshot]) {
    for (token, source) in sources {
      let isCovered = learned.contains { $0.covers(source.copy.epoch) }
      if let first = source.coveredBy {
        // Waited for twice, or the thread that waited has gone on: a hash that comes now is too late.
        if isCovered || first.thread == step.event.thread { sources[token] = nil }
      } else if isCovered {
        sources[token]?.coveredBy = CallPlace(step.event)
      }
    }
  }

  /// Drops what the call makes doubtful.
  private mutating func doubt(_ step: Step) {
    for frame in step.leftFrames { sources = sources.filter { $0.value.copy !== frame.copy } }
    switch step.operation {
    case .hostFunction, .unsupported, .graph(.launch):
      isBlocked = true
      sources = [:]
    case .synchronizeDevice where step.succeeded: isBlocked = false
    case .resetDevice: sources = [:]
    case .launch(let launch):
      let mayBeSeen =
        launch.pointers == nil || step.pointers.contains { $0.object.map(Self.isSeenByHost) ?? false }
      guard mayBeSeen, let submitted = step.submitted else { return }
      kernels.append(submitted.epoch)
      sources = [:]
    case .free, .unregister:
      guard let object = step.released else { return }
      sources = sources.filter { $0.value.object != object.id }
    case .copy, .copyBatch, .fill:
      for movement in step.movements
      where movement.destination.memory.isHost || movement.destination.memory == .managed {
        doubt(writesTo: movement)
      }
    default: break
    }
  }

  private mutating func doubt(writesTo movement: Movement) {
    let target = movement.destination
    guard let bytes = target.hostBytes, bytes.count > Self.signalBytes else {
      sources = [:]
      return
    }
    sources = sources.filter { !$0.value.range.overlaps(bytes) }
  }

  private static func isSeenByHost(_ object: MemoryObject) -> Bool {
    object.kind.isHost || object.kind == .managed
  }

  // MARK: Copies

  /// Takes what was announced for the thread's newest call, and follows the sources that are under way when it
  /// returns. Gives the hashes of those that the device was not writing when they were hashed, by entry.
  ///
  /// - Parameter isQuiet: whether no copy or memset may be writing the bytes.
  mutating func take(_ step: Step, hostKnows known: Clock, isQuiet: (Side) -> Bool) -> [Int: UInt64] {
    let hashes = announced.removeValue(forKey: step.event.thread) ?? []
    guard !hashes.isEmpty, step.succeeded, let submitted = step.submitted else { return [:] }
    kernels.removeAll { known.knows($0) }
    guard !isBlocked, kernels.isEmpty else { return [:] }
    var told: [Int: UInt64] = [:]
    for hash in hashes where step.movements.indices.contains(hash.entry) {
      let movement = step.movements[hash.entry]
      guard let copy = movement.copy, let source = movement.source, let range = source.hostBytes,
        movement.rowBytes == hash.bytes, isQuiet(source)
      else { continue }
      told[hash.entry] = hash.hash
      guard copy.isAsync, movement.synchronization(of: copy, .doc).completion == .none,
        sources.count < Self.limit
      else { continue }
      sources[hash.token] = Source(
        hash: hash.hash, bytes: hash.bytes, copy: submitted, range: range, object: source.object?.id,
        isHabit: movement.synchronization(of: copy, .observed).completion >= .sourceRead)
    }
    return told
  }
}

extension Replay {
  /// Follows the newest call in what is known of sources.
  func followSources() {
    let known = timelines.hostKnowledge
    pendingSources.follow(step, learned: timelines.learned ?? [])
    step.sourceHashes = pendingSources.take(step, hostKnows: known.doc) { source in
      guard completeness.isGapless, let submitted = step.submitted, !timelines[submitted.epoch.slot].isOpaque
      else { return false }
      var bytes = source.footprint
      if source.object == nil {
        bytes.object = HostUses.pageableObject
        return hosts.pageable.conflicts(of: bytes, isWrite: false, knowing: known).isEmpty
      }
      guard let tracked = source.tracked else { return false }
      return shadow.conflicts(of: tracked, isWrite: false, knowing: known).allSatisfy {
        $0.access.operation >= 0 && shadow.operations[$0.access.operation] === submitted
      }
    }
  }
}

extension Snapshot {
  /// Whether the operation with `epoch` is complete once this is, on hardware.
  fileprivate func covers(_ epoch: Epoch) -> Bool {
    (self.epoch.slot == epoch.slot && self.epoch.count >= epoch.count) || knowledge.observed.knows(epoch)
  }
}

extension Movement {
  /// How many bytes the rows have in all; of impossible rows any number.
  fileprivate var rowBytes: UInt64 { extent.width &* extent.height &* extent.depth }
}
