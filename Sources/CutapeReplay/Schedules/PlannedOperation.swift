import CutapeEmulator
import CutapeTrace

/// An operation that can run in any legal order: what it comes after, and what it does to contents.
package final class PlannedOperation: Sendable {
  /// The number of the operation, from 1 in the order of submission.
  package let serial: Int
  package let operation: SubmittedOperation
  /// What has to run before it, under the profile of the schedules.
  let known: Clock
  let deeds: [Deed]
  /// Whether it is something that the host did by itself: it comes before all that was submitted later.
  package let isOfHost: Bool

  /// What it does, one step after the other.
  enum Deed {
    /// Moves bytes. A side that is nil is memory that CUDA does not know. `isToHost`: the program gets to see them.
    /// `hash`: that of the source, where it is host memory and the trace tells.
    case copy(to: Footprint?, from: Footprint?, isFromHost: Bool, isToHost: Bool, entry: Int, hash: UInt64?)
    case fill(Footprint, Pattern)
    /// Makes new contents of all bytes of some objects, out of those of others. `isCertain`: it is said to write them.
    case kernel(reads: [Footprint], writes: [Footprint], isCertain: Bool)
    /// The host writes the bytes, or looks at them.
    case host(Footprint, isWrite: Bool, entry: Int)
    /// Writes what is not known into these bytes.
    case smear([Footprint])
    /// May have written anything.
    case smearAll
  }

  init(
    serial: Int, operation: SubmittedOperation, known: Clock, deeds: [Deed], isOfHost: Bool = false
  ) {
    self.serial = serial
    self.operation = operation
    self.known = known
    self.deeds = deeds
    self.isOfHost = isOfHost
  }

  /// Whether it comes before `other` in every legal order.
  func isBefore(_ other: PlannedOperation) -> Bool {
    if isOfHost { return serial < other.serial }
    let epoch = operation.epoch
    return other.operation.epoch.slot == epoch.slot
      ? epoch.count < other.operation.epoch.count : other.known.knows(epoch)
  }

  /// Whether each of the two may come first.
  func isUnordered(with other: PlannedOperation) -> Bool {
    self !== other && !isBefore(other) && !other.isBefore(self)
  }

  /// Whether it is a kernel of which it is not known what it touched.
  var isUncertain: Bool {
    deeds.contains {
      switch $0 {
      case .kernel(_, _, let isCertain): !isCertain
      case .smearAll: true
      case .copy, .fill, .host, .smear: false
      }
    }
  }

  /// Whether it is a kernel whose pointers are known.
  var isKernel: Bool { deeds.contains { if case .kernel = $0 { true } else { false } } }

  /// The objects that it touches.
  var objects: Set<Int> {
    var found: Set<Int> = []
    for deed in deeds {
      switch deed {
      case .copy(let to, let from, _, _, _, _): found.formUnion([to, from].compactMap { $0?.object })
      case .fill(let footprint, _), .host(let footprint, _, _):
        if let object = footprint.object { found.insert(object) }
      case .kernel(let reads, let writes, _): found.formUnion((reads + writes).compactMap(\.object))
      case .smear(let footprints): found.formUnion(footprints.compactMap(\.object))
      case .smearAll: break
      }
    }
    return found
  }
}

extension PlannedOperation: Hashable {
  package static func == (left: PlannedOperation, right: PlannedOperation) -> Bool { left === right }
  package func hash(into hasher: inout Hasher) { hasher.combine(serial) }
}

extension Submission {
  /// What the operation does to contents, with kernels taken as `kernels` says. `hashes`: of sources, by their entry.
  func deeds(_ kernels: KernelModel, _ hashes: [Int: UInt64]) -> [PlannedOperation.Deed] {
    if let launch {
      guard launch.pointers != nil else { return [.smearAll] }
      return kernel(kernels)
    }
    if movements.isEmpty {
      // Discards and whatever else leaves bytes undefined. An allocation writes all of its object for the sake of
      // order alone.
      let undefined = operation.operands.others.filter(\.isWrite).map(\.footprint)
      return undefined.isEmpty ? [] : [.smear(undefined)]
    }
    return movements.enumerated().compactMap { entry, movement in
      guard !movement.extent.isEmpty else { return nil }
      guard let source = movement.source else {
        return movement.destination.tracked.flatMap { bytes in movement.pattern.map { .fill(bytes, $0) } }
      }
      let isToHost = movement.destination.memory.isHost || movement.destination.memory == .managed
      return .copy(
        to: movement.destination.tracked, from: source.tracked,
        isFromHost: source.memory.isHost || source.memory == .managed, isToHost: isToHost, entry: entry,
        hash: hashes[entry])
    }
  }

  private func kernel(_ kernels: KernelModel) -> [PlannedOperation.Deed] {
    var reads: [Footprint] = []
    var writes: [Footprint] = []
    // Of one with arguments that are perhaps pointers it is not known what it touches.
    let isCertain = kernels == .write && !pointers.contains { $0.pointer.isGuess }
    for (pointer, object) in pointers {
      guard let object, object.isAlive else { continue }
      let all = Footprint(all: object)
      // A kernel that only may write depends on all that it may read.
      if pointer.isConst || !isCertain { reads.append(all) }
      if !pointer.isConst { writes.append(all) }
    }
    return writes.isEmpty ? [] : [.kernel(reads: reads, writes: writes, isCertain: isCertain)]
  }
}
