package import CutapeEmulator
package import CutapeTrace

/// An operation that was submitted to a stream, as findings show it later. It never changes: the shadow and some rules
/// keep it, by reference.
package final class SubmittedOperation: Sendable {
  package let event: Event
  /// The id of the stream in the emulator.
  package let stream: Int
  package let epoch: Epoch
  /// Its place among what was submitted to the stream: for a node that of the launch, else the epoch.
  package let place: Epoch
  /// What it writes and what it reads, in the order of its arguments.
  package let operands: Operands
  /// The node of a graph that it is; the event is then that of the launch.
  package let node: PlannedNode?

  init(
    event: Event, stream: Int, epoch: Epoch, operands: Operands, node: PlannedNode? = nil, place: Epoch? = nil
  ) {
    self.event = event
    self.stream = stream
    self.epoch = epoch
    self.operands = operands
    self.node = node
    self.place = place ?? epoch
  }

  /// The bytes of an operation. Two in place: an ordinary copy needs no heap memory.
  package struct Operands: Sendable {
    package var destination: Footprint?
    package var source: Footprint?
    /// The further entries of a batch, the pointer arguments of a kernel.
    package var others: [Other] = []

    var isEmpty: Bool { destination == nil && source == nil && others.isEmpty }

    package struct Other: Sendable {
      package var footprint: Footprint
      package var isWrite: Bool
    }
  }
}

/// The operations that the shadow still names. Others are dropped, so that memory follows what is unordered, not the
/// length of the trace.
struct OperationTable: Sendable {
  private(set) var all: [SubmittedOperation] = []
  /// How many there may be before those without a name are dropped.
  private(set) var limit = 1 << 16

  var isFull: Bool { all.count >= limit }

  mutating func append(_ operation: SubmittedOperation) -> Int32 {
    all.append(operation)
    return Int32(all.count - 1)
  }

  subscript(index: Int32) -> SubmittedOperation { all[Int(index)] }

  /// Drops the operations that are not `isNamed`; gives the new index of each.
  mutating func compact(_ isNamed: [Bool]) -> [Int32] {
    var numbers = [Int32](repeating: -1, count: all.count)
    var kept = 0
    for index in all.indices where isNamed[index] {
      if kept != index { all.swapAt(kept, index) }
      numbers[index] = Int32(kept)
      kept += 1
    }
    all.removeLast(all.count - kept)
    limit = max(1 << 16, kept * 2)
    return numbers
  }
}
