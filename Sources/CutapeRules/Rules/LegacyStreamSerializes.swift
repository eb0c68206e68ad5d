import CutapeEmulator
import CutapeReplay
import CutapeTrace

/// An operation in the legacy stream stands between the work of two or more blocking streams, in a loop.
///
/// Only where the operation has nothing to do with at least one of the streams: what touches the same memory may be
/// meant as a barrier. A kernel whose arguments are not known may touch anything.
struct LegacyStreamSerializes: Rule {
  static let page = RulePage(
    code: "CT908", name: "legacy-stream-serializes", severity: .perf,
    summary: "an operation in the legacy stream separates the work of blocking streams, again and again",
    what: """
      The legacy default stream waits for all blocking streams of its device, and they wait for it. Two or more of them \
      were busy before the operation and got work after it, and the operation does not use the data of them all.
      """,
    why: "Streams were made so that their work overlaps. At each such operation they wait for each other.",
    example: """
      d1 = cudaMalloc(64)
      d2 = cudaMalloc(64)
      d3 = cudaMalloc(64)
      s1 = cudaStreamCreate()
      s2 = cudaStreamCreate()
      repeat 10
      scale<<<s1>>>(d1)
      scale<<<s2>>>(d2)
      cudaMemsetAsync(d3, 0, 64, 0)
      end
      """,
    instead: """
      d1 = cudaMalloc(64)
      d2 = cudaMalloc(64)
      d3 = cudaMalloc(64)
      s1 = cudaStreamCreate()
      s2 = cudaStreamCreate()
      s3 = cudaStreamCreate()
      repeat 10
      scale<<<s1>>>(d1)
      scale<<<s2>>>(d2)
      cudaMemsetAsync(d3, 0, 64, s3)
      end
      """,
    reference: "CUDA Runtime API, \"Stream synchronization behavior\", Legacy default stream", since: "0.1")
  static let facts: Facts = [.blockingStreams, .synchronizations]

  /// What a stream was given since it last met the others.
  private struct Work {
    var device: Int32
    var stream: Int
    /// The ids of the objects; nil: anything.
    var objects: [Int]? = []

    mutating func add(_ step: Step) {
      if case .launch(let launch) = step.operation, launch.pointers == nil { objects = nil }
      if case .graph(.launch) = step.operation, !step.knowsLaunched { objects = nil }
      for (_, object) in step.pointers { if let object { add(object.id) } }
      for movement in step.movements { add(movement) }
      for node in step.launched {
        for (_, object) in node.pointers { if let object { add(object.id) } }
        if let movement = node.movement { add(movement) }
      }
    }

    private mutating func add(_ movement: Movement) {
      for (_, side) in movement.sides { if let object = side.object { add(object.id) } }
    }

    private mutating func add(_ object: Int) {
      guard objects?.contains(object) == false else { return }
      if objects?.count == LegacyStreamSerializes.limit { objects = nil }
      objects?.append(object)
    }

    /// Whether it is sure that the other uses nothing of this.
    func isUnrelated(to other: Work) -> Bool {
      guard let objects, let others = other.objects else { return false }
      return !objects.contains { others.contains($0) }
    }
  }

  private static let limit = 64

  private var busy: [Work] = []
  /// The legacy operation after which no blocking stream of the device has got work yet.
  private var barriers: [Int32: SubmittedOperation] = [:]
  private var tally = Tally()

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    guard replay.step.submitted != nil, let stream = replay.step.stream else {
      if replay.step.isHostWiser { wait(for: replay.step) }
      return
    }
    if stream.isLegacy {
      meet(replay, stream)
    } else if !stream.isNonBlocking {
      if !barriers.isEmpty, let barrier = barriers.removeValue(forKey: stream.device) {
        tally.add(barrier.event) { (replay.call(barrier), []) }
      }
      let known = busy.firstIndex { $0.stream == stream.id }
      if known == nil { busy.append(Work(device: stream.device, stream: stream.id)) }
      busy[known ?? busy.count - 1].add(replay.step)
    }
  }

  /// An operation in the legacy stream: the blocking streams of the device wait for each other.
  private mutating func meet(_ replay: Replay, _ stream: StreamState) {
    barriers[stream.device] = nil
    guard !busy.isEmpty else { return }
    let others = busy.filter { $0.device == stream.device }
    busy.removeAll { $0.device == stream.device }
    guard others.count >= 2, replay.step.event.site != 0 else { return }
    var own = Work(device: stream.device, stream: stream.id)
    own.add(replay.step)
    if others.contains(where: { $0.isUnrelated(to: own) }) {
      barriers[stream.device] = replay.step.submitted
    }
  }

  /// The host has waited: what it waited for is busy no more.
  private mutating func wait(for step: Step) {
    barriers = [:]
    if case .synchronizeStream = step.operation, let stream = step.stream, !stream.isLegacy {
      busy.removeAll { $0.stream == stream.id }
    } else {
      busy = []
    }
  }

  mutating func finish(_ replay: Replay, _ reporter: inout Reporter) {
    guard replay.completeness.isGapless, replay.completeness.isFromStart else { return }
    for entry in tally.entries where entry.count >= Threshold.loop {
      reporter.report(Finding(Self.self, .separates(entry.count), entry, help: .ownStream))
    }
  }
}

extension Message {
  fileprivate static func separates(_ count: Int) -> Message {
    "an operation in the legacy stream made busy streams wait for each other \(count) times"
  }

  fileprivate static let ownStream: Message =
    "give it a stream of its own, or make the streams with cudaStreamNonBlocking and order them by events"
}
