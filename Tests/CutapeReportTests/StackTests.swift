import CutapeReport
import CutapeRules
import CutapeTrace
import Foundation
import Testing

/// Call stacks in what the renderers print.
struct StackTests {
  private typealias Object = [String: Any]

  /// The race, whose second copy was made in a helper that `frames` called, from the helper outwards.
  private func race(_ frames: [CallSite?], isWhole: Bool = true) throws -> Report {
    var report = try Report(of: #require(SnapshotTests.programs["race"]))
    var table: [StackFrame] = []
    for site in frames.reversed() {
      let key = 100 + table.count
      if let site { report.context.sites[key] = site }
      let caller: StackFrame.Caller = table.isEmpty ? isWhole ? .nobody : .unknown : .frame(table.count)
      table.append(StackFrame(caller: caller, site: key))
    }
    report.context.stacks = StackTable(table)
    report.findings.removeAll { $0.code != "CT401" }
    report.findings[0].call.stack = table.count
    report.findings[0].picture?.accesses[1].call.stack = table.count
    return report
  }

  private func site(_ function: String?, _ line: Int, module: String = "/opt/bin/app") -> CallSite {
    CallSite(
      address: 1, module: module, offset: 16, function: function, file: function.map { _ in "/src/app.cpp" },
      line: function.map { _ in line })
  }

  /// The lines of the stack in the full form.
  private func lines(_ report: Report) -> [String] {
    let text = FullRenderer(context: report.context, isColored: false).text(of: report.findings[0])
    return text.split(separator: "\n").drop { !$0.contains("= stack:") }.prefix {
      !$0.contains("= help:") && !$0.contains("and no")
    }
    .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.hasPrefix("= note") }
  }

  @Test("The full form shows who called the helper, up to main")
  func full() throws {
    let libc = site(nil, 0, module: "/lib/libc.so.6")
    let report = try race([site("download", 9), site("Loader::step", 20), site("main", 40), libc, libc])
    #expect(
      lines(report) == [
        "= stack: #7 was issued by", "app.cpp:9 in download", "app.cpp:20 in Loader::step",
        "app.cpp:40 in main",
      ])
  }

  @Test("An inlined function is a frame like others")
  func inlined() throws {
    var step = site("Loader::step", 20)
    step.inlined = [CallSite.Inlined(function: "download", file: "/src/app.cpp", line: 31)]
    #expect(
      lines(try race([step, site("main", 40)])) == [
        "= stack: #7 was issued by", "app.cpp:20 in download", "app.cpp:31 in Loader::step",
        "app.cpp:40 in main",
      ])
  }

  @Test("Of a thread the frames that started it are not shown")
  func thread() throws {
    let libc = site(nil, 0, module: "/lib/x86_64-linux-gnu/libc.so.6")
    #expect(lines(try race([site("download", 9), site("run", 20), libc, libc])).count == 3)
    // Who called the C library is not what started it.
    #expect(lines(try race([site("compare", 9), libc, site("sort", 20)])).count == 4)
  }

  @Test("A long stack is cut, one that is not whole says so, and one frame says nothing new")
  func limits() throws {
    let long = lines(try race((0..<40).map { site("f\($0)", $0) }))
    #expect(long.count == 14 && long.last == "and 28 more")
    let open = lines(try race([site("download", 9), nil], isWhole: false))
    #expect(open.suffix(2) == ["?", "what called that is not known"])
    #expect(lines(try race([site("main", 9), site(nil, 0, module: "/lib/libc.so.6")])).isEmpty)
  }

  @Test("JSON has all frames, SARIF those of each call, and the key is what it is without them")
  func machine() throws {
    var plain = try Report(of: #require(SnapshotTests.programs["race"]))
    plain.findings.removeAll { $0.code != "CT401" }
    let report = try race([site("download", 9), site("main", 40), site(nil, 0, module: "/lib/libc.so.6")])
    #expect(report.findings.map(\.key) == plain.findings.map(\.key))
    let json = JsonRenderer(context: report.context).text(of: report.findings[0])
    let object = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? Object)
    let stack = try #require(object["stack"] as? [Object])
    #expect(stack.map { $0["function"] as? String } == ["download", "main", nil])
    #expect(stack.map { $0["line"] as? Int } == [9, 40, nil])
    #expect((object["relatedStacks"] as? [Any])?.count == report.findings[0].related.count)
    let before = JsonRenderer(context: plain.context).text(of: plain.findings[0])
    #expect(!before.contains("\"stack\""))

    let sarif = SarifDocument(context: report.context, version: "0.1.0").text(
      new: report.findings, known: nil, summary: report.summary)
    let log = try #require(try JSONSerialization.jsonObject(with: Data(sarif.utf8)) as? Object)
    let results = try #require((log["runs"] as? [Object])?.first?["results"] as? [Object])
    let frames = try #require((results[0]["stacks"] as? [Object])?.first?["frames"] as? [Object])
    #expect(frames.map { $0["module"] as? String } == ["app", "app", "libc.so.6"])
    let location = try #require(frames[0]["location"] as? Object)
    #expect(((location["physicalLocation"] as? Object)?["region"] as? Object)?["startLine"] as? Int == 9)
  }
}
