import CutapeTestSupport
import Foundation
import Testing

/// Call stacks of real programs.
@Suite(.enabled(if: Installation.isBuilt, "\(Installation.whyNotBuilt)"))
struct StackTests {
  private func functions(_ frames: Any?) -> [String] {
    (frames as? [[String: Any]])?.map { $0["function"] as? String ?? "" } ?? []
  }

  private func record(_ options: [String] = ["--stacks"]) async throws -> URL {
    try await Installation.record("helper-race", options: options).1
  }

  @Test("A finding inside a helper names who called it, and has the key that it has without stacks")
  func helper() async throws {
    let trace = try await record()
    let full = try await Installation.cutape("check", trace.path).output
    for (caller, line) in [("fillLeft", 16), ("fillRight", 23), ("main", 32), ("main", 33)] {
      #expect(full.contains("helper-race.c:\(line) in \(caller)\n"), "\(full)")
    }
    let json = try await Installation.cutape("check", trace.path, "--format", "json").output
    let line = try #require(json.split(separator: "\n").first)
    let finding = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    #expect(functions(finding["stack"]).prefix(3) == ["upload", "fillRight", "main"])
    let related = try #require(finding["relatedStacks"] as? [Any])
    #expect(related.map { functions($0).prefix(3) } == [["upload", "fillLeft", "main"]])
    let plain = try await Installation.cutape("check", try await record([]).path, "--format", "json").output
    let key = try #require(finding["key"] as? String)
    #expect(plain.contains("\"\(key)\"") && !plain.contains("\"stack\""))
  }

  @Test("Dump has the stack of every call, and info says that there are some")
  func dumped() async throws {
    let trace = try await record()
    let lines = try await Installation.cutape("dump", trace.path, "--format", "json").output
    var calls = 0
    for line in lines.split(separator: "\n") {
      let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      guard object["type"] as? String == "call" else { continue }
      calls += 1
      #expect(functions(object["stack"]).contains("main"), "\(line)")
      #expect(functions(object["stack"]).first == object["in"] as? String)
    }
    #expect(calls >= 9)
    let info = try await Installation.cutape("info", trace.path, "--format", "json").output
    let facts = try #require(try JSONSerialization.jsonObject(with: Data(info.utf8)) as? [String: Any])
    #expect(facts["stacks"] as? Int ?? 0 > 5 && facts["stacks_left_out"] as? Int == 0, "\(info)")
    let none = try await Installation.cutape("info", try await record([]).path).output
    #expect(none.contains("stacks ") && none.contains("  none\n"))
  }

  @Test("Children that record themselves have stacks too, and so has a program without the command")
  func selfRecording() async throws {
    let folder = try temporaryFolder()
    let program = Installation.program("helper-race")
    let outcome = try await Installation.cutape(
      "record", "--emulate", "--stacks", "-o", folder.appending(path: "%p.cutape").path, "--", "/bin/bash",
      "-c",
      "\(program); \(program)")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let traces = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(traces.count == 2)
    for trace in traces {
      let full = try await Installation.cutape("check", folder.appending(path: trace).path).output
      #expect(full.contains("in fillRight"), "\(full)")
    }
  }
}
