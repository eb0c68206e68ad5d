import CutapeEmulator
import Testing

/// The table "Host synchronisation of copies and memsets" of the reference, row by row.
@Suite("how far a copy is when it returns")
struct HostSynchronizationTests {
  struct Row: CustomTestStringConvertible, Sendable {
    var source: MemoryClass
    var destination: MemoryClass
    var isAsync: Bool
    var doc: HostSynchronization.Completion
    var observed: HostSynchronization.Completion
    var testDescription: String {
      "\(source) to \(destination), \(isAsync ? "asynchronous" : "synchronous")"
    }
  }

  static let rows: [Row] = [
    Row(source: .pageable, destination: .device, isAsync: false, doc: .sourceRead, observed: .complete),
    Row(source: .pinned, destination: .device, isAsync: false, doc: .complete, observed: .complete),
    Row(source: .device, destination: .pageable, isAsync: false, doc: .complete, observed: .complete),
    Row(source: .device, destination: .pinned, isAsync: false, doc: .complete, observed: .complete),
    Row(source: .device, destination: .device, isAsync: false, doc: .none, observed: .none),
    Row(source: .pageable, destination: .pinned, isAsync: false, doc: .complete, observed: .complete),
    Row(source: .managed, destination: .device, isAsync: false, doc: .none, observed: .none),
    Row(source: .managed, destination: .pageable, isAsync: false, doc: .complete, observed: .complete),
    Row(source: .pageable, destination: .device, isAsync: true, doc: .none, observed: .sourceRead),
    Row(source: .device, destination: .pageable, isAsync: true, doc: .none, observed: .complete),
    Row(source: .device, destination: .pinned, isAsync: true, doc: .none, observed: .none),
    Row(source: .pinned, destination: .device, isAsync: true, doc: .none, observed: .none),
    Row(source: .device, destination: .device, isAsync: true, doc: .none, observed: .none),
    Row(source: .pinned, destination: .pinned, isAsync: true, doc: .complete, observed: .complete),
    Row(source: .pageable, destination: .pageable, isAsync: true, doc: .complete, observed: .complete),
  ]

  @Test(arguments: rows)
  func `each row of the table holds under both profiles`(row: Row) {
    func completion(_ profile: Profile) -> HostSynchronization.Completion {
      HostSynchronization.copy(
        to: row.destination, from: row.source, isAsync: row.isAsync, profile: profile
      ).completion
    }
    #expect(completion(.doc) == row.doc)
    #expect(completion(.observed) == row.observed)
  }

  @Test func `a synchronous pageable upload waits for its stream even where its own end is open`() {
    let upload = HostSynchronization.copy(to: .device, from: .pageable, isAsync: false, profile: .doc)
    #expect(upload.waitsForStream)
    let download = HostSynchronization.copy(to: .pageable, from: .device, isAsync: true, profile: .doc)
    #expect(!download.waitsForStream)
  }

  @Test func `only the synchronous memset of pinned memory waits`() {
    #expect(HostSynchronization.fill(.pinned, isAsync: false) == .full)
    #expect(HostSynchronization.fill(.pinned, isAsync: true) == .none)
    #expect(HostSynchronization.fill(.device, isAsync: false) == .none)
    #expect(HostSynchronization.fill(.managed, isAsync: false) == .none)
  }
}
