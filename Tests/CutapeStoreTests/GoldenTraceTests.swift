/// A trace of every version of the format is kept, and must still read.
///
/// `CUTAPE_REWRITE=1 swift test --filter GoldenTraceTests` writes the trace of the newest version again, and fails so
/// that nobody does it unseen. Older ones are never written again.

import CutapeStore
import CutapeTrace
import Foundation
import Testing

@Suite("Golden traces")
struct GoldenTraceTests {
  @Test("the trace of version 1 reads as it was written")
  func version1() throws {
    try compare(Self.file("version-1.trace"), to: Self.events)
  }

  @Test("the trace of version 2 reads as it was written")
  func version2() throws {
    let reader = try compare(Self.file("version-2.trace"), to: Self.events + Self.parts)
    #expect(reader.coverage == nil)
  }

  @Test("the trace of version 3 reads as it was written")
  func version3() throws {
    let reader = try compare(
      Self.file("version-3.trace"), to: Self.events + Self.parts, leftOut: LeftOut(sources: 1, bytes: 4096))
    try expectContents(reader)
    #expect(reader.coverage == nil)
  }

  @Test("the trace of version 4 reads as it was written")
  func version4() throws {
    let reader = try compare(
      Self.file("version-4.trace"), to: Self.events + Self.parts, leftOut: LeftOut(sources: 1, bytes: 4096))
    try expectContents(reader)
    #expect(reader.coverage == Self.coverage)
  }

  @Test("the trace of version 5 reads as it was written")
  func version5() throws {
    let reader = try compare(
      Self.file("version-5.trace"), to: Self.events + Self.parts, leftOut: LeftOut(sources: 1, bytes: 4096),
      build: Self.build, remarks: [Self.remark])
    try expectContents(reader)
    #expect(reader.coverage == Self.coverage)
  }

  @Test("the trace of version 6 reads as it was written")
  func version6() throws {
    let path = Self.file("version-6.trace")
    if ProcessInfo.processInfo.environment["CUTAPE_REWRITE"] != nil {
      try Self.write(path)
      Issue.record(
        "version-6.trace was written again: look at the difference, and run without CUTAPE_REWRITE")
    }
    let reader = try compare(
      path, to: Self.events + Self.parts + [Self.stacked], leftOut: LeftOut(sources: 1, bytes: 4096),
      build: Self.build, remarks: [Self.remark], stacksLeftOut: 2,
      sites: Self.sites.merging(Self.inlinedSites) { $1 })
    try expectContents(reader)
    #expect(reader.coverage == Self.coverage)
    #expect(reader.trace.stacks == StackTable(Self.frames))
  }

  private func expectContents(_ reader: TraceReader) throws {
    let contents = try #require(try reader.contents())
    #expect(try contents.bytes(of: Self.content, range: ByteRange(start: 0, count: 3)) == Array("abc".utf8))
  }

  @discardableResult
  private func compare(
    _ path: String, to events: [Event], leftOut: LeftOut? = nil, build: String? = nil, remarks: [String] = [],
    stacksLeftOut: Int? = nil, sites: [Int: CallSite] = Self.sites
  ) throws -> TraceReader {
    let reader = try TraceReader(path)
    var metadata = Self.metadata
    metadata.state = .finished
    metadata.duration = 1_500_000
    metadata.ending = .exited(3)
    metadata.lost = 2
    metadata.leftOut = leftOut
    metadata.remarks = remarks
    metadata.stacksLeftOut = stacksLeftOut
    metadata.majors = [12, 13]
    #expect(reader.metadata == metadata)
    #expect(reader.trace.threads == Self.threads)
    #expect(reader.trace.sites == sites)
    #expect(reader.trace.lost == 2)
    var module = Self.module
    module.build = build
    #expect(reader.modules == [module])
    #expect(try reader.events() == events)
    #expect(reader.trace.functions[41] == functions[41])
    return reader
  }

  private static func file(_ name: String) -> String {
    URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Traces/\(name)").path
  }

  private static func write(_ path: String) throws {
    let writer = try TraceWriter(
      creatingAt: path, metadata: metadata, functions: functions, overwriting: true)
    for thread in threads { try writer.setThread(thread) }
    var module = module
    module.build = build
    try writer.addModule(module)
    try writer.addRemark(remark)
    for (key, site) in (Array(sites) + Array(inlinedSites)).sorted(by: { $0.key < $1.key }) {
      try writer.setSite(key, site)
    }
    try writer.add(frames, from: 1)
    try writer.setStacksLeftOut(2)
    try writer.append(events + parts + [stacked])
    var contents = ContentBatch()
    contents.parts = [.init(ContentPiece(key: content, offset: 0, data: Array("abc".utf8)), of: 1)]
    contents.whole = [.init(content: 1, key: content)]
    try writer.add(contents)
    try writer.setLeftOut(LeftOut(sources: 1, bytes: 4096))
    try writer.setCoverage(coverage)
    try writer.setLost(2)
    try writer.setEnding(.exited(3))
    try writer.finish(duration: 1_500_000)
  }

  private static let metadata = Metadata(
    cutapeVersion: "1.0", program: "/home/me/loader", arguments: ["./loader", "--size", "4 GiB"],
    workingDirectory: "/home/me", environment: ["CUDA_VISIBLE_DEVICES": "0"], process: 4711, host: "box",
    start: 1_700_000_000_000_000_000)

  private static let content = ContentKey(hash: 0x44bc_2cf5_ad77_0999, bytes: 3)

  private static let coverage = Coverage(
    via: .audit, reason: "asked for", keepsNested: true, looks: 3,
    libraries: [
      RecordedLibrary(path: "/home/me/loader", kind: .client, buildID: "0123", needs: ["libcudart.so.13"]),
      RecordedLibrary(path: "/usr/lib/libcudart.so.13", kind: .runtime, soname: "libcudart.so.13"),
    ])

  private static let threads = [
    RecordedThread(number: 1, systemID: 4711, name: "loader"),
    RecordedThread(number: 2, systemID: 4712, name: "io"),
  ]

  private static let build = "00112233445566778899aabbccddeeff00112233"
  private static let remark = "/usr/bin/tool cannot be recorded: it is statically linked"

  private static let module = RecordedModule(path: "/home/me/loader", loadBias: 0x5555_0000, end: 0x5556_0000)

  private static let sites = [
    1: CallSite(
      address: 0x5555_1234, module: "/home/me/loader", offset: 0x1233, function: "Loader::fetch",
      file: "/src/loader.cpp", line: 88),
    2: CallSite(address: 0x7f00_0010, module: "/usr/lib/libplugin.so", offset: 0x10),
  ]

  private static let events = [
    event(10, 0, [0x7f10_0000_0000, 4096], site: 1),
    event(50, 10, [0x55d0_0000_1000, 1]),
    event(60, 20, [0x5555_2000, 14], tail: [UInt64](text: "_Z6kernelPfPKf")),
    event(41, 30, [0x7f10_0000_0000, 0x7ffc_0000_0000, 4096, 1, 0x55d0_0000_1000], thread: 2, site: 2),
    event(61, 40, [0x5555_2000, 128, 0x55d0_0000_1000, 1], tail: [1, 0x7f10_0000_0000]),
    event(41, 50, [0, 0x7f10_0000_0000, 64, 9, 0], site: 1, major: 12, result: 21),
    event(70, 60, Array(100..<112)),
    event(51, 70, [0x55d0_0000_1000]),
    event(20, 80, [0x7f10_0000_0000], variant: .plain),
    event(90, 90, [], variant: .ptsz, duration: nil),
  ].enumerated().map { index, event in
    var event = event
    event.number = index + 1
    return event
  }

  /// Since version 2: a call by a way of its own, and parts of two calls.
  private static let parts = [
    Event(number: 11, function: 20, begin: 100, duration: 50, arguments: [0x7f20], way: .entryPoint),
    Event(
      number: 12, function: 41, begin: 110, duration: 20, arguments: [1, 2, 3, 4, 5], way: .proc,
      isPart: true,
      parent: 11),
    Event(
      number: 13, function: 41, begin: 210, duration: 20, arguments: [1, 2, 3, 4, 5], isPart: true, parent: 10
    ),
  ]

  /// Since version 6: a call with its stack.
  private static let stacked = Event(
    number: 14, function: 20, site: 1, begin: 220, duration: 1, arguments: [0x7f20], stack: 2)

  /// Since version 6: a place in a function that was inlined.
  private static let inlinedSites: [Int: CallSite] = {
    var site = CallSite(
      address: 0x5555_2234, module: "/home/me/loader", offset: 0x2233, function: "main",
      file: "/src/copy.h", line: 7)
    site.inlined = [
      CallSite.Inlined(function: "copy<char>", file: "/src/loader.h", line: 21),
      CallSite.Inlined(function: nil, file: nil, line: nil),
    ]
    return [3: site]
  }()

  private static let frames = [StackFrame(caller: .unknown, site: 2), StackFrame(caller: .frame(1), site: 1)]

  private static func event(
    _ function: UInt16, _ begin: Int64, _ arguments: [UInt64], tail: [UInt64] = [], thread: Int = 1,
    site: Int = 0,
    major: UInt8 = 13, result: Int32 = 0, variant: Variant = .plain, duration: Int64? = 1
  ) -> Event {
    Event(
      number: 0, function: function, variant: variant, major: major, thread: thread, site: site, begin: begin,
      duration: duration, result: result, arguments: Arguments(arguments), tail: tail)
  }
}
