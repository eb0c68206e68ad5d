import CutapeEmulator
import CutapeTrace
import CutapeTestSupport
import Testing

@testable import CutapeReplay

/// The shadow, against a model that keeps the accesses of every byte.
struct ShadowTests {
  /// For each byte the last write and the reads since, by epoch.
  private struct Model {
    var writes = [Epoch?](repeating: nil, count: 256)
    var reads = [[Epoch]](repeating: [], count: 256)

    mutating func touch(_ bytes: [Int], isWrite: Bool, epoch: Epoch, known: Clock) -> Int {
      var conflicts: Set<Epoch> = []
      for byte in bytes {
        let old = (writes[byte].map { [$0] } ?? []) + (isWrite ? reads[byte] : [])
        conflicts.formUnion(old.filter { $0.slot != epoch.slot && !known.knows($0) })
        if isWrite {
          writes[byte] = epoch
          reads[byte] = []
        } else {
          reads[byte].append(epoch)
        }
      }
      return conflicts.count
    }
  }

  @Test("Unordered accesses are those of the bytes", arguments: 0..<60)
  func agrees(_ seed: Int) {
    var random = Dice(seed: UInt64(seed))
    var shadow = Shadow()
    var model = Model()
    var counts = [UInt32](repeating: 0, count: 5)
    var knowledge = [Knowledge](repeating: Knowledge(), count: 5)
    for _ in 0..<120 {
      let slot = 1 + Int(random.next() % 4)
      if random.next() % 3 == 0 {
        let other = 1 + Int(random.next() % 4)
        let theirs = knowledge[other]
        knowledge[slot].join(theirs)
        knowledge[slot].learn(Epoch(slot: other, count: counts[other]))
      }
      counts[slot] += 1
      let epoch = Epoch(slot: slot, count: counts[slot])
      let start = random.next() % 200
      let isStrided = random.next() % 3 == 0
      let footprint =
        isStrided
        ? Footprint(
          object: 1, memory: .device, start: start % 100, width: 3, rows: 5, pitch: 7 + random.next() % 9)
        : Footprint(object: 1, memory: .device, start: start, width: 1 + random.next() % 50)
      var bytes: [Int] = []
      footprint.forEachRow { row in bytes += (0..<footprint.width).map { Int(row + $0) } }
      let isWrite = random.next() % 2 == 0
      let submitted = SubmittedOperation(
        event: Event(number: 1, function: 0), stream: 1, epoch: epoch, operands: .init())
      let access = Access(slot: Int32(slot), count: epoch.count, operation: shadow.append(submitted))
      var raw: [RawConflict] = []
      shadow.touch(
        footprint, isWrite: isWrite, by: access, knowing: knowledge[slot], host: Clock(), into: &raw)
      let expected = model.touch(bytes, isWrite: isWrite, epoch: epoch, known: knowledge[slot].doc)
      let found = Set(raw.map(\.access.operation)).count
      // A strided access does not replace what it covers, so the shadow may remember more than the last write.
      #expect(found >= min(expected, 1), "seed \(seed)")
      if expected == 0, !raw.isEmpty {
        for conflict in raw { #expect(!knowledge[slot].doc.knows(conflict.access.epoch)) }
      }
      for conflict in raw { knowledge[slot].learn(conflict.access.epoch) }
    }
  }
}
