/// The lines of `dump`.

import CutapeTrace
import Foundation
import Testing

@testable import cutape

@Suite("Dump")
struct DumpPrinterTests {
  @Test("text")
  func text() {
    #expect(
      line(.text) == """
        #5 0.001000002 T2 cudaMemcpyAsync_ptsz(dst=0x1000, src=0x2000, count=4 KiB, kind=H2D, stream=0x77) \
        = cudaSuccess <1.50 us> at loader.cpp:88 in Loader::fetch(int, \\u{202e}char)
        """)
    #expect(
      line(.text) { $0.duration = nil }.hasSuffix(
        "stream=0x77) <in flight> at loader.cpp:88 in Loader::fetch(int, \\u{202e}char)"))
    #expect(
      line(.text) {
        $0.result = 1; $0.site = 0
      }.hasSuffix(" = cudaErrorInvalidValue (1) <1.50 us>"))
  }

  @Test("JSON has numbers for machines and nothing that a terminal would obey")
  func json() throws {
    let line = line(.json)
    #expect(line.allSatisfy { $0.isASCII })
    let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    #expect(object["type"] as? String == "call" && object["number"] as? Int == 5)
    #expect(object["time_ns"] as? Int == 1_000_002 && object["duration_ns"] as? Int == 1500)
    #expect(
      object["function"] as? String == "cudaMemcpyAsync_ptsz"
        && object["result_name"] as? String == "cudaSuccess")
    let arguments = try #require(object["arguments"] as? [String: Any])
    #expect(arguments["count"] as? Int == 4096 && arguments["kind"] as? String == "H2D")
    #expect(arguments["dst"] as? String == "0x1000")
    #expect(object["file"] as? String == "/src/loader.cpp" && object["line"] as? Int == 88)
    #expect(object["in"] as? String == "Loader::fetch(int, \u{202e}char)")
  }

  @Test("a call in flight has no duration and no result in JSON")
  func inFlight() throws {
    let line = line(.json) { $0.duration = nil }
    #expect(line.contains("\"duration_ns\":null") && line.contains("\"result\":null,\"result_name\":null"))
  }

  @Test("CSV has as many fields as its header, in quotes where they need them")
  func csv() {
    #expect(
      line(.csv) == """
        5,1000002,1500,2,cudaMemcpyAsync_ptsz,\
        "dst=0x1000, src=0x2000, count=4 KiB, kind=H2D, stream=0x77",cudaSuccess,\
        "loader.cpp:88 in Loader::fetch(int, \\u{202e}char)",linked,
        """)
    #expect(DumpPrinter(trace: exampleTrace, format: .csv).header?.split(separator: ",").count == 10)
  }

  @Test("a call says how its function was found, and of which call it is a part")
  func parts() {
    let part: (inout Event) -> Void = {
      $0.way = .proc
      $0.isPart = true
      $0.parent = 4
    }
    #expect(line(.text, part).hasSuffix(" by cuGetProcAddress, part of #4"))
    #expect(
      line(.text) {
        part(&$0); $0.parent = 0
      }.hasSuffix(" by cuGetProcAddress, part of another call"))
    let json = line(.json, part)
    #expect(
      json.contains("\"type\":\"part\"") && json.hasSuffix("\"way\":\"cuGetProcAddress\",\"parent\":4}"))
    #expect(line(.csv, part).hasSuffix(",cuGetProcAddress,4"))
  }

  @Test("a function that the trace does not name is printed by its number", arguments: Dump.Format.allCases)
  func unknown(format: Dump.Format) {
    let printer = DumpPrinter(trace: exampleTrace, format: format)
    #expect(printer.line(Event(number: 1, function: 99), nil).contains("function 99"))
  }

  private func line(_ format: Dump.Format, _ change: (inout Event) -> Void = { _ in }) -> String {
    var event = exampleCall
    change(&event)
    return DumpPrinter(trace: exampleTrace, format: format).line(event, exampleFunction)
  }
}
