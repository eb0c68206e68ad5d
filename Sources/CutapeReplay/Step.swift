package import CutapeEmulator
package import CutapeTrace

/// What a recording can be trusted with.
package struct Completeness: Sendable, Hashable {
  /// Calls that could not be recorded. A lost call may have been an allocation, a release or the edge between two
  /// operations, so nothing that depends on what is missing is judged.
  package var lost: Int
  /// Whether the recording saw the program from its first call. If not, memory of before is unknown.
  package var isFromStart: Bool
  /// Whether the recording saw what the program did last. If not, that nothing follows a call is no fact.
  package var isToEnd: Bool

  package init(lost: Int = 0, isFromStart: Bool = true, isToEnd: Bool = true) {
    self.lost = lost
    self.isFromStart = isFromStart
    self.isToEnd = isToEnd
  }

  package var isGapless: Bool { lost == 0 }
}

/// What is assumed of kernels, which are not executed.
package enum KernelModel: String, Sendable, Hashable, CaseIterable {
  /// A kernel may touch what its pointers point into: enough to silence a finding, not to make one.
  case may
  /// A kernel writes every allocation that a pointer argument points into, and reads those of pointers to const.
  case write
}

/// One call after replay has followed it: the facts that rules judge.
///
/// It is a class since it is large and every rule asks for it, and there is one for all calls: what is to outlive the call
/// has to be copied out of it.
package final class Step {
  package private(set) var event = Event(number: 0, function: 0)
  package private(set) var function = Function(id: 0, name: "", effect: .neutral, fields: [])
  package private(set) var operation = Operation.neutral
  package private(set) var caller = Caller(thread: 0, number: 0)
  /// The code that the emulator gives for the call.
  package internal(set) var judged: Int32 = 0
  /// Whether the recorded code can be right although the emulator gives another.
  package internal(set) var isPlausible = true
  /// Whether the call was captured: it became a node of a graph, or an edge, and executed nothing.
  package internal(set) var isCaptured = false
  /// Whether the call executes nothing of what it names: it was captured, or makes or sets a node of a graph.
  package internal(set) var isDeferred = false
  /// The copies and memsets of the call: one, or the entries of a batch; those that the nodes of a graph will make too.
  package internal(set) var movements: [Movement] = []
  /// The kernel's pointer arguments.
  package internal(set) var pointers: [(pointer: Launch.Pointer, object: MemoryObject?)] = []
  /// The nodes that a launch of a graph ran, in an order in which they may run.
  package internal(set) var launched: [LaunchedNode] = []
  /// Whether it is known which nodes a launch ran: the graph was seen made.
  package internal(set) var knowsLaunched = false
  /// Those that name memory which is not what it was.
  package internal(set) var outlived: [OutlivedNode] = []
  /// Those that name the stack of a function that has returned since the call that was captured.
  package internal(set) var leftNodes: [LaunchedNode] = []
  /// What the node of an executable graph moved, before the call set it to something else.
  package internal(set) var retargeted: Movement?
  /// The capture that the call has made invalid, or ended without a graph.
  package internal(set) var invalidated: CaptureState?
  /// The object that a release names, as it was before the call.
  package internal(set) var released: MemoryObject?
  /// Operations that the call is not ordered with.
  package internal(set) var conflicts: [Conflict] = []
  /// Bytes that the call reads and nothing can have written.
  package internal(set) var unwritten: [Unwritten] = []
  /// Bytes that the call reads, and that a discard left undefined.
  package internal(set) var discarded: [Discarded] = []
  /// The event that the call waits for although it was never recorded.
  package internal(set) var unrecorded: EventState?
  /// The name and id of the stream that the call acts in.
  package internal(set) var stream: StreamState?
  /// The call as an operation of its stream; nil when it was not one.
  package internal(set) var submitted: SubmittedOperation?
  /// Whether the host knows of more finished work after the call than before: a synchronisation that learns nothing
  /// had nothing to wait for.
  package internal(set) var isHostWiser = false

  /// Hashes of sources in host memory, by the entry of the batch; only those that tell what was copied.
  package internal(set) var sourceHashes: [Int: UInt64] = [:]
  /// A source that was found to be changed while its copy could still read it.
  package internal(set) var changedSource: ChangedSource?
  /// Copies that used the stack of a function that has returned by now.
  package internal(set) var leftFrames: [LeftFrame] = []

  /// Whether it is known what the call returned: it was recorded in full.
  package private(set) var returned = true
  package private(set) var succeeded = true

  /// Whether the call runs kernels: it launches one, or a graph that may have some.
  package var runsKernels: Bool {
    switch operation {
    case .launch: !isDeferred
    case .graph(.launch):
      !isDeferred
        && (!knowsLaunched
          || launched.contains { if case .launch = $0.operation.node?.action { true } else { false } })
    default: false
    }
  }

  package struct Unwritten: Sendable {
    package var object: MemoryObject
    package var overlap: Overlap
    /// The bytes that were read in all.
    package var footprint: Footprint
    /// The operation that reads them: the step's own, or a node of the graph that it launches.
    package var operation: SubmittedOperation
  }

  package struct Discarded: Sendable {
    package var object: MemoryObject
    package var overlap: Overlap
    /// The bytes that were read in all.
    package var footprint: Footprint
    /// The copy, or the node of a launch, that reads them.
    package var operation: SubmittedOperation
    package var discard: SubmittedOperation
  }

  /// Begins another call: nothing is left of the one before.
  func begin(_ event: Event, _ function: Function, _ operation: Operation) {
    self.event = event
    self.function = function
    self.operation = operation
    caller = Caller(
      thread: event.thread, isDriver: function.isDriver, number: event.number)
    returned = !event.isInFlight
    succeeded = returned && event.result == ErrorCode.success
    judged = 0
    isPlausible = true
    isCaptured = false
    isDeferred = false
    movements.removeAll(keepingCapacity: true)
    // Most calls have none of these: looking costs less than putting one empty list in place of another.
    if !pointers.isEmpty { pointers = [] }
    if !launched.isEmpty { launched = [] }
    if !outlived.isEmpty { outlived = [] }
    if !leftNodes.isEmpty { leftNodes = [] }
    if !conflicts.isEmpty { conflicts = [] }
    if !unwritten.isEmpty { unwritten = [] }
    if !discarded.isEmpty { discarded = [] }
    if !sourceHashes.isEmpty { sourceHashes = [:] }
    if !leftFrames.isEmpty { leftFrames = [] }
    knowsLaunched = false
    retargeted = nil
    invalidated = nil
    released = nil
    unrecorded = nil
    stream = nil
    submitted = nil
    isHostWiser = false
    changedSource = nil
  }
}
