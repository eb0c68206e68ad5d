/// A trace says how its calls were looked for.

import CutapeStore
import CutapeTrace
import Foundation
import Testing

@Suite("Coverage")
struct CoverageTests {
  @Test("what was said last is read, with every library and what it needs")
  func roundTrip() throws {
    let directory = try TemporaryDirectory()
    let writer = try makeWriter(directory.file("t.cutape"))
    try writer.setCoverage(Coverage(via: .audit, reason: "asked for"))
    #expect(try TraceReader(writer.path).coverage == Coverage(via: .audit, reason: "asked for"))
    let coverage = Coverage(
      via: .preload, reason: "auto", keepsNested: true, looks: 7,
      libraries: [
        RecordedLibrary(
          path: "/a/libcudart.so.13", kind: .runtime, soname: "libcudart.so.13", buildID: "00ff"),
        RecordedLibrary(path: "/b/p", kind: .client, needs: ["libcudart.so.13", "libcuda.so.1"]),
        RecordedLibrary(path: "/c/libcublas.so.13", kind: .nvidia, needs: ["libcudart.so.13"]),
      ])
    try writer.setCoverage(coverage)
    try writer.finish()
    #expect(try TraceReader(writer.path).coverage == coverage)
  }

  @Test("calls of the driver say no major: it is one for all")
  func majors() throws {
    let directory = try TemporaryDirectory()
    let functions = FunctionTable([
      Function(id: 1, name: "cuCtxSynchronize", effect: .synchronizeDevice, fields: []),
      Function(id: 2, name: "cudaDeviceSynchronize", effect: .synchronizeDevice, fields: []),
    ])
    let writer = try TraceWriter(
      creatingAt: directory.file("t.cutape"), metadata: Metadata(cutapeVersion: "test", program: "p"),
      functions: functions)
    try writer.append([Event(number: 0, function: 1, major: 13)])
    #expect(try TraceReader(writer.path).metadata.majors.isEmpty)
    try writer.append([Event(number: 0, function: 2, major: 12)])
    #expect(try TraceReader(writer.path).metadata.majors == [12])
  }

  @Test("why there are no calls depends on what was there")
  func reasons() {
    func reason(_ kinds: RecordedLibrary.Kind..., looks: Int = 1, via: Coverage.Via = .preload) -> String {
      Coverage(
        via: via, looks: looks,
        libraries: kinds.map { RecordedLibrary(path: "/x/\($0)", kind: $0, needs: ["libcudart.so.13"]) }
      ).reasonForNoCalls
    }
    #expect(
      reason(.driver, .runtime, .client)
        == "runtime was in the program, but no call of it was seen; 'record --via audit' sees objects that bypass "
        + "preloaded libraries")
    #expect(!reason(.runtime, via: .audit).contains("--via"))
    #expect(reason(.staticRuntime).hasSuffix("where it calls the driver: no driver was loaded"))
    #expect(
      reason(.driver, .staticRuntime).hasSuffix("driver was in the program, but no call of it was seen"))
    #expect(reason(.client) == "client is linked with libcudart.so.13, but no call was seen")
    #expect(reason() == "no CUDA library was seen in the program")
    #expect(reason(looks: 0) == "the program ended before anything could be seen of its libraries")
  }
}
