import CutapeEmulator
import CutapeReplay
import CutapeTrace

/// Memory of one size is allocated and freed again and again at one call site.
///
/// What counts is an allocation for which memory of the same size and call site was freed before: many buffers that are
/// made, and then all freed, are none. Stream-ordered memory comes from a pool and is made for this.
struct AllocationChurn: Rule {
  static let page = RulePage(
    code: "CT910", name: "allocation-churn", severity: .perf,
    summary: "the same size is allocated and freed again and again at one call site",
    what: """
      At least thirty-two allocations at one call site asked for a size that had been freed shortly before: the memory \
      could have been kept.
      """,
    why: """
      Allocating takes from ten microseconds to milliseconds, and freeing waits for all work of the device. \
      Page-locked memory is dearer still.
      """,
    example: """
      repeat 33
      d1 = cudaMalloc(0x100000)
      scale<<<0>>>(d1)
      cudaFree(d1)
      end
      """,
    instead: """
      d1 = cudaMalloc(0x100000)
      repeat 33
      scale<<<0>>>(d1)
      end
      cudaDeviceSynchronize()
      cudaFree(d1)
      """,
    reference: "CUDA C++ Programming Guide, \"Stream Ordered Memory Allocator\"", since: "0.1")
  static let facts: Facts = [.allocations, .releases]

  private struct Key: Hashable {
    var function: UInt16
    var site: Int
    var size: UInt64
  }

  private struct Group {
    /// The first allocation for which memory had been freed.
    var call: Finding.Call?
    var size: UInt64
    /// How many were freed and not asked for again.
    var unused = 0
    var repeats = 0
    /// Nanoseconds in the allocations and releases.
    var time: Int64 = 0
  }

  private static let least = 32
  /// How many pairs of site and size are followed.
  private static let limit = 1 << 14
  private var groups: [Group] = []
  private var indexes: [Key: Int] = [:]
  /// The group of each live object.
  private var owners: [Int: Int] = [:]

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    guard replay.step.succeeded else { return }
    switch replay.step.operation {
    case .allocate(let allocation) where allocation.kind == .async: return
    case .allocate, .allocateArray:
      if let object = replay.allocated { add(object, replay) }
    case .free:
      guard let object = replay.step.released, let group = owners.removeValue(forKey: object.id) else {
        return
      }
      groups[group].unused += 1
      groups[group].time &+= replay.step.event.duration ?? 0
    default: break
    }
  }

  private mutating func add(_ object: MemoryObject, _ replay: Replay) {
    let event = replay.step.event
    guard event.site != 0 else { return }
    let key = Key(function: event.function, site: event.site, size: object.byteCount)
    let index: Int
    if let known = indexes[key] {
      index = known
    } else {
      guard groups.count < Self.limit else { return }
      index = groups.count
      indexes[key] = index
      groups.append(Group(size: key.size))
    }
    owners[object.id] = index
    groups[index].time &+= event.duration ?? 0
    guard groups[index].unused > 0 else { return }
    groups[index].unused -= 1
    groups[index].repeats += 1
    if groups[index].call == nil { groups[index].call = replay.call }
  }

  mutating func finish(_ replay: Replay, _ reporter: inout Reporter) {
    for group in groups where group.repeats >= Self.least {
      guard let call = group.call else { continue }
      var finding = Finding(
        Self.self, .perf, .again(group.size, group.repeats), call: call,
        notes: group.time > 0 ? [.took(group.time)] : [], help: .keep)
      finding.count = group.repeats
      reporter.report(finding)
    }
  }
}

extension Message {
  fileprivate static func again(_ size: UInt64, _ count: Int) -> Message {
    "\(Self.size(size)) were allocated here \(count) times after the same had been freed"
  }

  fileprivate static func took(_ time: Int64) -> Message {
    "allocating and freeing took \(Units.time(time)) in all"
  }

  fileprivate static let keep: Message =
    "keep the memory from step to step, or use cudaMallocAsync, which has a pool"
}
