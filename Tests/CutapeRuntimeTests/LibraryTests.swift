import Foundation
import Testing

/// The stand-in libraries from outside: names, versions, layouts.
@Suite("the stand-in library", .timeLimit(.minutes(2)))
struct LibraryTests {
  @Test(arguments: [12, 13])
  func `exports every name of the real library, with its version, and no other`(major: Int) throws {
    let wanted = try rows("cudart/exports-\(major).def").map { "\($0[0])@@libcudart.so.\(major)" }
    let exported = try exported(by: "libcudart.so.\(major)")
    #expect(wanted.count > 400)
    #expect(exported == Set(wanted))
  }

  @Test func `exports every function of the driver in all its forms, and no other`() throws {
    let wanted = try rows("cuda/exports.def").flatMap { row in
      row[3] == "none" ? [row[0]] : [row[0], "\(row[0])_\(row[3])"]
    }
    let exported = try exported(by: "libcuda.so.1")
    #expect(wanted.count > 600)
    #expect(exported == Set(wanted))
  }

  @Test(.enabled(if: StandIn.hasHeaders, StandIn.whyNoHeaders))
  func `knows from which version on each function of the driver has its forms`() throws {
    let folder = try #require(StandIn.headers(13)?.last)
    let header = try String(contentsOfFile: "\(folder)/cudaTypedefs.h", encoding: .utf8)
    let wanted = header.matches(of: /\*\s*PFN_(cu\w+?)_v(\d+)(?:_(ptsz|ptds))?\)/).map { match in
      "\(match.1) \(match.2) \(match.3 ?? "none")"
    }
    let known = try rows("cuda/exports.def").filter { !$0[0].hasPrefix("cuProfiler") }.flatMap { row in
      ["\(row[1]) \(row[2]) none"] + (row[3] == "none" ? [] : ["\(row[1]) \(row[4]) \(row[3])"])
    }
    #expect(wanted.count > 600)
    #expect(Set(known) == Set(wanted))
  }

  /// The rows of a list of exports, as the words between their parentheses.
  private func rows(_ list: String) throws -> [[String]] {
    try String(contentsOf: StandIn.root.appending(path: "shim/standin/\(list)"), encoding: .utf8)
      .split(separator: "\n").filter { $0.hasPrefix("CUT_E") }
      .map { row in
        row.drop { $0 != "(" }.dropFirst().dropLast().split(separator: ",")
          .map { $0.trimmingCharacters(in: .whitespaces) }
      }
  }

  private func exported(by library: String) throws -> Set<String> {
    let nm = try StandIn.execute("nm", ["-D", "--defined-only", StandIn.library(library).path])
    return StandIn.globalSymbols(nm.output)
  }

  @Test(arguments: ["libcudart.so.12", "libcudart.so.13", "libcuda.so.1"])
  func `needs no Swift on the machine`(library: String) throws {
    let header = try StandIn.execute("readelf", ["-d", StandIn.library(library).path])
    #expect(header.output.contains("[\(library)]"))
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
