import CutapeEmulator
import CutapeReplay
import CutapeTrace

/// An event is recorded in a stream of another device.
///
/// A thread may change its device by ways that are not recorded, so only a call that was refused is a finding.
struct ForeignStreamEvent: Rule {
  static let page = RulePage(
    code: "CT506", name: "foreign-stream-event", severity: .error,
    summary: "an event is recorded in a stream of another device",
    what: """
      An event belongs to the device that was current when it was created, and can be recorded only in streams of that \
      device. Waiting for it in streams of other devices is allowed.
      """,
    why: "The record is refused, and a later wait for the event waits for nothing.",
    example: """
      e1 = cudaEventCreate()
      cudaSetDevice(1)
      s1 = cudaStreamCreate()
      cudaEventRecord(e1, s1) = 400
      cudaGetLastError() = 400
      """,
    instead: """
      cudaSetDevice(1)
      e1 = cudaEventCreate()
      s1 = cudaStreamCreate()
      cudaEventRecord(e1, s1)
      """,
    reference: "CUDA Runtime API, cudaEventRecord: event and stream must be on the same context", since: "0.1"
  )
  static let facts: Facts = [.events]

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    guard case .recordEvent(let handle, let reference, _) = replay.step.operation, replay.step.returned,
      replay.step.event.result == ErrorCode.invalidResourceHandle, replay.completeness.isGapless,
      replay.completeness.isFromStart, let event = replay.emulator.event(handle), event.createdBy > 0,
      event.isAlive, let stream = replay.emulator.stream(reference, by: replay.step.caller), stream.isAlive,
      stream.kind != .created || stream.createdBy > 0, stream.device != event.device
    else { return }
    reporter.report(
      Finding(
        Self.self, .error, .foreign(event.name, event.device, stream.name, stream.device), call: replay.call,
        notes: replay.resultNotes, help: .create(event.name, on: stream.device)))
  }
}

extension Message {
  fileprivate static func foreign(_ event: String, _ device: Int32, _ stream: String, _ other: Int32)
    -> Message
  {
    "\(event) belongs to device \(device), and \(place(stream)) to device \(other)"
  }

  fileprivate static func create(_ event: String, on device: Int32) -> Message {
    "create \(event) while device \(device) is current"
  }
}
