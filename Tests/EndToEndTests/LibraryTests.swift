import Foundation
import Testing

/// What is inside the traced program: as little as possible.
@Suite(.enabled(if: Installation.isBuilt, "\(Installation.whyNotBuilt)"))
struct LibraryTests {
  @Test("The preload library needs libc alone")
  func needsLibcAlone() async throws {
    let outcome = try await Command.run("/usr/bin/env", ["readelf", "-d", Installation.preloadLibrary])
    let needed = outcome.output.split(separator: "\n").filter { $0.contains("(NEEDED)") }
    #expect(needed.count == 1)
    #expect(needed.first?.contains("[libc.so.6]") == true)
  }

  @Test("The header for programs is installed beside it")
  func header() {
    let header = Installation.prefix.appending(path: "include/cutape.h")
    #expect(FileManager.default.isReadableFile(atPath: header.path))
  }

  @Test("Each stand-in runtime has the soname of the real one", arguments: [12, 13])
  func sonames(_ major: Int) async throws {
    let path = "\(Installation.emulatedRuntimes)/libcudart.so.\(major)"
    let outcome = try await Command.run("/usr/bin/env", ["readelf", "-d", path])
    #expect(outcome.output.contains("soname: [libcudart.so.\(major)]"))
  }
}
