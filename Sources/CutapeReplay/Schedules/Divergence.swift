package import CutapeEmulator
package import CutapeTrace

/// Contents that depend on which of two operations comes first.
package struct Divergence: Sendable {
  /// The pair, the operation that was submitted first in front; nil when the bytes went through more operations than
  /// are remembered.
  package var earlier: SubmittedOperation?
  package var later: SubmittedOperation?
  /// Where it shows, at most ``placeLimit`` places.
  package var places: [Place] = []
  /// How many places there are in all.
  package var placeCount = 0
  /// How often pairs from the same call sites were found.
  package var count = 1

  static let placeLimit = 16

  /// Bytes whose contents depend on the order.
  package struct Place: Sendable {
    package var subject: Subject
    /// The first run of bytes, and how many there are in all.
    package var first: ByteRange
    package var bytes: UInt64
    /// What the first of them holds, the recorded order first.
    package var outcomes: [Outcome]
  }

  package enum Subject: Sendable {
    /// What an object held when call `freedBy` took it away, or at the end.
    case object(MemoryObject, freedBy: Int?)
    /// What an operation brought into host memory; ranges count from the first byte that it moved.
    case delivery(SubmittedOperation)
  }

  /// One of the contents that the bytes may have.
  package struct Outcome: Sendable {
    package var content: Content
    /// In how many orders.
    package var orders: Int
    /// The bytes themselves around the first of them, if some are known.
    package var excerpt: Excerpt?
    /// A hash of the bytes of the first run, if all are known.
    package var digest: UInt64?
  }

  /// Bytes in a row; nil for one that is not known.
  package struct Excerpt: Sendable {
    package var start: UInt64
    package var bytes: [UInt8?]
  }
}

/// The divergences of a run, those of the same pair together, and pairs from the same call sites folded.
struct DivergenceList {
  private struct Key: Hashable {
    var sites: [Site]
  }

  /// The call site of an operation, or the operation itself where the site is not known.
  private struct Site: Hashable {
    var function: UInt16
    var site: Int
    var serial: Int

    init(_ operation: PlannedOperation) {
      function = operation.operation.event.function
      site = operation.operation.event.site
      serial = site == 0 ? operation.serial : 0
    }
  }

  private(set) var all: [Divergence] = []

  /// Those of pairs that `other` does not have.
  func without(_ other: DivergenceList) -> [Divergence] {
    let known = Set(other.indexes.keys)
    return indexes.filter { !known.contains($0.key) }.map(\.value).sorted().map { all[$0] }
  }

  private var indexes: [Key: Int] = [:]
  /// The pair that each divergence was found for last.
  private var latest: [Cause?] = []

  mutating func add(_ place: Divergence.Place, _ cause: Cause?) {
    let key = Key(sites: cause.map { [Site($0.earlier), Site($0.later)] } ?? [])
    let index: Int
    if let known = indexes[key] {
      index = known
      if latest[index] != cause {
        latest[index] = cause
        all[index].count += 1
      }
    } else {
      index = all.count
      indexes[key] = index
      latest.append(cause)
      all.append(Divergence(earlier: cause?.earlier.operation, later: cause?.later.operation))
    }
    all[index].placeCount += 1
    if all[index].places.count < Divergence.placeLimit { all[index].places.append(place) }
  }
}
