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
    let graph = Function(id: 424, name: "cudaGraphLaunch", effect: .unsupported, fields: [])
    var metadata = Metadata(
      cutapeVersion: "9.9", program: "/bin/p\u{1b}", arguments: ["p", "a b", "it's"], workingDirectory: "/w",
      environment: ["CUDA_VISIBLE_DEVICES": "1"], process: 42, host: "box", start: 86_400_000_000_000)
    metadata.lost = 3
    let writer = try TraceWriter(
      creatingAt: path, metadata: metadata, functions: FunctionTable([exampleFunction, graph]))
    try writer.setThread(exampleTrace.threads[0])
    var failed = exampleCall
    failed.result = 1
    var inFlight = exampleCall
    inFlight.duration = nil
    try writer.append([exampleCall, failed, Event(number: 0, function: 424, begin: 2_000_000), inFlight])
    try writer.setEnding(.signal(11))
    try writer.finish(duration: 5_000_000)

    let reader = try TraceReader(path)
    var counts = CallCounts()
    try reader.forEachEvent { counts.add($0, reader.trace.functions[$0.function]) }
    let summary = InfoSummary(reader: reader, counts: counts)
    #expect(
      summary.lines == [
        "program      /bin/p\\u{1b}",
        #"command      p 'a b' 'it'\\''s'"#,
        "directory    /w",
        "process      42 on box",
        "start        1970-01-02T00:00:00Z",
        "length       5.00 ms",
        "ended        killed by signal 11 (Segmentation fault)",
        "cutape       9.9, clock tsc",
        "CUDA         13",
        "devices      0",
        "calls        4: 3 copies, 0 memsets, 0 launches, 0 allocations",
        "failed       1",
        "in flight    1",
        "lost         3",
        "unsupported  1: cudaGraphLaunch 1",
        "payload      none",
        "thread T2    \"io\\u{1b}[31m\", id 10, 3 calls",
        "environment  CUDA_VISIBLE_DEVICES=1",
      ])
    let object = try JSONSerialization.jsonObject(with: Data(summary.json.text.utf8)) as? [String: Any]
    #expect(object?["ending"] as? String == "signal" && object?["ending_value"] as? Int == 11)
    #expect(
      object?["lost"] as? Int == 3 && object?["calls"] as? Int == 4 && object?["finished"] as? Bool == true)
    #expect(object?["arguments"] as? [String] == ["p", "a b", "it's"])
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
    #expect(lines.first == "thread T1    id 1001, 1 calls")
    #expect(lines.last == "others       92 threads, 5014 calls: 9 to 100 each")
  }
}
