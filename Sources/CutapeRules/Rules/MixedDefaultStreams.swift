import CutapeEmulator
import CutapeReplay
import CutapeTrace

/// Calls for the default stream mean the legacy stream in one place and the per-thread stream in another, and touch
/// the same bytes.
///
/// The two wait for each other, so it is no race. Only calls that leave the choice to how their file was compiled
/// count; one that names `cudaStreamPerThread` was meant.
struct MixedDefaultStreams: Rule {
  static let page = RulePage(
    code: "CT412", name: "mixed-default-streams", severity: .info,
    summary: "the legacy and the per-thread default stream, each by handle 0, touch the same bytes",
    what: """
      Stream 0 means the legacy stream in files that are compiled without `--default-stream per-thread` and the \
      thread's own stream in files that are compiled with it. The program has both, and they meet in the same bytes.
      """,
    why: """
      The two wait for each other, so each call in the legacy stream holds up the streams of all threads. What is \
      ordered by that breaks when the last file is compiled the other way.
      """,
    example: """
      d1 = cudaMalloc(4096)
      h1 = cudaMallocHost(4096)
      cudaMemsetAsync(d1, 0, 4096, 0)
      cudaMemcpyAsync_ptsz(h1, d1, 4096, D2H, 0)
      """,
    instead: """
      d1 = cudaMalloc(4096)
      h1 = cudaMallocHost(4096)
      cudaMemsetAsync_ptsz(d1, 0, 4096, 0)
      cudaMemcpyAsync_ptsz(h1, d1, 4096, D2H, 0)
      """,
    reference: "CUDA Runtime API, \"Stream synchronization behavior\": the per-thread default stream",
    since: "0.1")
  static let facts: Facts = [.defaultStreams, .releases]

  private struct Use {
    // Told in words only when they are part of a finding.
    var event: Event
    var movement: Movement
    var footprint: Footprint
    var isWrite: Bool
  }

  /// The last uses of one object through handle 0.
  private struct Uses {
    static let limit = 8
    var legacy: [Use] = []
    var perThread: [Use] = []

    /// The newest use in the other stream that `use` meets.
    func meeting(_ use: Use, isLegacy: Bool) -> Use? {
      (isLegacy ? perThread : legacy).last {
        ($0.isWrite || use.isWrite) && $0.footprint.overlap(use.footprint) != nil
      }
    }

    mutating func add(_ use: Use, isLegacy: Bool) {
      if isLegacy { Self.add(use, to: &legacy) } else { Self.add(use, to: &perThread) }
    }

    private static func add(_ use: Use, to uses: inout [Use]) {
      if uses.count == limit { uses.removeFirst() }
      uses.append(use)
    }
  }

  private var objects: [Int: Uses] = [:]
  /// Objects that were told of: once is enough.
  private var told: Set<Int> = []

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    let step = replay.step
    guard step.succeeded else { return }
    if let released = step.released { objects[released.id] = nil }
    guard let stream = step.stream, Self.isHandleZero(step) else { return }
    let isLegacy = stream.isLegacy
    guard isLegacy || step.event.variant != .plain else { return }
    for movement in step.movements {
      for (role, side) in movement.sides where movement.namesBytes(side) && side.isInside {
        guard let object = side.object, object.isAlive, !told.contains(object.id) else { continue }
        let use = Use(
          event: step.event, movement: movement, footprint: side.footprint, isWrite: role == .destination)
        guard let other = objects[object.id]?.meeting(use, isLegacy: isLegacy) else {
          objects[object.id, default: Uses()].add(use, isLegacy: isLegacy)
          continue
        }
        told.insert(object.id)
        objects[object.id] = nil
        reporter.report(
          Finding(
            Self.self, .info, .mixed(object.name), call: replay.call,
            related: [replay.call(other.event, other.movement)],
            allocations: [replay.origin(object)], help: .compileAlike))
      }
    }
  }

  /// Whether the call names its stream by 0, or by nothing.
  private static func isHandleZero(_ step: Step) -> Bool {
    guard let index = step.function.index(of: .stream), index < step.event.arguments.count else {
      return true
    }
    return step.event.arguments[index] == 0
  }
}

extension Message {
  fileprivate static func mixed(_ name: String) -> Message {
    "\(name) is used in the legacy default stream here and in a per-thread one there, both by handle 0"
  }

  fileprivate static let compileAlike: Message =
    "compile all files with the same --default-stream, or name the streams"
}
