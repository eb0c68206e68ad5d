import CutapeEmulator
import CutapeTrace

// The accesses of every object that may still meet an unordered one.
//
// Contiguous bytes are segments of an ``AccessMap``. Rows with gaps stay rectangles in a list of their own and are
// compared by arithmetic: a copy of a column costs one entry, not one for each row.
//
// Whatever the host knows under the documented profile can never again be unordered with anything, since every
// later submission starts from what the host knows. Such accesses are pruned when an object has grown.

/// The accesses of one object.
private struct ObjectShadow: Sendable {
  var segments = AccessMap()
  var rectangles = RectangleIndex()
  /// How many entries it may have before it is pruned.
  var limit = 64
}

/// Looks for concurrent accesses to the same bytes.
struct Shadow: Sendable {
  private var objects: [ObjectShadow] = []
  private var free: [Int] = []
  private var indexes = IdMap<Int>()
  private var readers = ReaderPool()
  /// Scratch: the rectangles that an access may meet.
  private var candidates: [Int32] = []
  private(set) var operations = OperationTable()

  /// The most strided accesses kept for one object; beyond, the oldest go. That can only hide findings.
  private static let rectangleLimit = 1 << 16
  /// How many strided accesses were dropped.
  private(set) var forgotten = 0

  // MARK: Access

  /// Records what an operation did to `footprint`, and adds the accesses that it is unordered with to `conflicts`.
  mutating func touch(
    _ footprint: Footprint, isWrite: Bool, by access: Access, knowing known: Knowledge,
    host: Clock, into conflicts: inout [RawConflict]
  ) {
    guard let object = footprint.object, !footprint.isEmpty else { return }
    let index = index(of: object)
    let checker = Checker(access: access, isWrite: isWrite, known: known, object: object)
    if objects[index].rectangles.count > 0 {
      objects[index].rectangles.find(footprint, into: &candidates)
      for number in candidates { checker.check(objects[index].rectangles[number], footprint, &conflicts) }
    }
    if footprint.isContiguous {
      let range = footprint.hull
      if isWrite {
        write(range, index, checker, &conflicts)
      } else {
        read(range, index, checker, &conflicts)
      }
    } else {
      touchRows(footprint.normalized, index, checker, &conflicts)
    }
    let count = objects[index].segments.count + objects[index].rectangles.count
    if count > objects[index].limit {
      prune(index, host: host)
      objects[index].limit = max(64, 2 * (objects[index].segments.count + objects[index].rectangles.count))
    }
  }

  /// The accesses to `object` that the timeline in `slot` does not know: what is still in flight when it is freed
  /// there.
  func pending(in object: MemoryObject, by slot: Int, knowing known: Knowledge) -> [RawConflict] {
    guard let index = indexes[object.bytes] else { return [] }
    let checker = Checker(
      access: Access(slot: Int32(slot), count: 0, operation: -1), isWrite: true, known: known,
      object: object.bytes)
    var conflicts: [RawConflict] = []
    var position = objects[index].segments.position(after: 0)
    while objects[index].segments.isValid(&position) {
      checker.check(objects[index].segments[position], in: 0..<UInt64.max, readers, &conflicts)
      position.index += 1
    }
    objects[index].rectangles.forEach { rectangle in
      guard checker.isUnordered(rectangle.access) else { return }
      checker.report(
        rectangle.access, writes: rectangle.isWrite, first: rectangle.footprint.hull,
        bytes: rectangle.footprint.width &* rectangle.footprint.rows, to: &conflicts)
    }
    return conflicts
  }

  /// What the host would meet if it read or wrote contiguous bytes now, knowing `known`. Nothing is kept.
  func conflicts(of bytes: Footprint, isWrite: Bool, knowing known: Knowledge) -> [RawConflict] {
    guard let object = bytes.object, let index = indexes[object], !bytes.isEmpty else { return [] }
    let checker = Checker(
      access: Access(slot: Int32(Timelines.host), count: 0, operation: -1), isWrite: isWrite, known: known,
      object: object)
    var conflicts: [RawConflict] = []
    let range = bytes.hull
    var position = objects[index].segments.position(after: range.start)
    while objects[index].segments.isValid(&position), objects[index].segments[position].start < range.end {
      checker.check(
        objects[index].segments[position], in: range.start..<range.end, readers, &conflicts)
      position.index += 1
    }
    var candidates: [Int32] = []
    objects[index].rectangles.find(bytes, into: &candidates)
    for number in candidates { checker.check(objects[index].rectangles[number], bytes, &conflicts) }
    return conflicts
  }

  private mutating func index(of object: Int) -> Int {
    if let index = indexes[object] { return index }
    let index: Int
    if let reused = free.popLast() {
      index = reused
    } else {
      index = objects.count
      objects.append(ObjectShadow())
    }
    indexes[object] = index
    return index
  }

  private mutating func write(
    _ range: ByteRange, _ index: Int, _ checker: Checker, _ conflicts: inout [RawConflict]
  ) {
    let fresh = Segment(start: range.start, end: range.end, write: checker.access, read: .none, others: -1)
    var position = objects[index].segments.position(after: range.start)
    while objects[index].segments.isValid(&position) {
      let segment = objects[index].segments[position]
      guard segment.start < range.end else { break }
      checker.check(segment, in: range.start..<range.end, readers, &conflicts)
      if segment.start == range.start, segment.end == range.end {
        readers.release(segment.others)
        objects[index].segments[position] = fresh
        return
      }
      if segment.start < range.start {
        objects[index].segments[position].end = range.start
        position.index += 1
        guard segment.end > range.end else { continue }
        var right = segment
        right.start = range.end
        right.others = readers.copy(segment.others)
        objects[index].segments.insert(fresh, at: &position)
        objects[index].segments.insert(right, at: &position)
        return
      }
      if segment.end > range.end {
        objects[index].segments[position].start = range.end
        break
      }
      readers.release(segment.others)
      objects[index].segments.remove(at: &position)
    }
    objects[index].segments.insert(fresh, at: &position)
  }

  private mutating func read(
    _ range: ByteRange, _ index: Int, _ checker: Checker, _ conflicts: inout [RawConflict]
  ) {
    var position = objects[index].segments.position(after: range.start)
    var cursor = range.start
    while cursor < range.end {
      guard objects[index].segments.isValid(&position), objects[index].segments[position].start < range.end
      else {
        let gap = Segment(start: cursor, end: range.end, write: .none, read: checker.access, others: -1)
        objects[index].segments.insert(gap, at: &position)
        return
      }
      var segment = objects[index].segments[position]
      if segment.start > cursor {
        let gap = Segment(start: cursor, end: segment.start, write: .none, read: checker.access, others: -1)
        objects[index].segments.insert(gap, at: &position)
        cursor = segment.start
        continue
      }
      if segment.start < cursor {
        var left = segment
        left.end = cursor
        left.others = readers.copy(segment.others)
        objects[index].segments[position].start = cursor
        objects[index].segments.insert(left, at: &position)
        continue
      }
      var right: Segment?
      if segment.end > range.end {
        right = segment
        right?.start = range.end
        right?.others = readers.copy(segment.others)
        segment.end = range.end
        objects[index].segments[position].end = range.end
      }
      checker.check(segment, in: range.start..<range.end, readers, &conflicts)
      Self.add(checker, to: &objects[index].segments[position], &readers)
      cursor = segment.end
      position.index += 1
      if let right { objects[index].segments.insert(right, at: &position) }
    }
  }

  /// Notes a read of `segment`. Reads that are before it need not be kept: what is after it is after them.
  private static func add(_ checker: Checker, to segment: inout Segment, _ readers: inout ReaderPool) {
    let old = segment.read
    segment.read = checker.access
    if old.exists, !checker.isPromisedOrder(old) {
      segment.others = readers.prepend(old, to: segment.others)
    }
    guard segment.others >= 0 else { return }
    segment.others = readers.filter(segment.others) { !checker.isPromisedOrder($0) }
  }

  private mutating func touchRows(
    _ rows: Footprint, _ index: Int, _ checker: Checker, _ conflicts: inout [RawConflict]
  ) {
    let hull = rows.hull
    var position = objects[index].segments.position(after: hull.start)
    while objects[index].segments.isValid(&position), objects[index].segments[position].start < hull.end {
      let segment = objects[index].segments[position]
      if checker.mayMeet(segment),
        let overlap = rows.overlap(row: ByteRange(start: segment.start, count: segment.end - segment.start))
      {
        checker.check(segment, overlap: overlap, readers, &conflicts)
      }
      position.index += 1
    }
    objects[index].rectangles.find(rows, into: &candidates)
    for number in candidates {
      let old = objects[index].rectangles[number]
      guard checker.isWrite || !old.isWrite, old.access.exists, checker.isPromisedOrder(old.access),
        old.footprint.isSameBytes(as: rows)
      else { continue }
      objects[index].rectangles.remove(number)
    }
    objects[index].rectangles.append(
      Rectangle(footprint: rows, access: checker.access, isWrite: checker.isWrite))
    if objects[index].rectangles.count > Self.rectangleLimit {
      objects[index].rectangles.removeFirst(Self.rectangleLimit / 4)
      forgotten += Self.rectangleLimit / 4
    }
  }

  // MARK: Operations

  mutating func append(_ operation: SubmittedOperation) -> Int32 {
    if operations.isFull { compact() }
    return operations.append(operation)
  }

  /// Drops the operations that no access names any more.
  private mutating func compact() {
    var isNamed = [Bool](repeating: false, count: operations.all.count)
    func name(_ access: Access) { if access.exists { isNamed[Int(access.operation)] = true } }
    for index in objects.indices {
      var position = objects[index].segments.position(after: 0)
      while objects[index].segments.isValid(&position) {
        let segment = objects[index].segments[position]
        name(segment.write)
        name(segment.read)
        readers.forEach(segment.others, name)
        position.index += 1
      }
      objects[index].rectangles.forEach { name($0.access) }
    }
    let numbers = operations.compact(isNamed)
    var pool = ReaderPool()
    swap(&pool, &readers)
    defer { swap(&pool, &readers) }
    for index in objects.indices {
      objects[index].segments.filter { segment in
        if segment.write.exists { segment.write.operation = numbers[Int(segment.write.operation)] }
        if segment.read.exists { segment.read.operation = numbers[Int(segment.read.operation)] }
        pool.renumber(segment.others, numbers)
        return true
      }
      objects[index].rectangles.filter { rectangle in
        rectangle.access.operation = numbers[Int(rectangle.access.operation)]
        return true
      }
    }
  }

  // MARK: Pruning

  /// Forgets everything about a freed object.
  mutating func remove(_ object: Int) {
    guard let index = indexes[object] else { return }
    indexes[object] = nil
    clear(index)
    free.append(index)
  }

  /// Forgets what the host knows: after a device-wide synchronisation that is nearly everything.
  mutating func prune(host: Clock) {
    for index in objects.indices where !objects[index].segments.isEmpty || !objects[index].rectangles.isEmpty
    {
      prune(index, host: host)
    }
  }

  private mutating func clear(_ index: Int) {
    var position = objects[index].segments.position(after: 0)
    while objects[index].segments.isValid(&position) {
      readers.release(objects[index].segments[position].others)
      position.index += 1
    }
    objects[index] = ObjectShadow()
  }

  private mutating func prune(_ index: Int, host: Clock) {
    var pool = ReaderPool()
    swap(&pool, &readers)
    defer { swap(&pool, &readers) }
    objects[index].rectangles.filter { !host.knows($0.access.epoch) }
    objects[index].segments.filter { segment in
      if segment.write.exists, host.knows(segment.write.epoch) { segment.write = .none }
      if segment.read.exists, host.knows(segment.read.epoch) { segment.read = .none }
      if segment.others >= 0 { segment.others = pool.filter(segment.others) { !host.knows($0.epoch) } }
      return segment.write.exists || segment.read.exists || segment.others >= 0
    }
  }
}

/// Compares one new access with old ones.
private struct Checker {
  var access: Access
  var isWrite: Bool
  var known: Knowledge
  var object: Int

  /// Whether the documentation orders `old` before the new access.
  @inline(__always)
  func isPromisedOrder(_ old: Access) -> Bool {
    old.slot == access.slot || known.doc[Int(old.slot)] >= old.count
  }

  @inline(__always)
  func isUnordered(_ old: Access) -> Bool { old.exists && !isPromisedOrder(old) }

  @inline(__always)
  func mayMeet(_ segment: Segment) -> Bool {
    isUnordered(segment.write) || (isWrite && (isUnordered(segment.read) || segment.others >= 0))
  }

  @inline(__always)
  func check(
    _ segment: Segment, in range: Range<UInt64>, _ readers: ReaderPool, _ conflicts: inout [RawConflict]
  ) {
    guard mayMeet(segment) else { return }
    let start = max(segment.start, range.lowerBound)
    let count = min(segment.end, range.upperBound) - start
    check(
      segment, overlap: Overlap(first: ByteRange(start: start, count: count), bytes: count), readers,
      &conflicts)
  }

  func check(
    _ segment: Segment, overlap: Overlap, _ readers: ReaderPool, _ conflicts: inout [RawConflict]
  ) {
    if isUnordered(segment.write) {
      report(segment.write, writes: true, first: overlap.first, bytes: overlap.bytes, to: &conflicts)
    }
    guard isWrite else { return }
    if isUnordered(segment.read) {
      report(segment.read, writes: false, first: overlap.first, bytes: overlap.bytes, to: &conflicts)
    }
    readers.forEach(segment.others) { reader in
      if isUnordered(reader) {
        report(reader, writes: false, first: overlap.first, bytes: overlap.bytes, to: &conflicts)
      }
    }
  }

  func check(_ old: Rectangle, _ footprint: Footprint, _ conflicts: inout [RawConflict]) {
    guard isWrite || old.isWrite, isUnordered(old.access), let overlap = footprint.overlap(old.footprint)
    else { return }
    report(old.access, writes: old.isWrite, first: overlap.first, bytes: overlap.bytes, to: &conflicts)
  }

  /// Adds a conflict, or the bytes to one with the same operation.
  func report(
    _ old: Access, writes: Bool, first: ByteRange, bytes: UInt64, to conflicts: inout [RawConflict]
  ) {
    let isObserved = known.observed[Int(old.slot)] < old.count
    for index in conflicts.indices
    where conflicts[index].access.operation == old.operation && conflicts[index].object == object
      && conflicts[index].earlierWrites == writes && conflicts[index].laterWrites == isWrite
    {
      conflicts[index].bytes += bytes
      if first.start < conflicts[index].first.start, first.end == conflicts[index].first.start {
        conflicts[index].first = ByteRange(
          start: first.start, count: first.count + conflicts[index].first.count)
      } else if first.start == conflicts[index].first.end {
        conflicts[index].first.count += first.count
      } else if first.start < conflicts[index].first.start {
        conflicts[index].first = first
      }
      return
    }
    conflicts.append(
      RawConflict(
        access: old, earlierWrites: writes, laterWrites: isWrite, object: object, first: first, bytes: bytes,
        isObserved: isObserved))
  }
}
