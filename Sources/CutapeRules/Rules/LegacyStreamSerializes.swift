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
  static let facts: Facts = [.movements, .launches, .synchronizations]

  /// What a stream was given since it last met the others: the ids of the objects; nil: anything.
  private typealias Touched = Set<Int>?
  private static let limit = 64

  private var busy: [Int32: [Int: Touched]] = [:]
  /// The legacy operation after which no blocking stream has got work yet.
  private var barriers: [Int32: SubmittedOperation] = [:]
  private var tally = Tally()

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    let step = replay.step
    guard let submitted = step.submitted, let stream = step.stream else {
      if step.isHostWiser { wait(for: step) }
      return
    }
    if stream.isLegacy {
      let touched = Self.touched(by: step)
      let others = busy.removeValue(forKey: stream.device) ?? [:]
      barriers[stream.device] = nil
      guard others.count >= 2, let touched, step.event.site != 0 else { return }
      let isUnrelated = others.values.contains { $0?.isDisjoint(with: touched) ?? false }
      if isUnrelated { barriers[stream.device] = submitted }
    } else if !stream.isNonBlocking {
      if let barrier = barriers.removeValue(forKey: stream.device) {
        tally.add(barrier.event) { (replay.call(barrier), []) }
      }
      add(Self.touched(by: step), to: stream)
    }
  }

  private mutating func add(_ touched: Touched, to stream: StreamState) {
    var streams = busy.removeValue(forKey: stream.device) ?? [:]
    if let known = streams.removeValue(forKey: stream.id) {
      let union = known.flatMap { known in touched.map { known.union($0) } }
      streams[stream.id] = .some(union.flatMap { $0.count > Self.limit ? nil : $0 })
    } else {
      streams[stream.id] = .some(touched)
    }
    busy[stream.device] = streams
  }

  /// The host has waited: what it waited for is busy no more.
  private mutating func wait(for step: Step) {
    barriers = [:]
    if case .synchronizeStream = step.operation, let stream = step.stream, !stream.isLegacy {
      busy[stream.device]?[stream.id] = nil
    } else {
      busy = [:]
    }
  }

  private static func touched(by step: Step) -> Touched {
    if case .launch(let launch) = step.operation, launch.pointers == nil { return nil }
    var objects = Set(step.pointers.compactMap { $0.object?.id })
    for movement in step.movements {
      for (_, side) in movement.sides {
        if let object = side.object { objects.insert(object.id) }
      }
    }
    return objects
  }

  mutating func finish(_ replay: Replay, _ reporter: inout Reporter) {
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
