import CutapeEmulator
package import CutapeReplay
import CutapeTrace

/// A rule: what is wrong with a call, and why.
///
/// A rule is one file: its type with a sentence of documentation, its page, its check, its messages. Rules read
/// what replay found and never change it. What a rule keeps for itself is a value that starts anew with each trace.
package protocol Rule: Sendable {
  static var page: RulePage { get }
  /// Which calls the rule wants to see.
  static var facts: Facts { get }
  init()
  /// Looks at the newest call of `replay`.
  mutating func check(_ replay: Replay, _ reporter: inout Reporter)
  /// Says what is known only at the end of the trace.
  mutating func finish(_ replay: Replay, _ reporter: inout Reporter)
}

extension Rule {
  package mutating func finish(_ replay: Replay, _ reporter: inout Reporter) {}
}

/// Something remarkable about a call: rules are asked only where there is something to see.
package enum Fact: UInt32, Sendable {
  /// Every call but those that make a stream or an event, record an event or wait for one in a stream, choose a device,
  /// ask for the last error or do nothing.
  case actions
  /// A copy or a memset, right or wrong. One that becomes a node of a graph is ``planned``.
  case movements
  /// A copy or a memset with something about its operands to look at: it is not ``Movement/isOrdinary``. One that
  /// becomes a node of a graph is among them.
  case oddities
  /// A copy or a memset becomes a node of a graph: it is captured, or the node is made or set by hand.
  case planned
  /// A copy with memory that CUDA does not know.
  case pageable
  /// A copy or a memset of more than one dimension.
  case rows
  /// A batch of copies.
  case batches
  /// A copy between two devices, or by a function that names two.
  case peers
  /// A copy or a memset in a default stream, as those are whose function takes none.
  case defaultStreams
  /// A copy, a memset or a launch in a stream that has to do with the legacy stream, or not known to be in any.
  case blockingStreams
  /// Memory is allocated.
  case allocations
  /// Memory is freed or unregistered.
  case releases
  /// The call is unordered with an earlier one.
  case conflicts
  /// The call reads what nothing wrote.
  case unwritten
  /// The call reads what a discard left undefined.
  case discarded
  /// A source was changed while its copy could still read it.
  case changedSources
  /// A function has returned whose stack a copy may still use.
  case leftFrames
  /// A wait for an event that was not recorded, or a record of an event.
  case events
  /// The host waits for the device, or asks whether it is done.
  case synchronizations
  /// A stream, an event, a graph or an executable graph is made or destroyed.
  case handles
  /// A kernel launch, or a launch of a graph.
  case launches
  /// A host function is queued.
  case hostFunctions
  /// A node of an executable graph is set to another copy or memset.
  case retargeted
  /// A node of a graph that is launched names memory that is not what it was.
  case outlived
  /// A capture has become invalid, or ended without a graph.
  case invalidations
  /// The call returned an error.
  case failures
  /// The call, or one before it, returned an error other than that work is not done.
  case afterFailure
  /// A device was reset by this call, or one before it.
  case afterReset
  /// The call may name what was destroyed: the emulator refuses it, or cannot be asked.
  case doubts
  /// The recorded code cannot be what this call gives.
  case divergence
}

/// What is remarkable about a call.
package struct Facts: ExpressibleByArrayLiteral, Hashable, Sendable {
  private var bits: UInt32 = 0

  package init(arrayLiteral facts: Fact...) {
    for fact in facts { insert(fact) }
  }

  private mutating func insert(_ fact: Fact) { bits |= 1 << fact.rawValue }

  func contains(_ fact: Fact) -> Bool { bits & 1 << fact.rawValue != 0 }

  func isDisjoint(with other: Facts) -> Bool { bits & other.bits == 0 }

  /// What is remarkable about the newest call of `replay`.
  init(_ replay: Replay) {
    self = []
    let step = replay.step
    if step.event.isPart { return }
    if !step.leftFrames.isEmpty { insert(.leftFrames) }
    if step.changedSource != nil { insert(.changedSources) }
    if step.function.effect.isInternal { return }
    if replay.sawFailure { insert(.afterFailure) }
    if !replay.resets.isEmpty { insert(.afterReset) }
    if !step.movements.isEmpty { insertMovements(step) }
    if step.retargeted != nil { insert(.retargeted) }
    if !step.conflicts.isEmpty { insert(.conflicts) }
    if !step.unwritten.isEmpty { insert(.unwritten) }
    if !step.discarded.isEmpty { insert(.discarded) }
    if !step.isPlausible { insert(.divergence) }
    if step.returned, step.event.result != ErrorCode.success { insert(.failures) }
    if step.judged != ErrorCode.success || step.isCaptured { insert(.doubts) }
    if !step.outlived.isEmpty || !step.leftNodes.isEmpty { insert(.outlived) }
    if step.invalidated != nil { insert(.invalidations) }
    insertOperation(step)
    if contains(.movements) || contains(.launches),
      step.submitted == nil || step.stream?.isNonBlocking != true
    {
      insert(.blockingStreams)
    }
  }

  private mutating func insertMovements(_ step: Step) {
    for movement in step.movements where !movement.isOrdinary { insert(.oddities) }
    guard !step.isDeferred else { return insert(.planned) }
    insert(.movements)
    if step.movements.count > 1 { insert(.batches) }
    if let stream = step.stream, stream.kind != .created { insert(.defaultStreams) }
    for movement in step.movements {
      if movement.extent.dimensions > 1 { insert(.rows) }
      guard let source = movement.source else { continue }
      if source.memory == .pageable || movement.destination.memory == .pageable { insert(.pageable) }
      if movement.copy?.peers != nil || source.object?.device != movement.destination.object?.device {
        insert(.peers)
      }
    }
  }

  private mutating func insertOperation(_ step: Step) {
    switch step.operation {
    case .recordEvent, .streamWaitEvent, .createStream, .createEvent, .setDevice, .takeLastError,
      .peekLastError, .neutral:
      break
    case .hostFunction:
      insert(.actions)
      insert(.hostFunctions)
    case .graph, .capture, .pool, .migrate:
      insert(.actions)
      insert(.doubts)
    default: insert(.actions)
    }
    guard !step.isCaptured else { return }
    switch step.operation {
    case .free, .unregister, .virtualMemory(.unmap), .virtualMemory(.release): insert(.releases)
    case .launch, .graph(.launch): insert(.launches)
    case .streamWaitEvent, .recordEvent: insert(.events)
    case .synchronizeEvent:
      insert(.events)
      insert(.synchronizations)
    case .synchronizeStream, .synchronizeDevice, .queryStream, .queryEvent, .resetDevice:
      insert(.synchronizations)
    case .allocate, .allocateArray: insert(.allocations)
    case .createStream, .destroyStream, .createEvent, .destroyEvent, .capture(.begin), .capture(.end),
      .graph(.create), .graph(.clone), .graph(.destroy), .graph(.instantiate), .graph(.destroyExec):
      insert(.handles)
    default: break
    }
  }
}

/// The page of a rule: what `cutape explain` prints, and what its test executes.
package struct RulePage: Sendable, Hashable {
  package var code: String
  package var name: String
  /// The worst severity that the rule gives.
  package var severity: Severity
  /// One sentence: the condition.
  package var summary: String
  package var what: String
  package var why: String
  /// A program in the scenario language that gives exactly this finding.
  package var example: String
  /// The same program mended: it gives none.
  package var instead: String
  /// Where the promise that was broken is written.
  package var reference: String
  /// The version of cutape that has it first.
  package var since: String

  package init(
    code: String, name: String, severity: Severity, summary: String, what: String, why: String,
    example: String,
    instead: String, reference: String, since: String
  ) {
    self.code = code
    self.name = name
    self.severity = severity
    self.summary = summary
    self.what = what
    self.why = why
    self.example = example
    self.instead = instead
    self.reference = reference
    self.since = since
  }
}
