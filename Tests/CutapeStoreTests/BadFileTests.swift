/// Every wrong file has an error of its own.

import CutapeTrace
import Foundation
import GRDB
import Testing

@testable import CutapeStore

@Suite("Bad files")
struct BadFileTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  @Test("a file that is not there")
  func missing() {
    let path = directory.file("none")
    #expect(throws: StoreError.missing(path: path)) { try TraceReader(path) }
    #expect(throws: StoreError.missing(path: path + "/x/y")) { try TraceReader(path + "/x/y") }
  }

  @Test("a directory, a device")
  func notFile() {
    #expect(throws: StoreError.unreadable(path: directory.path, reason: "is a directory")) {
      try TraceReader(directory.path)
    }
    #expect(throws: StoreError.notTrace(path: "/dev/null")) { try TraceReader("/dev/null") }
  }

  @Test("an empty file")
  func empty() throws {
    let path = try file("empty", Data())
    #expect(throws: StoreError.empty(path: path)) { try TraceReader(path) }
  }

  @Test("a text file, short and long", arguments: ["hello", String(repeating: "text ", count: 1000)])
  func text(content: String) throws {
    let path = try file("text", Data(content.utf8))
    #expect(throws: StoreError.notTrace(path: path)) { try TraceReader(path) }
  }

  @Test("another program's database")
  func foreign() throws {
    let path = directory.file("foreign")
    let queue = try DatabaseQueue(path: path)
    try queue.write { try $0.execute(sql: "CREATE TABLE recording (id INTEGER)") }
    try queue.close()
    #expect(throws: StoreError.foreign(path: path)) { try TraceReader(path) }
  }

  @Test("a trace of a newer version")
  func newer() throws {
    let path = try makeTrace()
    let queue = try DatabaseQueue(path: path)
    try queue.write { try $0.execute(sql: "PRAGMA user_version = \(Schema.version + 1)") }
    try queue.close()
    #expect(throws: StoreError.newer(path: path, version: Schema.version + 1, known: Schema.version)) {
      try TraceReader(path)
    }
  }

  @Test("a trace that is cut off anywhere is an error, never a trap", arguments: [50, 99, 100, 2000, 20000])
  func truncated(size: Int) throws {
    let whole = try Data(contentsOf: URL(filePath: makeTrace()))
    #expect(whole.count > size)
    let path = try file("cut", whole.prefix(size))
    #expect { try TraceReader(path) } throws: { error in
      guard case .damaged = error as? StoreError else { return false }
      return true
    }
  }

  @Test("a trace with overwritten bytes gives events or an error, never a trap", arguments: 0..<60)
  func corrupt(seed: UInt64) throws {
    var random = Seeded(state: seed)
    var bytes = try Data(contentsOf: URL(filePath: makeTrace()))
    // The header stays: it has errors of its own.
    for _ in 0..<(1 + seed % 40) {
      bytes[Int.random(in: 100..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
    }
    let path = try file("corrupt", bytes)
    do {
      let reader = try TraceReader(path)
      try reader.forEachEvent { _ = Operation($0, functions: reader.trace.functions) }
    } catch {
      #expect(error is StoreError, "\(error)")
    }
  }

  @Test(
    "inconsistent tables are errors that say what is wrong",
    arguments: [
      "DELETE FROM recording", "DELETE FROM shape", "DELETE FROM epoch", "UPDATE call SET shape = 77777777",
      "UPDATE shape SET variant = 9", "UPDATE function SET effect = 'dance'",
      "UPDATE field SET role = 'king'",
      "UPDATE field SET place = 'here'", "UPDATE shape SET function = 'text'",
      "UPDATE shape_value SET position = position + 99",
      "DROP TABLE thread", "UPDATE call SET rest = x'ffffffffffffffffffffffff'",
      "UPDATE field SET place = 'rest'",
      "UPDATE recording SET lost = 'many'",
    ])
  func inconsistent(sql: String) throws {
    let path = try makeTrace()
    let queue = try DatabaseQueue(path: path)
    try queue.write { try $0.execute(sql: sql) }
    try queue.close()
    #expect {
      try TraceReader(path).forEachEvent { _ in }
    } throws: { error in
      guard case .damaged(_, let reason) = error as? StoreError else { return false }
      return !reason.isEmpty
    }
  }

  @Test("descriptions are one line and name the file")
  func descriptions() throws {
    let path = directory.file("none")
    let error = #expect(throws: StoreError.self) { try TraceReader(path) }
    #expect(error?.description == "\(path): no such file")
  }

  private func file(_ name: String, _ content: Data) throws -> String {
    let path = directory.file(name)
    try content.write(to: URL(filePath: path))
    return path
  }

  private func makeTrace() throws -> String {
    let writer = try makeWriter(directory.file("whole"), overwriting: true)
    try writer.setThread(RecordedThread(number: 1, systemID: 1, name: "main"))
    try writer.setSite(1, CallSite(address: 1, module: "/bin/x", offset: 1))
    try writer.append(randomEvents(800, seed: 1))
    try writer.finish()
    return writer.path
  }
}
