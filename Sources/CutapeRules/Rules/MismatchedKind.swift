import CutapeEmulator
import CutapeReplay
import CutapeTrace

/// An operand is in memory that the kind of the copy rules out.
struct MismatchedKind: Rule {
  static let page = RulePage(
    code: "CT106", name: "mismatched-kind", severity: .error,
    summary: "an operand of a copy is in memory that its kind rules out",
    what: """
      The kind says which side is on the host and which on a device. Device memory on the host's side, or ordinary host \
      memory on the device's, is undefined. Pinned and managed memory is reached from both sides: there it is a \
      warning, because the copy works but may synchronise differently.
      """,
    why: "Some drivers do what was meant, some refuse the copy, and the answer changes with the driver.",
    example: """
      d1 = cudaMalloc(4096)
      d2 = cudaMalloc(4096)
      cudaMemset(d1, 0, 4096)
      cudaMemcpy(d2, d1, 4096, H2D)
      """,
    instead: """
      d1 = cudaMalloc(4096)
      d2 = cudaMalloc(4096)
      cudaMemset(d1, 0, 4096)
      cudaMemcpy(d2, d1, 4096, Default)
      """,
    reference: "CUDA Runtime API, cudaMemcpy: pointers \"that do not match the direction of the copy\"",
    since: "0.1")
  static let facts: Facts = [.oddities]

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    guard replay.knowsLiveMemory else { return }
    for movement in replay.step.movements where movement.copy != nil && movement.hasKnownKind {
      var severity: Severity?
      var first: Message?
      for (role, side) in movement.sides where movement.namesBytes(side) && !side.isArray && !side.isSymbol {
        guard let mismatch = Self.severity(of: side, as: Demand(role, of: movement)), let object = side.object
        else { continue }
        if first == nil || mismatch > (severity ?? .info) {
          severity = mismatch
          first = .mismatch(role, object.name, object.kind, isAsked: Demand(role, of: movement))
        }
      }
      guard let severity, let first else { continue }
      reporter.report(
        Finding(
          Self.self, severity, first, call: replay.call,
          allocations: movement.sides.compactMap { $0.side.object }.map(replay.origin),
          notes: (severity == .warning ? [.worksByUnifiedAddressing] : []) + replay.notes(on: movement),
          help: .useDefault))
    }
  }

  /// How wrong `side` is where the kind demands something; nil when it is right.
  static func severity(of side: Side, as demand: Demand) -> Severity? {
    guard let object = side.object, side.isAlive else { return nil }
    switch (demand, object.kind) {
    case (.host, .device), (.host, .async), (.host, .mapped): return .error
    case (.host, .managed): return .warning
    // Where the program asked for the device's address of host memory, it may well mean the device's side.
    case (.device, .pinned), (.device, .registered): return object.deviceAlias == nil ? .warning : nil
    case (.host, .pinned), (.host, .registered), (.device, .device), (.device, .async), (.device, .managed),
      (.device, .mapped), (.anywhere, _), (_, .array), (_, .symbol), (_, .physical):
      return nil
    }
  }
}

extension Message {
  fileprivate static func mismatch(
    _ role: OperandRole, _ name: String, _ kind: MemoryObject.Kind, isAsked demand: Demand
  ) -> Message {
    let asked = demand == .host ? "host memory" : "device memory"
    return "the kind asks for \(asked) as \(role.noun), and \(name) is \(memory(kind))"
  }

  private static func memory(_ kind: MemoryObject.Kind) -> String {
    switch kind {
    case .device, .async, .symbol, .physical, .mapped: "device memory"
    case .managed: "managed memory"
    case .pinned: "pinned host memory"
    case .registered: "registered host memory"
    case .array: "an array"
    }
  }

  fileprivate static let worksByUnifiedAddressing: Message =
    "it works because both sides can reach the memory; how the call synchronises may differ"
  fileprivate static let useDefault: Message = "pass cudaMemcpyDefault: the runtime knows where the memory is"
}
