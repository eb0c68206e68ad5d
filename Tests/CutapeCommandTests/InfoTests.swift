/// What `info` says.

import CutapeReport
import CutapeStore
import CutapeTrace
import Foundation
import Testing

@testable import cutape

@Suite("Info")
struct InfoTests {
  @Test("a trace of a program that a signal ended, with everything that can go wrong")
  func everything() throws {
    let path = NSTemporaryDirectory() + "cutape-info-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let upload = Function(id: 1003, name: "cuMemcpyHtoDAsync_v2", effect: .copyHostToDevice, fields: [])
    let graph = Function(id: 424, name: "cudaGraphLaunch", effect: .unsupported, fields: [])
    var metadata = Metadata(
      cutapeVersion: "9.9", program: "/bin/p\u{1b}", arguments: ["p", "a b", "it's"], workingDirectory: "/w",
      environment: ["CUDA_VISIBLE_DEVICES": "1"], process: 42, host: "box", start: 86_400_000_000_000)
    metadata.lost = 3
    let writer = try TraceWriter(
      creatingAt: path, metadata: metadata, functions: FunctionTable([exampleFunction, graph, upload]))
    try writer.setThread(exampleTrace.threads[0])
    var failed = exampleCall
    failed.result = 1
    var inFlight = exampleCall
    inFlight.duration = nil
    var part = Event(number: 0, function: 1003, thread: 2, begin: 1_500_000, isPart: true)
    try writer.append([
      exampleCall, failed, Event(number: 0, function: 424, begin: 2_000_000), inFlight, part,
    ])
    part.isPart = false
    part.way = .proc
    part.site = 2
    try writer.append([part])
    for site in [1, 2] {
      let module = site == 1 ? "/bin/p" : "/lib/libcudart.so.13"
      try writer.setSite(site, CallSite(address: 1, module: module, offset: 1))
    }
    try writer.setCoverage(
      Coverage(
        reason: "asked for", keepsNested: true, looks: 2,
        libraries: [
          RecordedLibrary(path: "/bin/p", kind: .client, needs: ["libcudart.so.13"]),
          RecordedLibrary(
            path: "/lib/libcudart.so.13", kind: .runtime, soname: "libcudart.so.13",
            buildID: "0123456789abcdef0123"),
        ]))
    try writer.setEnding(.signal(11))
    try writer.finish(duration: 5_000_000)

    let reader = try TraceReader(path)
    var counts = CallCounts()
    try reader.forEachEvent { counts.add($0, reader.trace.functions[$0.function]) }
    let summary = InfoSummary(reader: reader, counts: counts)
    #expect(
      summary.lines == [
        "program        /bin/p\\u{1b}",
        #"command        p 'a b' 'it'\\''s'"#,
        "directory      /w",
        "process        42 on box",
        "start          1970-01-02T00:00:00Z",
        "length         5.00 ms",
        "ended          killed by signal 11 (Segmentation fault)",
        "cutape         9.9, clock tsc",
        "CUDA           13",
        "devices        0",
        "calls          5: 4 copies, 0 memsets, 0 launches, 0 allocations",
        "failed         1",
        "in flight      1",
        "lost           3",
        "unsupported    1: cudaGraphLaunch 1",
        "payload        none",
        "stacks         none",
        "seen by        preload: asked for",
        "levels         4 runtime, 1 driver, 1 parts",
        "ways           4 linked, 1 cuGetProcAddress",
        "driver copies  1 without a runtime parent",
        "library        /bin/p: linked with libcudart.so.13, 3 calls from it",
        "library        /lib/libcudart.so.13: CUDA runtime, build id 0123456789abcdef, 1 call from it",
        "thread T2      \"io\\u{1b}[31m\", id 10, 4 calls",
        "environment    CUDA_VISIBLE_DEVICES=1",
      ])
    let object = try JSONSerialization.jsonObject(with: Data(summary.json.text.utf8)) as? [String: Any]
    #expect(object?["ending"] as? String == "signal" && object?["ending_value"] as? Int == 11)
    #expect(
      object?["lost"] as? Int == 3 && object?["calls"] as? Int == 5 && object?["finished"] as? Bool == true)
    #expect(object?["arguments"] as? [String] == ["p", "a b", "it's"])
    let coverage = try #require(object?["coverage"] as? [String: Any])
    #expect(coverage["runtime_calls"] as? Int == 4 && coverage["driver_copies_without_parent"] as? Int == 1)
    #expect((coverage["libraries"] as? [[String: Any]])?.map { $0["calls"] as? Int } == [3, 1])
    #expect(
      summary.coverage.warnings == [
        "libcudart.so.13 made 1 copy in calls that were not seen; 'record --via audit' sees objects that bypass "
          + "preloaded libraries"
      ])
  }

  @Test("of many threads the first are named and the others summed up")
  func manyThreads() throws {
    let path = NSTemporaryDirectory() + "cutape-info-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let metadata = Metadata(
      cutapeVersion: "9.9", program: "p", arguments: [], workingDirectory: "/", environment: [:], process: 1,
      host: "box", start: 0)
    let writer = try TraceWriter(
      creatingAt: path, metadata: metadata, functions: FunctionTable([exampleFunction]))
    for number in 1...100 {
      try writer.setThread(RecordedThread(number: number, systemID: 1000 + number, name: ""))
      var call = exampleCall
      call.thread = number
      try writer.append(Array(repeating: call, count: number))
    }
    try writer.setEnding(.exited(0))
    try writer.finish(duration: 1)
    let reader = try TraceReader(path)
    var counts = CallCounts()
    try reader.forEachEvent { counts.add($0, reader.trace.functions[$0.function]) }
    let lines = InfoSummary(reader: reader, counts: counts).lines.filter {
      $0.hasPrefix("thread") || $0.hasPrefix("others")
    }
    #expect(lines.count == 9)
    #expect(lines.first == "thread T1      id 1001, 1 calls")
    #expect(lines.last == "others         92 threads, 5014 calls: 9 to 100 each")
  }
}
