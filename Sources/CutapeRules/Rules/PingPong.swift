import CutapeEmulator
import CutapeReplay
import CutapeTrace

/// Bytes are downloaded, and uploaded again unchanged.
///
/// A trace does not show what the host does with its memory. So the download has to be asynchronous, into page-locked
/// memory, and the host must not have waited for anything between the two copies: then it cannot have changed the bytes.
/// A kernel, a host function or a call that is not modelled between them ends the question.
struct PingPong: Rule {
  static let page = RulePage(
    code: "CT905", name: "ping-pong", severity: .perf,
    summary: "bytes are downloaded and uploaded again without a chance to change",
    what: """
      The host has not waited for the download when the upload is submitted, so it has not seen the bytes, let alone \
      changed them, and no kernel ran between the two.
      """,
    why: """
      Both copies cross the bus. A copy inside the device is ten times as fast, and where the bytes go back to their \
      place, none is needed.
      """,
    example: """
      d1 = cudaMalloc(4096)
      d2 = cudaMalloc(4096)
      h1 = cudaMallocHost(4096)
      s1 = cudaStreamCreate()
      fill<<<s1>>>(d1)
      cudaMemcpyAsync(h1, d1, 4096, D2H, s1)
      cudaMemcpyAsync(d2, h1, 4096, H2D, s1)
      """,
    instead: """
      d1 = cudaMalloc(4096)
      d2 = cudaMalloc(4096)
      s1 = cudaStreamCreate()
      fill<<<s1>>>(d1)
      cudaMemcpyAsync(d2, d1, 4096, D2D, s1)
      """,
    reference: "CUDA C++ Best Practices Guide, \"Data Transfer Between Host and Device\"", since: "0.1")
  static let facts: Facts = [.actions]

  /// A download, and the contiguous bytes between which it went.
  private struct Download {
    var operation: SubmittedOperation
    var source: Footprint
    var destination: Footprint
  }

  /// Downloads of which the host cannot know that they are complete.
  private var downloads: [Download] = []
  private static let limit = 16
  private var sawKernel = false
  private var found: [Finding] = []

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    switch replay.step.operation {
    case .copy(let copy):
      guard replay.step.succeeded, let submitted = replay.step.submitted,
        let movement = replay.step.movements.first
      else {
        return
      }
      if !downloads.isEmpty { judge(submitted, replay) }
      if replay.step.isHostWiser { downloads = [] }
      guard copy.isAsync, movement.destination.memory == .pinned, movement.source?.memory == .device,
        let destination = submitted.operands.destination, destination.isContiguous,
        let source = submitted.operands.source, source.isContiguous
      else { return }
      if downloads.count == Self.limit { downloads.removeFirst() }
      downloads.append(Download(operation: submitted, source: source, destination: destination))
    case .fill:
      if let target = replay.step.submitted?.operands.destination { forget(overwrittenBy: target) }
      if replay.step.isHostWiser { downloads = [] }
    case .recordEvent, .streamWaitEvent, .createStream, .createEvent, .setDevice, .takeLastError,
      .peekLastError, .neutral:
      break
    case .launch:
      sawKernel = true
      downloads = []
    default: downloads = []
    }
  }

  private mutating func judge(_ upload: SubmittedOperation, _ replay: Replay) {
    guard let target = upload.operands.destination else { return }
    if let source = upload.operands.source, replay.step.conflicts.isEmpty,
      let index = downloads.indices.last(where: { downloads[$0].destination == source }),
      let from = downloads[index].source.object.flatMap(replay.emulator.space.object),
      let to = target.object.flatMap(replay.emulator.space.object), target.memory == .device,
      from.device == to.device, from.kind != .array, to.kind != .array
    {
      let isInPlace = downloads[index].source == target
      found.append(
        Finding(
          Self.self, .perf, .back(source.width, isInPlace: isInPlace), call: replay.call,
          related: [replay.call(downloads[index].operation)], help: isInPlace ? .leaveOut : .inside))
    }
    forget(overwrittenBy: target)
  }

  private mutating func forget(overwrittenBy target: Footprint) {
    for index in downloads.indices.reversed()
    where Self.meet(downloads[index].source, target) || Self.meet(downloads[index].destination, target) {
      downloads.remove(at: index)
    }
  }

  private static func meet(_ one: Footprint, _ other: Footprint) -> Bool {
    one.object == other.object && one.hull.overlaps(other.hull)
  }

  mutating func finish(_ replay: Replay, _ reporter: inout Reporter) {
    guard sawKernel, replay.completeness.isGapless else { return }
    for finding in found { reporter.report(finding) }
  }
}

extension Message {
  fileprivate static func back(_ bytes: UInt64, isInPlace: Bool) -> Message {
    "\(size(bytes)) that were just downloaded go back \(isInPlace ? "to where they came from" : "to the device") unchanged"
  }

  fileprivate static let leaveOut: Message = "leave the upload out: the bytes are there already"
  fileprivate static let inside: Message = "copy inside the device, with cudaMemcpyDeviceToDevice"
}
