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

/// What is remarkable about a call: rules are asked only where there is something to see.
package struct Facts: OptionSet, Sendable {
  package var rawValue: UInt32
  package init(rawValue: UInt32) { self.rawValue = rawValue }

  /// A copy or a memset, right or wrong. One that becomes a node of a graph is ``planned``.
  package static let movements = Facts(rawValue: 1)
  /// Memory is freed or unregistered.
  package static let releases = Facts(rawValue: 2)
  /// The call is unordered with an earlier one.
  package static let conflicts = Facts(rawValue: 4)
  /// The call reads what nothing wrote.
  package static let unwritten = Facts(rawValue: 8)
  /// A wait for an event that was not recorded, or a record of an event.
  package static let events = Facts(rawValue: 16)
  /// The recorded code cannot be what this call gives.
  package static let divergence = Facts(rawValue: 32)
  /// A kernel launch, or a launch of a graph.
  package static let launches = Facts(rawValue: 64)
  /// Every call.
  package static let all = Facts(rawValue: 128)
  /// Memory is allocated.
  package static let allocations = Facts(rawValue: 256)
  /// A stream, an event, a graph or an executable graph is made or destroyed.
  package static let handles = Facts(rawValue: 512)
  /// The host waits for the device, or asks whether it is done.
  package static let synchronizations = Facts(rawValue: 1024)
  /// The call returned an error.
  package static let failures = Facts(rawValue: 2048)
  /// A copy or a memset with something about its operands to look at: it is not ``Movement/isOrdinary``. One that
  /// becomes a node of a graph is among them.
  package static let oddities = Facts(rawValue: 4096)
  /// A copy or a memset becomes a node of a graph: it is captured, or the node is made or set by hand.
  package static let planned = Facts(rawValue: 8192)
  /// A node of a graph that is launched names memory that is not what it was.
  package static let outlived = Facts(rawValue: 16384)
  /// A capture has become invalid, or ended without a graph.
  package static let invalidations = Facts(rawValue: 32768)

  /// A function has returned whose stack a copy may still use.
  package static let leftFrames = Facts(rawValue: 8192)
  /// The call reads what a discard left undefined.
  package static let discarded = Facts(rawValue: 16384)

  /// A source was changed while its copy could still read it.
  package static let changedSources = Facts(rawValue: 16384)

  init(_ step: Step) {
    self = []
    if step.event.isPart { return }
    if !step.function.effect.isInternal { insert(.all) }
    if !step.leftFrames.isEmpty { insert(.leftFrames) }
    if step.changedSource != nil { insert(.changedSources) }
    if !step.movements.isEmpty {
      insert(step.isDeferred ? .planned : .movements)
      if step.movements.contains(where: { !$0.isOrdinary }) { insert(.oddities) }
    }
    if !step.conflicts.isEmpty { insert(.conflicts) }
    if !step.unwritten.isEmpty { insert(.unwritten) }
    if !step.discarded.isEmpty { insert(.discarded) }
    if !step.isPlausible { insert(.divergence) }
    if step.returned, step.event.result != ErrorCode.success { insert(.failures) }
    if !step.outlived.isEmpty || !step.leftNodes.isEmpty { insert(.outlived) }
    if step.invalidated != nil { insert(.invalidations) }
    guard !step.isCaptured else { return }
    switch step.operation {
    case .free, .unregister: insert(.releases)
    case .launch, .graph(.launch): insert(.launches)
    case .streamWaitEvent, .recordEvent: insert(.events)
    case .synchronizeEvent: formUnion([.events, .synchronizations])
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
