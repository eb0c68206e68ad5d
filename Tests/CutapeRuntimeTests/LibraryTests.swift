import Foundation
import Testing

/// The stand-in libraries from outside: names, versions, layouts.
@Suite("the stand-in library", .timeLimit(.minutes(2)))
struct LibraryTests {
  @Test(arguments: [12, 13])
  func `exports every name of the real library, with its version, and no other`(major: Int) throws {
    let list = StandIn.root.appending(path: "shim/standin/cudart/exports-\(major).def")
    let wanted = try String(contentsOf: list, encoding: .utf8).split(separator: "\n")
      .filter { $0.hasPrefix("CUT_EXPORT(") }
      .map { "\($0.dropFirst(11).dropLast())@@libcudart.so.\(major)" }
    let nm = try StandIn.execute("nm", ["-D", "--defined-only", StandIn.library(major).path])
    #expect(wanted.count > 400)
    #expect(StandIn.globalSymbols(nm.output) == Set(wanted))
  }

  @Test(arguments: [12, 13])
  func `needs no Swift on the machine`(major: Int) throws {
    let header = try StandIn.execute("readelf", ["-d", StandIn.library(major).path])
    #expect(header.output.contains("[libcudart.so.\(major)]"))
    #expect(header.output.contains("[libcutape-emulator.so]"))
    #expect(!header.output.contains("libswift"))
  }

  @Test func `finds an emulator that needs no Swift and exports what it is asked for alone`() throws {
    let header = try StandIn.execute("readelf", ["-d", StandIn.emulator.path])
    #expect(header.output.contains("[libcutape-emulator.so]"))
    #expect(!header.output.contains("libswift"))
    let nm = try StandIn.execute("nm", ["-D", "--defined-only", StandIn.emulator.path])
    let exported = StandIn.globalSymbols(nm.output)
    #expect(exported.contains("cut_perform"))
    #expect(exported.filter { !$0.hasPrefix("cut_") }.isEmpty)
  }

  @Test(.enabled(if: StandIn.hasHeaders, StandIn.whyNoHeaders), arguments: [12, 13])
  func `declares every struct as NVIDIA's headers do`(major: Int) throws {
    let own = ["shim/standin/cudart", "shim/abi/include"].reduce(["-DCUT_OWN"]) {
      $0 + ["-I", StandIn.root.appending(path: $1).path]
    }
    let ours = try StandIn.run("layouts", major: major, options: own)
    let theirs = try StandIn.run("layouts", major: major, options: try #require(StandIn.headers(major)))
    #expect(ours.output.split(separator: "\n").count > 100)
    #expect(ours.output == theirs.output)
  }
}
