import CutapeABI
import CutapeRecorder
import CutapeStore
import CutapeTrace
import Glibc
import Testing

@Suite("The spool")
struct SpoolTests {
  @Test("is made for its user alone, with free segments, and can be grown")
  func creates() throws {
    let bench = try Bench()
    defer { bench.remove() }
    var status = stat()
    #expect(stat(bench.spool.path, &status) == 0)
    #expect(status.st_mode & 0o777 == 0o600)
    let before = bench.spool.readySegments
    #expect(bench.spool.grow(by: 2) == 2)
    #expect(bench.spool.readySegments == before + 2)
    #expect(bench.spool.session.pointee.readySegments == UInt32(before + 2))
    var taken: Set<Int64> = []
    #expect(cut_freeListPop(bench.spool.session, UInt32(before)) == Int64(CUT_BEYOND_LIMIT))
    while case let index = cut_freeListPop(bench.spool.session, .max), index >= 0 { taken.insert(index) }
    #expect(taken == Set((0..<Int64(before + 2))))
  }

  @Test("grows no further than the program can map")
  func growsAsFarAsMapped() throws {
    let bench = try Bench()
    defer { bench.remove() }
    bench.spool.session.pointee.maxSegments = UInt32(bench.spool.readySegments + 1)
    #expect(bench.spool.grow(by: 3) == 1)
    #expect(bench.spool.grow(by: 3) == 0)
    // A program cannot make it longer.
    bench.spool.session.pointee.maxSegments = .max
    #expect(bench.spool.grow(by: 100) == bench.spool.maxSegments - 5)
  }

  @Test("can be opened by another process's recorder")
  func adopts() throws {
    let bench = try Bench()
    defer { bench.remove() }
    let other = try Spool.open(path: bench.spool.path, isWritable: true)
    #expect(other.readySegments == bench.spool.readySegments)
    #expect(other.maxSegments == bench.spool.maxSegments)
  }

  @Test("is closed to claims unless one came first")
  func closes() throws {
    let unclaimed = try Bench()
    defer { unclaimed.remove() }
    #expect(unclaimed.spool.claimant == nil)
    #expect(unclaimed.spool.closeToClaims() && unclaimed.spool.claimant == nil)
    let owner = unclaimed.spool.session.pointee.owner
    #expect(owner != 0, "a process claims it where there is a 0")
    let claimed = try Bench()
    defer { claimed.remove() }
    claimed.spool.session.pointee.owner = 17
    #expect(!claimed.spool.closeToClaims() && claimed.spool.claimant == 17)
  }

  @Test("is refused when it is something else")
  func refusesOthers() throws {
    let bench = try Bench()
    defer { bench.remove() }
    let path = bench.spool.path
    #expect(throws: SpoolError.cannotOpen(path: "/nonexistent", error: ENOENT)) {
      try Spool.open(path: "/nonexistent", isWritable: false)
    }
    #expect(throws: SpoolError.notASpool(path: "/dev/null")) {
      try Spool.open(path: "/dev/null", isWritable: false)
    }
    bench.spool.session.pointee.version = 99
    #expect(throws: SpoolError.otherVersion(path: path, version: 99)) {
      try Spool.open(path: path, isWritable: false)
    }
    bench.spool.session.pointee.version = CUT_SPOOL_VERSION
    bench.spool.session.pointee.segmentBytes = 64
    #expect(throws: SpoolError.notASpool(path: path)) { try Spool.open(path: path, isWritable: false) }
    bench.spool.session.pointee.segmentBytes = CUT_SEGMENT_BYTES
    bench.spool.session.pointee.maxSegments = .max
    #expect(throws: SpoolError.notASpool(path: path)) { try Spool.open(path: path, isWritable: false) }
  }

  @Test("counts no more segments than its file has room for, whatever it claims")
  func ignoresClaimedSize() throws {
    let bench = try Bench()
    defer { bench.remove() }
    bench.spool.session.pointee.readySegments = 60_000
    bench.spool.session.pointee.maxSegments = 60_000
    let other = try Spool.open(path: bench.spool.path, isWritable: false)
    #expect(other.readySegments == bench.spool.maxSegments)
  }

  @Test(
    "takes a fair share of what is free",
    arguments: [
      (64 << 20, Int.max, 31), (Int.max, 512 << 20, 127), (Int.max, Int.max, 1023), (1 << 20, Int.max, 0),
    ])
  func budget(free: Int, memory: Int, segments: Int) {
    #expect(SpoolBudget(fileSystemFree: free, memoryFree: memory).maxSegments == segments)
  }
}

@Suite("A spool that was left behind")
struct RecoveryTests {
  @Test("gives a trace once its recorder and its program are gone, and not before")
  func recovers() throws {
    let bench = try Bench()
    defer { bench.remove() }
    let writer = SpoolWriter(bench.spool)
    writer.copy(7, from: 10, to: 20)
    let key = ContentKey(hash: 0x44bc_2cf5_ad77_0999, bytes: 3)
    writer.piece(key, Array("abc".utf8))
    bench.spool.session.pointee.payload = UInt32(CUT_PAYLOAD_FULL)
    bench.spool.session.pointee.leftOut = 5
    bench.spool.session.pointee.leftOutBytes = 6
    writer.begin("cudaDeviceSynchronize", at: 30)
    let output = bench.directory + "/recovered.cutape"
    defer { unlink(output) }
    let recover = { try SpoolRecovery.recover(spool: bench.spool.path, output: output, overwriting: false) }
    #expect(throws: SpoolError.inUse(path: bench.spool.path, pid: getpid())) { try recover() }
    bench.spool.session.pointee.recorder = 0
    #expect(try recover().calls == 2)
    let reader = try TraceReader(output)
    #expect(try reader.events().map(\.isInFlight) == [false, true])
    #expect(reader.metadata.leftOut == LeftOut(sources: 5, bytes: 6))
    let contents = try #require(try reader.contents())
    #expect(try contents.bytes(of: key, range: ByteRange(start: 1, count: 2)) == Array("bc".utf8))
    #expect(throws: StoreError.exists(path: output)) { try recover() }
  }
}
