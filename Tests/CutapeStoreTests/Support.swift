/// What the tests of the store share: a small function table, random events, and temporary files.

import CutapeTrace
import Foundation
import GRDB

@testable import CutapeStore

/// Functions of every kind of layout: columns only, shared arguments, more than three that vary, a string, a list.
let functions = FunctionTable([
  Function(
    id: 10, name: "cudaMalloc", effect: .allocateDevice,
    fields: [.init(name: "devPtr", role: .outPointer), .init(name: "size", role: .bytes)]),
  Function(id: 20, name: "cudaFree", effect: .freeDevice, fields: [.init(name: "devPtr", role: .pointer)]),
  Function(
    id: 41, name: "cudaMemcpyAsync", effect: .copy,
    fields: [
      .init(name: "dst", role: .destination), .init(name: "src", role: .source),
      .init(name: "count", role: .bytes),
      .init(name: "kind", role: .kind), .init(name: "stream", role: .stream),
    ]),
  Function(
    id: 50, name: "cudaStreamCreateWithFlags", effect: .createStream,
    fields: [.init(name: "pStream", role: .outStream), .init(name: "flags", role: .flags)]),
  Function(
    id: 51, name: "cudaStreamDestroy", effect: .destroyStream, fields: [.init(name: "stream", role: .stream)]),
  Function(
    id: 60, name: "__cudaRegisterFunction", effect: .registerKernel,
    fields: [.init(name: "hostFun", role: .hostFunction), .init(name: "deviceName", role: .text)]),
  Function(
    id: 61, name: "cudaLaunchKernel", effect: .launch,
    fields: [
      .init(name: "func", role: .kernel), .init(name: "gridX", role: .gridX),
      .init(name: "stream", role: .stream),
      .init(name: "arguments", role: .items),
    ]),
  Function(
    id: 70, name: "cudaMany", effect: .unsupported,
    fields: (0..<12).map { .init(name: "p\($0)", role: $0 == 5 ? .kind : .opaque) }),
  Function(id: 90, name: "cudaDeviceSynchronize", effect: .synchronizeDevice, fields: []),
])

/// Numbers that are the same in every run.
struct Seeded: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var word = state
    word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
    word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
    return word ^ (word >> 31)
  }
}

/// `count` events in order of effect, with every extreme a word can have.
func randomEvents(_ count: Int, seed: UInt64) -> [Event] {
  var random = Seeded(state: seed)
  let extremes: [UInt64] = [0, 1, 127, 128, 1 << 47, UInt64(Int64.max), 1 << 63, .max]
  func word() -> UInt64 {
    Bool.random(using: &random)
      ? extremes.randomElement(using: &random) ?? 0 : UInt64.random(in: 0...(.max), using: &random)
  }
  var time: Int64 = 0
  return (1...max(count, 1)).prefix(count).map { number in
    let function = functions.all.randomElement(using: &random) ?? functions.all[0]
    var event = Event(
      number: number, function: function.id,
      variant: Variant.allCases.randomElement(using: &random) ?? .plain,
      major: Bool.random(using: &random) ? 12 : 13, thread: Int.random(in: 1...4, using: &random),
      site: Int.random(in: 0...5, using: &random),
      duration: function.effect.isAtReturn || Int.random(in: 0..<50, using: &random) > 0
        ? Int64.random(in: 0...1000, using: &random) : nil,
      result: Bool.random(using: &random)
        ? 0 : [1, 77, 999, -1, .min][Int.random(in: 0..<5, using: &random)],
      arguments: Arguments(function.fields.map { _ in word() }))
    time += Int64.random(in: 1...5000, using: &random)
    event.begin = function.effect.isAtReturn ? time - (event.duration ?? 0) : time
    if function.index(of: .text) != nil || function.index(of: .items) != nil
      || Int.random(in: 0..<20, using: &random) == 0
    {
      event.tail = (0..<Int.random(in: 0...20, using: &random)).map { _ in word() }
    }
    return event
  }
}

/// A directory that is removed when the test is over.
final class TemporaryDirectory {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "cutape-store-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { path + "/" + name }
}

/// A writer of a new trace with the test's functions.
func makeWriter(_ path: String, overwriting: Bool = false) throws -> TraceWriter {
  try TraceWriter(
    creatingAt: path, metadata: Metadata(cutapeVersion: "test", program: "/bin/program"),
    functions: functions,
    overwriting: overwriting)
}

extension TraceWriter {
  /// Bounds the file: what SQLite does at the end of the disk it also does at this limit.
  func limit(pages: Int) throws {
    try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA max_page_count = \(pages)") }
  }
}
