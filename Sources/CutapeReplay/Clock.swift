// Vector clocks over timelines.
//
// A *timeline* is the host or one stream: a sequence of operations, each after the one before. The n-th operation
// of timeline s has the *epoch* n@s. A clock says, for every timeline, up to which operation everything has
// happened before the holder's next operation. Two operations are ordered if the later one's clock knows the
// earlier one's epoch, else they are concurrent: FastTrack (Flanagan, Freund, PLDI 2009).
//
// Both profiles are kept at once. What the documentation promises (`doc`) is a subset of what hardware does
// (`observed`): every edge of the first is an edge of the second, and timelines tick alike. So one shadow of
// memory serves both, and only the clocks are double.

/// One operation of one timeline.
package struct Epoch: Sendable, Hashable {
  /// The slot of the timeline; see ``Timelines``.
  package var slot: Int
  /// The position in the timeline, from 1.
  package var count: UInt32
}

/// For each slot, how many of its operations are known to have happened.
struct Clock: Sendable {
  private(set) var counts: [UInt32] = []

  @inline(__always)
  subscript(slot: Int) -> UInt32 { slot < counts.count ? counts[slot] : 0 }

  @inline(__always)
  func knows(_ epoch: Epoch) -> Bool { self[epoch.slot] >= epoch.count }

  /// Raises one component; says whether it changed.
  @discardableResult
  mutating func learn(_ epoch: Epoch) -> Bool {
    guard self[epoch.slot] < epoch.count else { return false }
    if epoch.slot >= counts.count {
      counts.append(contentsOf: repeatElement(0, count: epoch.slot + 1 - counts.count))
    }
    counts[epoch.slot] = epoch.count
    return true
  }

  /// The component-wise maximum; says whether anything changed. A clock that gains nothing is not copied, so that
  /// events may share the clocks of their streams.
  @discardableResult
  mutating func join(_ other: Clock) -> Bool {
    var isNewer = other.counts.count > counts.count
    if !isNewer {
      for slot in other.counts.indices where other.counts[slot] > counts[slot] {
        isNewer = true
        break
      }
    }
    guard isNewer else { return false }
    if other.counts.count > counts.count {
      counts.append(contentsOf: repeatElement(0, count: other.counts.count - counts.count))
    }
    counts.withUnsafeMutableBufferPointer { mine in
      other.counts.withUnsafeBufferPointer { theirs in
        for slot in theirs.indices where theirs[slot] > mine[slot] { mine[slot] = theirs[slot] }
      }
    }
    return true
  }
}

/// What a timeline knows under each profile.
struct Knowledge: Sendable {
  var doc = Clock()
  var observed = Clock()

  @discardableResult
  mutating func join(_ other: Knowledge) -> Bool {
    let isNewer = doc.join(other.doc)
    return observed.join(other.observed) || isNewer
  }

  @discardableResult
  mutating func learn(_ epoch: Epoch) -> Bool {
    let isNewer = doc.learn(epoch)
    return observed.learn(epoch) || isNewer
  }
}

/// A timeline as it was at one moment: what an event holds. Cheap to take, the clocks are shared until they change.
struct Snapshot: Sendable {
  var knowledge: Knowledge
  /// The timeline's newest operation at that moment.
  var epoch: Epoch
}
