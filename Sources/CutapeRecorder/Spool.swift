/// The spool of one recording: the file that the traced program writes its calls to, mapped here as well.
///
/// The layout is `cutape_ring.h`. The program can write to every byte of it, so what is read from it is checked
/// where it is used: ``maxSegments`` is this side's own, and ``readySegments`` never leaves the mapping.

package import CutapeABI
internal import CutapeStore
private import CutapeSystem
private import Glibc

/// Why a spool cannot be made or used.
package enum SpoolError: Error, Hashable, CustomStringConvertible {
  case cannotCreate(directory: String, error: Int32)
  case cannotOpen(path: String, error: Int32)
  case cannotMap(path: String, error: Int32)
  case notASpool(path: String)
  case otherVersion(path: String, version: UInt32)
  /// The program or the recorder that the spool belongs to still runs.
  case inUse(path: String, pid: Int32)

  package var description: String {
    switch self {
    case .cannotCreate(let directory, let error): "cannot make a spool in \(directory): \(errorText(error))"
    case .cannotOpen(let path, let error): "cannot open the spool \(path): \(errorText(error))"
    case .cannotMap(let path, let error): "cannot map the spool \(path): \(errorText(error))"
    case .notASpool(let path): "\(path) is not a spool"
    case .otherVersion(let path, let version):
      "the spool \(path) has version \(version), this cutape reads version \(CUT_SPOOL_VERSION)"
    case .inUse(let path, let pid): "the spool \(path) is in use by process \(pid)"
    }
  }
}

/// A mapped spool.
package final class Spool {
  /// How many segments a spool may ever have, whatever its header says.
  static let segmentLimit = 65536

  package let path: String
  /// How many segments exist: those of the last ``look()`` or ``grow(by:)``.
  package private(set) var readySegments: Int
  /// How many there may be.
  package let maxSegments: Int
  private let base: UnsafeMutableRawPointer
  private let descriptor: Int32

  private init(
    path: String, descriptor: Int32, base: UnsafeMutableRawPointer, readySegments: Int, maxSegments: Int
  ) {
    self.path = path
    self.descriptor = descriptor
    self.base = base
    self.readySegments = readySegments
    self.maxSegments = maxSegments
  }

  deinit {
    munmap(base, Self.bytes(segments: maxSegments))
    close(descriptor)
  }

  /// A new spool in `directory`, readable by this user alone, with its first segments allocated, zeroed and free.
  package static func create(
    in directory: String, clock: Clock, budget: SpoolBudget
  ) throws(SpoolError) -> Spool {
    guard budget.maxSegments > 0 else { throw .cannotCreate(directory: directory, error: budget.shortage) }
    let (path, descriptor) = try openNew(in: directory)
    let length = bytes(segments: budget.firstSegments)
    var error = posix_fallocate(descriptor, 0, off_t(length))
    // The rest is a hole, and a segment of it is allocated before anybody writes to it.
    if error == 0, ftruncate(descriptor, off_t(bytes(segments: budget.maxSegments))) != 0 { error = errno }
    guard error == 0 else {
      unlink(path)
      close(descriptor)
      throw .cannotCreate(directory: directory, error: error)
    }
    do {
      let base = try map(path: path, descriptor: descriptor, segments: budget.maxSegments, isWritable: true)
      cut_populate(base, length)
      let spool = Spool(
        path: path, descriptor: descriptor, base: base, readySegments: budget.firstSegments,
        maxSegments: budget.maxSegments)
      spool.writeHeader(clock: clock)
      return spool
    } catch {
      unlink(path)
      close(descriptor)
      throw error
    }
  }

  /// The spool at `path`, made by the preload library or left behind by a recorder.
  ///
  /// - Parameter isWritable: whether this process becomes its recorder; a recovery only reads.
  package static func open(path: String, isWritable: Bool) throws(SpoolError) -> Spool {
    let flags = (isWritable ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
    let descriptor = Glibc.open(path, flags)
    guard descriptor >= 0 else { throw .cannotOpen(path: path, error: errno) }
    return try open(descriptor, path: path, isWritable: isWritable)
  }

  /// The spool that is open as `descriptor`, which is closed with it. It gets the name `path` if it has none yet, so
  /// that it can be recovered; where that cannot be, it goes with the program and its recorder.
  package static func adopt(_ descriptor: Int32, path: String) throws(SpoolError) -> Spool {
    cut_nameFile(descriptor, path)
    return try open(descriptor, path: path, isWritable: true)
  }

  private static func open(
    _ descriptor: Int32, path: String, isWritable: Bool
  ) throws(SpoolError) -> Spool {
    do {
      let (ready, limit) = try checkedSizes(path: path, descriptor: descriptor)
      let segments = isWritable ? limit : ready
      let base = try map(path: path, descriptor: descriptor, segments: segments, isWritable: isWritable)
      return Spool(
        path: path, descriptor: descriptor, base: base, readySegments: ready, maxSegments: segments)
    } catch {
      close(descriptor)
      throw error
    }
  }

  /// The header. Its fields are shared: the program may change them at any time.
  package var session: UnsafeMutablePointer<CUTSession> { base.assumingMemoryBound(to: CUTSession.self) }

  /// The header of segment `index`, which must be one of the ready ones.
  package func segment(_ index: Int) -> UnsafeMutablePointer<CUTSegment> {
    precondition(index >= 0 && index < readySegments, "segment \(index) of \(readySegments)")
    return cut_segmentAt(base, UInt32(index))
  }

  /// Where slot `slot` of segment `index` starts; both must exist.
  package func record(_ index: Int, slot: Int) -> UnsafeMutablePointer<CUTRecord> {
    precondition(slot >= 0 && slot < Self.slotsPerSegment, "slot \(slot) of \(Self.slotsPerSegment)")
    return cut_recordAt(segment(index), UInt32(slot))
  }

  static let slotsPerSegment =
    (Int(CUT_SEGMENT_BYTES) - Int(CUT_SEGMENT_HEADER_BYTES)) / Int(CUT_RECORD_BYTES)

  /// How many segments no thread has taken, now.
  package var freeSegments: Int {
    (0..<readySegments).count { cut_loadAcquire32(&segment($0).pointee.state) == CUT_SEGMENT_FREE.rawValue }
  }

  /// Adds up to `count` segments and puts them on the free list: no more than the program has mapped. Returns how many
  /// there were memory for.
  package func grow(by count: Int) -> Int {
    let mapped = Int(cut_loadAcquire32(&session.pointee.maxSegments))
    let wanted = min(count, min(maxSegments, mapped) - readySegments)
    guard wanted > 0 else { return 0 }
    let start = Self.bytes(segments: readySegments)
    let length = wanted * Int(CUT_SEGMENT_BYTES)
    guard posix_fallocate(descriptor, off_t(start), off_t(length)) == 0 else { return 0 }
    cut_populate(base + start, length)
    let first = readySegments
    guard cut_swapFrom32(&session.pointee.readySegments, UInt32(first), UInt32(first + wanted)) != 0 else {
      // A thread of the program was quicker; the next round sees what it added.
      look()
      return 0
    }
    readySegments += wanted
    for index in (first..<readySegments).reversed() { cut_freeListPush(base, UInt32(index)) }
    return wanted
  }

  /// Notices segments that threads of the program have added.
  package func look() {
    readySegments = max(
      readySegments, min(maxSegments, Int(cut_loadAcquire32(&session.pointee.readySegments))))
  }

  /// Zeroes segment `index`, which nobody writes to any more, and gives it to the threads again.
  ///
  /// - Parameter slots: how many of it were written; the rest is zero already.
  package func recycle(_ index: Int, slots: Int) {
    let header = segment(index)
    let used = Int(CUT_SEGMENT_HEADER_BYTES) + slots * Int(CUT_RECORD_BYTES)
    memset(header, 0, min(used, Int(CUT_SEGMENT_BYTES)))
    session.pointee.recycled &+= 1
    cut_storeRelease32(&header.pointee.state, CUT_SEGMENT_FREE.rawValue)
    cut_freeListPush(base, UInt32(index))
  }

  /// What the program did not send of the bytes of its copies; nil when it was not asked for them.
  var leftOut: LeftOut? {
    guard session.pointee.payload == UInt32(CUT_PAYLOAD_FULL) else { return nil }
    return LeftOut(
      sources: Int(clamping: cut_loadRelaxed64(&session.pointee.leftOut)),
      bytes: cut_loadRelaxed64(&session.pointee.leftOutBytes))
  }

  /// How many calls have no call stack, though they should; nil when none were asked for.
  var stacksLeftOut: Int? {
    guard session.pointee.stacks != 0 else { return nil }
    return Int(clamping: cut_loadRelaxed64(&session.pointee.stacksLeftOut))
  }

  /// Tells the program that somebody reads the spool.
  package func beat() {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    session.pointee.beat = UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
  }

  /// The process that has claimed the spool, if one has.
  package var claimant: Int32? {
    let pid = cut_loadAcquire32(&session.pointee.owner)
    return pid == 0 ? nil : Int32(exactly: pid)
  }

  /// Ends the time in which a process may claim the spool. Returns false when one has claimed it before.
  package func closeToClaims() -> Bool { cut_swapFrom32(&session.pointee.owner, 0, CUT_NO_OWNER) != 0 }

  /// What the owner says of itself; nil until it has said it.
  package var owner: OwnerDescription? {
    let bytes = Int(cut_loadAcquire32(&session.pointee.described))
    guard bytes > 0 else { return nil }
    let text = UnsafeRawBufferPointer(
      start: cut_description(session), count: min(bytes, Int(CUT_DESCRIPTION_BYTES)))
    return OwnerDescription(text)
  }

  /// Says in the spool where its trace goes, for a recovery.
  package func setOutput(_ output: String) {
    let path = output.hasPrefix("/") ? output : "\(workingDirectory())/\(output)"
    withUnsafeMutableBytes(of: &session.pointee.output) {
      $0.initializeMemory(as: UInt8.self, repeating: 0)
      $0.copyBytes(from: path.utf8.prefix($0.count - 1))
    }
  }

  /// Where its trace goes.
  package var output: String {
    withUnsafeBytes(of: session.pointee.output) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }

  /// Takes the name of the spool away; what is mapped stays.
  package func remove() { unlink(path) }

  // MARK: - Making one

  private static func bytes(segments: Int) -> Int {
    Int(CUT_SESSION_BYTES) + segments * Int(CUT_SEGMENT_BYTES)
  }

  private static func openNew(in directory: String) throws(SpoolError) -> (path: String, descriptor: Int32) {
    var lastError = EEXIST
    for _ in 0..<16 {
      let random = String(UInt64.random(in: 0 ... .max), radix: 36)
      let path = "\(directory)/cutape.\(getpid()).\(random).spool"
      let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
      if descriptor >= 0 { return (path, descriptor) }
      lastError = errno
      if lastError != EEXIST { break }
    }
    throw .cannotCreate(directory: directory, error: lastError)
  }

  private static func map(
    path: String, descriptor: Int32, segments: Int, isWritable: Bool
  ) throws(SpoolError) -> UnsafeMutableRawPointer {
    let protection = isWritable ? PROT_READ | PROT_WRITE : PROT_READ
    let base = mmap(nil, bytes(segments: segments), protection, MAP_SHARED, descriptor, 0)
    guard let base, base != MAP_FAILED else { throw .cannotMap(path: path, error: errno) }
    return base
  }

  private func writeHeader(clock: Clock) {
    let session = session
    session.pointee.sessionBytes = CUT_SESSION_BYTES
    session.pointee.segmentBytes = CUT_SEGMENT_BYTES
    session.pointee.maxSegments = UInt32(maxSegments)
    session.pointee.readySegments = UInt32(readySegments)
    session.pointee.clock = clock.source.rawValue
    session.pointee.recorder = UInt32(getpid())
    session.pointee.first = clock.sample()
    session.pointee.last = session.pointee.first
    beat()
    for index in (0..<readySegments).reversed() { cut_freeListPush(base, UInt32(index)) }
    session.pointee.version = CUT_SPOOL_VERSION
    cut_storeRelease64(&session.pointee.magic, CUT_SPOOL_MAGIC)
  }

  /// How many segments the file has and may have, by the file's real size.
  private static func checkedSizes(
    path: String, descriptor: Int32
  ) throws(SpoolError) -> (ready: Int, limit: Int) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .cannotOpen(path: path, error: errno) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .notASpool(path: path) }
    var header = CUTSession()
    let got = withUnsafeMutableBytes(of: &header) { pread(descriptor, $0.baseAddress, $0.count, 0) }
    guard got == MemoryLayout<CUTSession>.size, header.magic == CUT_SPOOL_MAGIC else {
      throw .notASpool(path: path)
    }
    guard header.version == CUT_SPOOL_VERSION else {
      throw .otherVersion(path: path, version: header.version)
    }
    let existing = (Int(status.st_size) - Int(CUT_SESSION_BYTES)) / Int(CUT_SEGMENT_BYTES)
    guard header.sessionBytes == CUT_SESSION_BYTES, header.segmentBytes == CUT_SEGMENT_BYTES,
      existing >= 0, Int(status.st_size) >= Int(CUT_SESSION_BYTES),
      header.maxSegments <= segmentLimit
    else { throw .notASpool(path: path) }
    let ready = min(existing, Int(header.readySegments), segmentLimit)
    return (ready, max(ready, Int(header.maxSegments)))
  }
}

/// The text of an error number, without its capital letter.
func errorText(_ error: Int32) -> String {
  let text = String(cString: strerror(error))
  return text.prefix(1).lowercased() + text.dropFirst()
}
