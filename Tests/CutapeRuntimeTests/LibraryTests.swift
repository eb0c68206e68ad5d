import Foundation
import Testing

/// The stand-in libraries from outside: names, versions, layouts.
@Suite("the stand-in library", .timeLimit(.minutes(2)))
struct LibraryTests {
  @Test(arguments: [12, 13])
  func `exports every name of the real library, with its version, and no other`(major: Int) throws {
    let list = StandIn.root.appending(path: "Sources/Cudart/exports-\(major).def")
    let wanted = try String(contentsOf: list, encoding: .utf8).split(separator: "\n")
      .filter { $0.hasPrefix("CUT_EXPORT(") }
      .map { "\($0.dropFirst(11).dropLast())@@libcudart.so.\(major)" }
    let nm = try StandIn.execute("nm", ["-D", "--defined-only", StandIn.library(major).path])
    // Capital letters are global symbols; A is the version itself.
    let exported = nm.output.split(separator: "\n").map { $0.split(separator: " ") }
      .filter { $0.count == 3 && "TWVDB".contains($0[1]) }.map { String($0[2]) }
    #expect(wanted.count > 400)
    #expect(Set(exported) == Set(wanted))
  }

  @Test(arguments: [12, 13])
  func `needs no Swift on the machine`(major: Int) throws {
    let header = try StandIn.execute("readelf", ["-d", StandIn.library(major).path])
    #expect(header.output.contains("[libcudart.so.\(major)]"))
    #expect(!header.output.contains("libswift"))
  }

  @Test(.enabled(if: StandIn.hasHeaders, StandIn.whyNoHeaders), arguments: [12, 13])
  func `declares every struct as NVIDIA's headers do`(major: Int) throws {
    let own = ["Sources/Cudart", "shim/abi/include"].reduce(["-DCUT_OWN"]) {
      $0 + ["-I", StandIn.root.appending(path: $1).path]
    }
    let ours = try StandIn.run("layouts", major: major, options: own)
    let theirs = try StandIn.run("layouts", major: major, options: try #require(StandIn.headers(major)))
    #expect(ours.output.split(separator: "\n").count > 100)
    #expect(ours.output == theirs.output)
  }
}
