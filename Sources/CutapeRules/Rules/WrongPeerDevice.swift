import CutapeEmulator
import CutapeReplay
import CutapeTrace

/// A peer copy names a device that does not own the memory.
struct WrongPeerDevice: Rule {
  static let page = RulePage(
    code: "CT508", name: "wrong-peer-device", severity: .warning,
    summary: "the device numbers of a peer copy are not those of the memory",
    what: """
      `cudaMemcpyPeer` and its kin take a device with each pointer. One of them is not the device on which the memory \
      was allocated.
      """,
    why: """
      What the copy does then is not documented. With one address space the driver may go by the pointers alone, \
      or give the copy to the wrong device.
      """,
    example: """
      d1 = cudaMalloc(64)
      cudaMemset(d1, 0, 64)
      cudaSetDevice(1)
      d2 = cudaMalloc(64)
      cudaMemcpyPeer(d2, 0, d1, 1, 64)
      """,
    instead: """
      d1 = cudaMalloc(64)
      cudaMemset(d1, 0, 64)
      cudaSetDevice(1)
      d2 = cudaMalloc(64)
      cudaMemcpyPeer(d2, 1, d1, 0, 64)
      """,
    reference: "CUDA Runtime API, cudaMemcpyPeer: dstDevice and srcDevice", since: "0.1")
  static let facts: Facts = [.peers, .planned]

  mutating func check(_ replay: Replay, _ reporter: inout Reporter) {
    guard replay.completeness.isGapless, replay.completeness.isFromStart,
      let movement = replay.step.movements.first,
      let peers = movement.copy?.peers, !movement.extent.isEmpty
    else { return }
    let wrong = movement.sides.compactMap { role, side -> Message? in
      let named = role == .destination ? peers.destination : peers.source
      guard let object = side.object, object.isAlive, object.hasDevice, object.device != named else {
        return nil
      }
      return .named(named, role.noun, object.name, owner: object.device)
    }
    guard let first = wrong.first else { return }
    reporter.report(
      Finding(
        Self.self, .warning, first, call: replay.call,
        allocations: movement.sides.compactMap { $0.side.object.map(replay.origin) },
        notes: Array(wrong.dropFirst()) + replay.notes(on: movement), help: .owner))
  }
}

extension MemoryObject {
  /// Whether the memory belongs to one device.
  fileprivate var hasDevice: Bool {
    switch kind {
    case .device, .async, .array, .physical, .mapped: true
    case .managed, .pinned, .registered, .symbol: false
    }
  }
}

extension Message {
  fileprivate static func named(_ device: Int32, _ noun: String, _ name: String, owner: Int32) -> Message {
    "the copy names device \(device) for its \(noun), and \(name) is memory of device \(owner)"
  }

  fileprivate static let owner: Message = "pass the device that was current when the memory was allocated"
}
