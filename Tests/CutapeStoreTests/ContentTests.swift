/// The bytes of copies in a trace.

import CutapeStore
import CutapeTrace
import Foundation
import GRDB
import Testing

@Suite("Contents")
struct ContentTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private static let key = ContentKey(hash: 0xffff_0000_1111_2222, bytes: 10)

  /// A batch with the ten bytes of ``key`` in pieces of four.
  private func batch(_ number: Int, isWhole: Bool = true, _ key: ContentKey = key) -> ContentBatch {
    var batch = ContentBatch()
    for offset in stride(from: 0, to: UInt8(10), by: 4) {
      let data = Array(offset..<min(10, offset + 4))
      batch.parts.append(.init(ContentPiece(key: key, offset: UInt64(offset), data: data), of: number))
    }
    if isWhole { batch.whole = [.init(content: number, key: key)] }
    return batch
  }

  private func writeTrace(_ batches: [ContentBatch]) throws -> TraceReader {
    let writer = try makeWriter(directory.file("t.cutape"))
    for batch in batches { try writer.add(batch) }
    try writer.setLeftOut(LeftOut(sources: 3, bytes: 1 << 33))
    try writer.finish()
    return try TraceReader(writer.path)
  }

  @Test("can be read in any range, while the calls are read")
  func ranges() throws {
    let reader = try writeTrace([batch(1)])
    #expect(reader.metadata.leftOut == LeftOut(sources: 3, bytes: 1 << 33))
    #expect(try reader.contentCount() == (1, 10))
    let contents = try #require(try reader.contents())
    for start in UInt64(0)...10 {
      for end in start...10 {
        let range = ByteRange(start: start, count: end - start)
        #expect(try contents.bytes(of: Self.key, range: range) == Array(UInt8(start)..<UInt8(end)))
      }
    }
    #expect(try contents.bytes(of: Self.key, range: ByteRange(start: 8, count: 3)) == nil)
    let other = ContentKey(hash: Self.key.hash, bytes: 11)
    #expect(try contents.bytes(of: other, range: ByteRange(start: 0, count: 1)) == nil)
  }

  @Test("are there while the recording goes on, and only when they are whole")
  func unfinished() throws {
    let writer = try makeWriter(directory.file("t.cutape"))
    try writer.add(batch(1, isWhole: false))
    #expect(try !writer.hasContent(Self.key))
    #expect(try TraceReader(writer.path).contents() == nil)
    var rest = ContentBatch()
    rest.whole = [.init(content: 1, key: Self.key)]
    try writer.add(rest)
    #expect(try writer.hasContent(Self.key))
    let contents = try #require(try TraceReader(writer.path).contents())
    #expect(try contents.bytes(of: Self.key, range: ByteRange(start: 2, count: 3)) == [2, 3, 4])
  }

  @Test("leave nothing behind when they are dropped")
  func dropped() throws {
    var drop = ContentBatch()
    drop.dropped = [1]
    let reader = try writeTrace([batch(1, isWhole: false), drop])
    #expect(try reader.contentCount() == (0, 0))
    #expect(
      try DatabaseQueue(path: reader.path).read {
        try Int.fetchOne($0, sql: "SELECT count(*) FROM content_piece")
      } == 0)
  }

  @Test("are an error, and not other bytes, when a piece is missing")
  func damaged() throws {
    let reader = try writeTrace([batch(1)])
    try DatabaseQueue(path: reader.path).write {
      try $0.execute(sql: "DELETE FROM content_piece WHERE position = 4")
    }
    let contents = try #require(try reader.contents())
    #expect(try contents.bytes(of: Self.key, range: ByteRange(start: 0, count: 4)) == [0, 1, 2, 3])
    let reason = "the bytes of content 1 are not whole"
    #expect(throws: StoreError.damaged(path: reader.path, reason: reason)) {
      try contents.bytes(of: Self.key, range: ByteRange(start: 0, count: 10))
    }
  }

  @Test("are stored all of a batch or nothing when the disk is full")
  func fullDisk() throws {
    let writer = try makeWriter(directory.file("t.cutape"))
    var large = ContentBatch()
    let key = ContentKey(hash: 1, bytes: 1 << 20)
    for offset in stride(from: UInt64(0), to: 1 << 20, by: 1 << 14) {
      let data = [UInt8](repeating: 1, count: 1 << 14)
      large.parts.append(.init(ContentPiece(key: key, offset: offset, data: data), of: 1))
    }
    large.whole = [.init(content: 1, key: key)]
    try writer.limit(pages: 60)
    #expect(throws: StoreError.full(path: writer.path)) { try writer.add(large) }
    #expect(try !writer.hasContent(key))
    try writer.limit(pages: 100_000)
    try writer.add(large)
    try writer.finish()
    let contents = try #require(try TraceReader(writer.path).contents())
    #expect(try contents.bytes(of: key, range: ByteRange(start: (1 << 20) - 2, count: 2)) == [1, 1])
  }

  @Test("are none in a trace that was recorded without")
  func none() throws {
    let writer = try makeWriter(directory.file("t.cutape"))
    try writer.setLeftOut(nil)
    try writer.finish()
    let reader = try TraceReader(writer.path)
    #expect(try reader.contents() == nil)
    #expect(reader.metadata.leftOut == nil)
  }
}
