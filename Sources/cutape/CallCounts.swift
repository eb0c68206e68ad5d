/// What a scan over the calls of a trace adds up to.

import CutapeTrace

/// Counts of calls by what they do.
struct CallCounts {
  private(set) var all = 0
  private(set) var copies = 0
  private(set) var fills = 0
  private(set) var launches = 0
  private(set) var allocations = 0
  private(set) var failed = 0
  private(set) var inFlight = 0
  /// Calls of the driver that the runtime made inside other calls; not among ``all``.
  private(set) var parts = 0
  /// Sources of copies of which the trace has a hash.
  private(set) var hashedSources = 0
  private(set) var hashedBytes: UInt64 = 0
  private(set) var byThread: [Int: Int] = [:]
  /// The ordinals that the program chose with `cudaSetDevice`; device 0 is current before that.
  private(set) var devices: Set<Int32> = []
  /// Calls of unsupported functions, by function.
  private(set) var unsupportedByName: [String: Int] = [:]

  var unsupported: Int { unsupportedByName.values.reduce(0, +) }

  mutating func add(_ event: Event, _ function: Function?) {
    if let function, function.effect.isInternal {
      if case .submitted(_, _, let bytes, _)? = SourceHash(event, function) {
        hashedSources += 1
        hashedBytes &+= bytes
      }
      return
    }
    guard !event.isPart else {
      parts += 1
      return
    }
    all += 1
    byThread[event.thread, default: 0] += 1
    if event.isInFlight { inFlight += 1 }
    guard let function else { return }
    if event.result != 0, !event.isInFlight, function.effect.returnsError { failed += 1 }
    switch function.effect {
    case let effect where effect.isCopy: copies += 1
    case .copyBatch, .copyBatch3D: copies += 1
    case let effect where effect.isFill: fills += 1
    case .launch: launches += 1
    case .allocateDevice, .allocatePitched, .allocateManaged, .allocateHost, .allocateArray, .allocateAsync:
      allocations += 1
    case .setDevice:
      if event.result == 0, let index = function.index(of: .device), index < event.arguments.count {
        devices.insert(Int32(truncatingIfNeeded: event.arguments[index]))
      }
    case .unsupported, .unsupportedNode: unsupportedByName[function.name, default: 0] += 1
    default: break
    }
  }
}
