import CutapeEmulator

// The strided accesses of one object, found by where their columns lie.
//
// The columns of one matrix have nearly the same hull, so hulls tell nothing, and a sweep over rows costs more than the
// comparison that it saves. What tells columns apart is their *phase*: the position of a byte modulo the pitch. Rectangles
// of one pitch are a group, and a group keeps them in up to 256 buckets of phases. A rectangle of the same pitch, or a run
// of bytes shorter than it, looks into the buckets that it covers; anything else looks at the whole group.

/// A strided access.
struct Rectangle: Sendable {
  var footprint: Footprint
  var access: Access
  var isWrite: Bool
}

/// Rectangles in the order in which they came; each has a number until the index is changed.
struct RectangleIndex: Sendable {
  /// The rectangles of one pitch.
  private struct Group: Sendable {
    static let most = 256
    /// A rectangle in more buckets than this is in none.
    static let widest = 64

    let pitch: UInt64
    let bucketWidth: UInt64
    var buckets: [[Int32]]
    var wide: [Int32] = []

    init(pitch: UInt64) {
      self.pitch = pitch
      bucketWidth = (pitch - 1) / UInt64(Self.most) + 1
      buckets = Array(repeating: [], count: Int((pitch - 1) / bucketWidth + 1))
    }

    /// The buckets of the rows of `footprint`, the second range for what goes on in the next row; nil when its rows
    /// have no one phase.
    func buckets(of footprint: Footprint) -> (Range<Int>, Range<Int>)? {
      guard footprint.slices == 1, footprint.width < pitch,
        footprint.rows == 1 || footprint.pitch % pitch == 0
      else { return nil }
      let first = footprint.start % pitch
      let end = first + footprint.width
      guard end > pitch else { return (range(first, end), 0..<0) }
      return (range(first, pitch), range(0, end - pitch))
    }

    private func range(_ first: UInt64, _ end: UInt64) -> Range<Int> {
      Int(first / bucketWidth)..<Int((end - 1) / bucketWidth) + 1
    }

    mutating func insert(_ footprint: Footprint, number: Int32) {
      guard let (left, right) = buckets(of: footprint), left.count + right.count <= Self.widest else {
        wide.append(number)
        return
      }
      for bucket in left { buckets[bucket].append(number) }
      for bucket in right where !left.contains(bucket) { buckets[bucket].append(number) }
    }

    /// Adds the numbers of rectangles that `footprint` may meet to `found`, some more than once; false when it may be
    /// any of them.
    func find(_ footprint: Footprint, into found: inout [Int32]) -> Bool {
      guard let (left, right) = buckets(of: footprint) else { return false }
      for bucket in left { found += buckets[bucket] }
      for bucket in right { found += buckets[bucket] }
      found += wide
      return true
    }
  }

  /// The most groups; rectangles of further pitches, and those of several slices, are compared with everything.
  private static let mostGroups = 8
  /// As few rectangles are compared one by one, and are in no group.
  private static let few = 32

  private var rectangles: [Rectangle] = []
  private var groups: [Group] = []
  private var others: [Int32] = []
  /// How many rectangles are in the groups, or among the others.
  private var sorted = 0
  /// How many rectangles there are.
  private(set) var count = 0

  var isEmpty: Bool { count == 0 }

  subscript(number: Int32) -> Rectangle { rectangles[Int(number)] }

  /// Adds a rectangle. The others may get new numbers.
  mutating func append(_ rectangle: Rectangle) {
    if count < rectangles.count / 2 { filter { _ in true } }
    rectangles.append(rectangle)
    count += 1
    if rectangles.count > Self.few { sort() }
  }

  /// Puts the rectangles that are new into groups.
  private mutating func sort() {
    for number in sorted..<rectangles.count { sort(rectangles[number].footprint, number: Int32(number)) }
    sorted = rectangles.count
  }

  private mutating func sort(_ footprint: Footprint, number: Int32) {
    guard footprint.slices == 1 else { return others.append(number) }
    if let group = groups.firstIndex(where: { $0.pitch == footprint.pitch }) {
      groups[group].insert(footprint, number: number)
    } else if groups.count < Self.mostGroups {
      groups.append(Group(pitch: footprint.pitch))
      groups[groups.count - 1].insert(footprint, number: number)
    } else {
      others.append(number)
    }
  }

  /// Puts the numbers of the rectangles that `footprint` may meet in `found`, in the order in which they came.
  func find(_ footprint: Footprint, into found: inout [Int32]) {
    found.removeAll(keepingCapacity: true)
    guard count > 0 else { return }
    guard rectangles.count > Self.few else { return findAll(into: &found) }
    let footprint = footprint.normalized
    for group in groups where !group.find(footprint, into: &found) { return findAll(into: &found) }
    found += others
    guard found.count > 1 else { return }
    found.sort()
    var kept = 1
    for index in 1..<found.count where found[index] != found[kept - 1] {
      found[kept] = found[index]
      kept += 1
    }
    found.removeLast(found.count - kept)
  }

  private func findAll(into found: inout [Int32]) {
    found.removeAll(keepingCapacity: true)
    for number in rectangles.indices where rectangles[number].access.exists { found.append(Int32(number)) }
  }

  /// Forgets one rectangle; its number finds an access that does not exist.
  mutating func remove(_ number: Int32) {
    guard rectangles[Int(number)].access.exists else { return }
    rectangles[Int(number)].access = .none
    count -= 1
  }

  /// Forgets the `count` rectangles that came first.
  mutating func removeFirst(_ count: Int) {
    var left = count
    filter { _ in
      left -= 1
      return left < 0
    }
  }

  func forEach(_ body: (Rectangle) -> Void) {
    for rectangle in rectangles where rectangle.access.exists { body(rectangle) }
  }

  /// Keeps the rectangles for which `body` says so; it may change them.
  mutating func filter(_ body: (inout Rectangle) -> Bool) {
    var kept = 0
    for number in rectangles.indices where rectangles[number].access.exists {
      guard body(&rectangles[number]) else { continue }
      if kept != number { rectangles[kept] = rectangles[number] }
      kept += 1
    }
    rectangles.removeLast(rectangles.count - kept)
    count = kept
    groups.removeAll(keepingCapacity: true)
    others.removeAll(keepingCapacity: true)
    sorted = 0
    if kept > Self.few { sort() }
  }
}
