import Foundation
import Testing

/// Programs that reach the driver by themselves, on the stand-in driver.
@Suite(.enabled(if: Installation.isBuilt, "\(Installation.whyNotBuilt)"))
struct DriverTests {
  /// The copies of a trace, by the names of the functions that were called.
  private func copies(_ trace: URL) async throws -> [String] {
    try await Dumped(trace).calls.map(\.function).filter { $0.hasPrefix("cuMemcpy") }
  }

  @Test("Functions that a program looks up are recorded once, in the form that it found")
  func lookedUp() async throws {
    let (outcome, trace) = try await Installation.record("driver-looked-up")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(
      try await copies(trace) == [
        "cuMemcpyHtoD_v2", "cuMemcpyDtoD_v2_ptds", "cuMemcpyAsync", "cuMemcpyAsync_ptsz", "cuMemcpy",
        "cuMemcpyDtoH_v2",
      ])
  }

  @Test("A program with the runtime linked in ends without a driver as it does bare")
  func staticRuntimeWithoutDriver() async throws {
    let program = Installation.program("static-runtime")
    let trace = try temporaryFolder().appending(path: "run.cutape")
    let bare = try await Command.run(program)
    let recorded = try await Installation.cutape("record", "-q", "-o", trace.path, "--", program)
    #expect(recorded == bare)
  }

  @Test(
    "Python's cuda-bindings copy with the driver, are recorded and judged",
    .enabled(
      if: Clients.areThere, "CUTAPE_CLIENTS does not name the packages of tools/lib/client-requirements.txt"))
  func bindings() async throws {
    let script = Installation.repository.appending(path: "Tests/Clients/bindings.py").path
    let environment = ["PYTHONPATH": Clients.folder ?? "", "PYTHONDONTWRITEBYTECODE": "1"]
    let bare = try await Command.run(
      "/usr/bin/env", ["python3", script],
      environment: environment.merging(["LD_LIBRARY_PATH": Installation.emulatedRuntimes]) { $1 })
    #expect(bare.status == 0, "\(bare.errors)")
    #expect(bare.output == "cutape emulated device\nat once: True\nin a stream: True True\n")

    let trace = try temporaryFolder().appending(path: "run.cutape")
    let recorded = try await Installation.cutape(
      "record", "-q", "--emulate", "-o", trace.path, "--", "/usr/bin/env", "python3", script,
      environment: environment)
    #expect(recorded == bare)
    #expect(
      try await copies(trace) == [
        "cuMemcpyHtoD_v2", "cuMemcpyDtoD_v2", "cuMemcpyDtoH_v2", "cuMemcpyHtoDAsync_v2",
        "cuMemcpyDtoDAsync_v2", "cuMemcpyDtoHAsync_v2",
      ])
    let checked = try await Installation.cutape("check", trace.path, "--format", "json")
    #expect(try Findings(json: checked.output).findings.isEmpty, "\(checked.output)")
    let replayed = try await Installation.cutape("replay", trace.path, "--strict")
    #expect(replayed.status == 0, "\(replayed.output)")
  }
}

/// Packages of Python that call CUDA, as `tools/test` fetches them.
private enum Clients {
  static let folder = ProcessInfo.processInfo.environment["CUTAPE_CLIENTS"].flatMap { $0.isEmpty ? nil : $0 }
  static let areThere = folder != nil
}
