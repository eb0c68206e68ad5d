/// The writer's promises: it overwrites nothing, survives a full disk, and leaves a readable file whenever it dies.

import CutapeTrace
import Foundation
import GRDB
import Testing

@testable import CutapeStore

@Suite("Writer")
struct WriterTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  @Test("a file that exists is not touched unless told")
  func exists() throws {
    let path = directory.file("t.cutape")
    try Data("mine".utf8).write(to: URL(filePath: path))
    #expect(throws: StoreError.exists(path: path)) { try makeWriter(path) }
    #expect(try Data(contentsOf: URL(filePath: path)) == Data("mine".utf8))
    try makeWriter(path, overwriting: true).finish()
    #expect(try TraceReader(path).count() == 0)
  }

  @Test("a place where no file can be made is an error")
  func cannotCreate() {
    let path = directory.file("no/such/t.cutape")
    #expect(throws: StoreError.cannotCreate(path: path, reason: "No such file or directory")) {
      try makeWriter(path)
    }
  }

  @Test("an empty recording is a trace without calls")
  func empty() throws {
    let writer = try makeWriter(directory.file("t.cutape"))
    try writer.finish()
    let reader = try TraceReader(writer.path)
    #expect(try reader.events().isEmpty)
    #expect(reader.metadata.state == .finished && reader.metadata.majors.isEmpty)
  }

  @Test("a finished trace is one file, which no reader changes")
  func oneFile() throws {
    let writer = try makeWriter(directory.file("t.cutape"))
    try writer.append(randomEvents(100, seed: 3))
    try writer.finish()
    let before = try Data(contentsOf: URL(filePath: writer.path))
    #expect(try TraceReader(writer.path).events().count == 100)
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["t.cutape"])
    #expect(try Data(contentsOf: URL(filePath: writer.path)) == before)
  }

  @Test("a reader may look while the recording goes on")
  func concurrent() throws {
    let writer = try makeWriter(directory.file("t.cutape"))
    let events = randomEvents(200, seed: 4)
    try writer.append(events[..<150])
    let reader = try TraceReader(writer.path)
    #expect(reader.metadata.state == .recording && reader.metadata.ending == .unknown)
    try writer.append(events[150...])
    #expect(try reader.events().count == 200)
    // The reader still has the file open.
    try writer.finish()
    let other = try TraceReader(writer.path)
    #expect(try other.events() == events && other.metadata.state == .finished)
  }

  @Test("a writer that is killed leaves an unfinished trace with every stored call")
  func killed() async throws {
    let path = directory.file("t.cutape")
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
      let writer = try makeWriter(path)
      let events = randomEvents(6000, seed: 5)
      for start in stride(from: 0, to: 6000, by: 500) { try writer.append(events[start..<start + 500]) }
      kill(getpid(), SIGKILL)
    }
    #expect(FileManager.default.fileExists(atPath: path + "-wal"))
    let reader = try TraceReader(path)
    #expect(reader.metadata.state == .recording && reader.metadata.duration == nil)
    #expect(try reader.events() == randomEvents(6000, seed: 5))

    // The same without the shared-memory index, as after a copy of the two files.
    try FileManager.default.removeItem(atPath: path + "-shm")
    #expect(try TraceReader(path).count() == 6000)
  }

  @Test("an unfinished trace in a directory where nothing may be written can be read")
  func readOnlyDirectory() async throws {
    let path = directory.file("t.cutape")
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
      let writer = try makeWriter(path)
      try writer.append(randomEvents(2000, seed: 9))
      kill(getpid(), SIGKILL)
    }
    try FileManager.default.removeItem(atPath: path + "-shm")
    for name in ["t.cutape", "t.cutape-wal"] { chmod(directory.file(name), 0o444) }
    chmod(directory.path, 0o555)
    await #expect(processExitsWith: .success) { [path = path as String] in
      // Permissions do not bind root: the reader must be somebody else.
      if geteuid() == 0 { try #require(setuid(65534) == 0) }
      #expect(try TraceReader(path).events() == randomEvents(2000, seed: 9))
    }
    chmod(directory.path, 0o755)
    #expect(!FileManager.default.fileExists(atPath: path + "-shm"))
  }

  @Test("a full disk is an error that the caller can handle, and the file stays readable")
  func fullDisk() throws {
    let writer = try makeWriter(directory.file("t.cutape"))
    let events = randomEvents(20000, seed: 6)
    try writer.append(events[..<100])
    try writer.limit(pages: 60)
    #expect(throws: StoreError.full(path: writer.path)) { try writer.append(events[100...]) }
    #expect(writer.count == 100)
    #expect(try TraceReader(writer.path).events() == Array(events[..<100]))

    // With space again the recording goes on where it was, the dictionaries included.
    try writer.limit(pages: 100_000)
    try writer.append(events[100...])
    try writer.finish()
    #expect(try TraceReader(writer.path).events() == events)
  }

  @Test("an event that does not fit is refused with all of its batch")
  func unfit() throws {
    let writer = try makeWriter(directory.file("t.cutape"))
    let good = Event(number: 1, function: 20, result: 1, arguments: [1])
    #expect(throws: StoreError.self) { try writer.append([good, Event(number: 0, function: 999)]) }
    #expect(throws: StoreError.self) { try writer.append([good, Event(number: 0, function: 20)]) }
    try writer.append([good])
    try writer.finish()
    #expect(try TraceReader(writer.path).events() == [good])
  }

  @Test("a call site that is stored again replaces the first, with its module")
  func sites() throws {
    let writer = try makeWriter(directory.file("t.cutape"))
    try writer.setSite(1, CallSite(address: 9, module: "/lib/a.so", offset: 9))
    try writer.addModule(RecordedModule(path: "/lib/a.so", loadBias: 0x1000, end: 0x2000))
    let named = CallSite(address: 9, module: "/lib/a.so", offset: 9, function: "f", file: "a.c", line: 3)
    try writer.setSite(1, named)
    try writer.finish()
    let reader = try TraceReader(writer.path)
    #expect(reader.trace.sites == [1: named])
    #expect(reader.modules == [RecordedModule(path: "/lib/a.so", loadBias: 0x1000, end: 0x2000)])
  }

  @Test("what a reader's caller throws comes out as it was")
  func callersError() throws {
    struct Enough: Error {}
    let writer = try makeWriter(directory.file("t.cutape"))
    try writer.append(randomEvents(10, seed: 1))
    try writer.finish()
    let reader = try TraceReader(writer.path)
    #expect(throws: Enough.self) { try reader.forEachEvent { _ in throw Enough() } }
    #expect(try reader.count() == 10)
  }
}
