import Testing

/// C programs, built against NVIDIA's headers, on the stand-in libraries.
@Suite(
  "programs on the stand-in library", .enabled(if: StandIn.hasHeaders, StandIn.whyNoHeaders),
  .timeLimit(.minutes(2)))
struct ProgramTests {
  private func run(_ program: String, _ major: Int) throws -> StandIn.Outcome {
    try StandIn.run(program, major: major, options: try #require(StandIn.headers(major)))
  }

  @Test(arguments: ["queries", "host-functions", "pools", "graphs"], [12, 13])
  func `finds everything as it expects`(program: String, major: Int) throws {
    let outcome = try run(program, major)
    #expect(outcome.output == "all as expected\n")
    #expect(outcome.errors == "")
    #expect(outcome.status == 0)
  }

  @Test(arguments: [12, 13])
  func `hears once about a function that is not there`(major: Int) throws {
    let outcome = try run("unsupported", major)
    #expect(outcome.output == "all as expected\n")
    let said = "cutape: cudaDestroyTextureObject is not supported by the emulated device (error 801)\n"
    #expect(outcome.errors == said)
  }

  @Test func `shares everything between the driver and the runtime`() throws {
    let outcome = try run("driver", 13)
    #expect(outcome.output == "all as expected\n")
    #expect(outcome.errors == "cutape: emulated device: kernels are accepted and not run\n")
    #expect(outcome.status == 0)
  }

  @Test func `faults when it reads device memory on the host`() throws {
    #expect(try run("fault", 13).status == 139)
  }
}
