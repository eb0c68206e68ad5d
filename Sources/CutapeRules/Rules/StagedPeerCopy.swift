import CutapeEmulator
import CutapeReplay
import CutapeTrace

/// A copy between the memories of two devices that have no peer access: it goes through the host.
///
/// Of memory from pools it is not judged: a pool has access rights of its own.
struct StagedPeerCopy: Rule {
  static let page = RulePage(
    code: "CT507", name: "staged-peer-copy", severity: .perf,
    summary: "a copy between two devices goes through the host, since peer access is not enabled",
    what: """
      More than 64 KiB, or copies in a loop, go from the memory of one device to that of another, and neither has \
      enabled access to the other. The copy works, through a buffer in host memory.
      """,
    why: "The bytes cross the bus twice, and the host's memory, where the devices may have a direct way.",
    example: """
      d1 = cudaMalloc(0x100000)
      cudaMemset(d1, 0, 0x100000)
      cudaSetDevice(1)
      d2 = cudaMalloc(0x100000)
      cudaMemcpyPeer(d2, 1, d1, 0, 0x100000)
      """,
    instead: """
      d1 = cudaMalloc(0x100000)
      cudaMemset(d1, 0, 0x100000)
      cudaSetDevice(1)
      d2 = cudaMalloc(0x100000)
      cudaDeviceEnablePeerAccess(0, 0)
      cudaMemcpyPeer(d2, 1, d1, 0, 0x100000)
      """,
    reference: "CUDA Runtime API, \"Peer Device Memory Access\"", since: "0.1")
  static let facts: Facts = [.peers]

  private var tally = Tally()

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    guard replay.step.succeeded, replay.completeness.isGapless, replay.completeness.isFromStart else {
      return
    }
    for movement in replay.step.movements {
      guard let from = movement.source?.object, let to = movement.destination.object,
        from.device != to.device,
        from.isOfOneDevice, to.isOfOneDevice, !movement.extent.isEmpty,
        !replay.emulator.hasPeerAccess(from.device, to: to.device),
        !replay.emulator.hasPeerAccess(to.device, to: from.device)
      else { continue }
      tally.add(replay, bytes: movement.bytes)
    }
  }

  mutating func finish(_ replay: Replay, _ reporter: inout Reporter) {
    for entry in tally.entries where entry.largest > Threshold.large || entry.count >= Threshold.loop {
      reporter.report(
        Finding(
          Self.self, .staged(entry.largest), entry, notes: Message.sum(entry, of: "copies"), help: .enable))
    }
  }
}

extension MemoryObject {
  /// Whether the object was made by an allocation of one device, which nothing but peer access opens to others.
  fileprivate var isOfOneDevice: Bool {
    switch kind {
    case .device, .array: isAlive
    case .async, .managed, .pinned, .registered, .symbol, .physical, .mapped: false
    }
  }
}

extension Message {
  fileprivate static func staged(_ bytes: UInt64) -> Message {
    "\(size(bytes)) go from one device to the other through the host: peer access is not enabled"
  }

  fileprivate static let enable: Message =
    "call cudaDeviceEnablePeerAccess on both devices, where cudaDeviceCanAccessPeer says that they can"
}
