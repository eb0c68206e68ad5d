/// What a scan over the calls of a trace adds up to.

import CutapeTrace

/// Counts of calls by what they do.
struct CallCounts {
  /// Calls by where they were made: of the runtime, or of the driver by itself.
  struct Levels: Hashable {
    var runtime = 0
    var driver = 0
    /// Copies among those of the driver.
    var driverCopies = 0
    var all: Int { runtime + driver }

    static func += (sum: inout Levels, other: Levels) {
      sum.runtime += other.runtime
      sum.driver += other.driver
      sum.driverCopies += other.driverCopies
    }
  }

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
  /// By call site, 0 where it is not known.
  private(set) var bySite: [Int: Levels] = [:]
  /// Calls by how their functions were found.
  private(set) var byWay: [Way: Int] = [:]
  private(set) var byThread: [Int: Int] = [:]
  /// The call stacks that calls have.
  private(set) var stacks: Set<Int> = []
  /// The ordinals that the program chose with `cudaSetDevice`; device 0 is current before that.
  private(set) var devices: Set<Int32> = []
  /// Calls of unsupported functions, by function.
  private(set) var unsupportedByName: [String: Int] = [:]

  var levels: Levels { bySite.values.reduce(into: Levels(), +=) }

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
    if event.stack != 0 { stacks.insert(event.stack) }
    if event.isInFlight { inFlight += 1 }
    guard let function else { return }
    countLevel(event, function)
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

  private mutating func countLevel(_ event: Event, _ function: Function) {
    guard !function.effect.isOfHost else { return }
    byWay[event.way, default: 0] += 1
    if function.isDriver {
      bySite[event.site, default: Levels()].driver += 1
      if function.effect.isCopy || function.effect == .copyBatch {
        bySite[event.site, default: Levels()].driverCopies += 1
      }
    } else {
      bySite[event.site, default: Levels()].runtime += 1
    }
  }
}
