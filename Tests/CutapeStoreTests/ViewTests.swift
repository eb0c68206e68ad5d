/// The views that people query.

import CutapeTrace
import GRDB
import Testing

@testable import CutapeStore

@Suite("Views")
struct ViewTests {
  private let directory: TemporaryDirectory
  private let reader: TraceReader

  init() throws {
    directory = try TemporaryDirectory()
    let writer = try makeWriter(directory.file("t.cutape"))
    try writer.setThread(RecordedThread(number: 1, systemID: 7, name: "main"))
    try writer.setSite(
      1, CallSite(address: 5, module: "/bin/p", offset: 4, function: "main", file: "/src/main.cu", line: 12))
    try writer.setSite(2, CallSite(address: 5, module: "/bin/p", offset: 0x40))
    var time: Int64 = 0
    try writer.append(
      [
        (10, [0x1000, 4096], 0), (10, [0x2000, 64], 2), (50, [0x77, 1], 0),
        (41, [0x1000, 0x9000, 512, 1, 0x77], 0),
        (41, [0x9000, 0x1000, 512, 9, 0], 21), (20, [0x1000], 0), (10, [0x1000, 8192], 0), (20, [0x2000], 1),
        (51, [0x77], 0),
      ].map { (function: UInt16, arguments: [UInt64], result: Int32) in
        time += 10
        return Event(
          number: 0, function: function, site: function == 41 ? 1 : 2, begin: time, duration: 3,
          result: result,
          arguments: Arguments(arguments))
      })
    try writer.append([Event(number: 0, function: 90, variant: .ptsz, begin: 5000, duration: nil)])
    try writer.finish()
    reader = try TraceReader(writer.path)
  }

  @Test("calls have names, times from the start of the recording, and places")
  func calls() throws {
    let rows = try rows("SELECT * FROM calls WHERE number IN (1, 5, 10)")
    #expect(
      rows == [
        "1|10|3|cudaMalloc|success|allocateDevice|13|1|main|/bin/p+0x40|linked",
        "5|50|3|cudaMemcpyAsync|cudaErrorInvalidMemcpyDirection|copy|13|1|main|/src/main.cu:12 in main|linked",
        "10|5000|-|cudaDeviceSynchronize_ptsz|in flight|synchronizeDevice|13|1|main|-|linked",
      ])
  }

  @Test("copies have a direction and a stream")
  func copies() throws {
    #expect(
      try rows("SELECT number, direction, dst, src, bytes, width, height, stream, site FROM copies") == [
        "4|H2D|0x1000|0x9000|512|512|-|0x77|/src/main.cu:12 in main",
        "5|invalid|0x9000|0x1000|512|512|-|0x0|/src/main.cu:12 in main",
      ])
  }

  @Test("an allocation ends at the next free of its address that succeeded, and failed ones have no end")
  func allocations() throws {
    #expect(
      try rows("SELECT number, address, bytes, freed_by, result FROM allocations ORDER BY number") == [
        "1|0x1000|4096|6|success", "2|0x2000|64|-|cudaErrorMemoryAllocation", "7|0x1000|8192|-|success",
      ])
  }

  @Test("a stream ends at its destruction")
  func streams() throws {
    #expect(try rows("SELECT number, handle, flags, priority, destroyed_by FROM streams") == ["3|0x77|1|-|9"])
  }

  @Test("arguments have names and roles")
  func arguments() throws {
    #expect(
      try rows("SELECT name, role, value FROM arguments WHERE number = 4 ORDER BY position") == [
        "dst|destination|4096", "src|source|36864", "count|bytes|512", "kind|kind|1", "stream|stream|119",
      ])
  }

  private func rows(_ sql: String) throws -> [String] {
    try reader.queue.read { database in
      try Row.fetchAll(database, sql: sql).map { row in
        row.databaseValues.map { $0.isNull ? "-" : String.fromDatabaseValue($0) ?? "\($0)" }.joined(
          separator: "|")
      }
    }
  }
}
