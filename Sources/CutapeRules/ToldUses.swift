import CutapeReplay
import CutapeTrace

/// The uses of memory by the host, beside a copy that is under way, that were told. The program may say them, they may be
/// watched and proved by hashes: it is one mistake for each copy and each piece of memory.
struct ToldUses: Sendable {
  private struct Use: Hashable {
    var call: Int
    var object: Int
  }

  /// Stands for the object that pageable memory is not.
  static let pageable = 0
  private var uses: Set<Use> = []

  /// Notes that the host's use of `object` beside `copy` is told; false when it was.
  mutating func insert(_ copy: SubmittedOperation, _ object: Int) -> Bool {
    uses.insert(Use(call: copy.event.number, object: object)).inserted
  }
}
