import CutapeReport
import CutapeRules
import CutapeTestSupport
import CutapeTrace
import Testing

/// What changes a suppression key, and what does not.
struct FindingKeyTests {
  /// Two races between the same functions, on two allocations.
  private static let program = """
    d1 = cudaMalloc(4096)
    d2 = cudaMalloc(4096)
    h1 = cudaMallocHost(4096)
    s1 = cudaStreamCreateWithFlags(1)
    s2 = cudaStreamCreateWithFlags(1)
    cudaMemcpyAsync(d1, h1, 4096, H2D, s1)
    cudaMemcpyAsync(h1, d1, 4096, D2H, s2)
    cudaDeviceSynchronize()
    cudaMemcpyAsync(d2, h1, 4096, H2D, s1)
    cudaMemcpyAsync(h1, d2, 4096, D2H, s2)
    """

  private func keys(
    _ program: String = program, sites: (inout CallSite, Int) -> Void = { _, _ in }
  ) throws -> [String] {
    try Report(of: program, sites: sites).findings.map(\.key)
  }

  @Test("Two races in one function have one key and an ordinal each")
  func ordinals() throws {
    let keys = try keys()
    try #require(keys.count == 2)
    #expect(keys[1] == keys[0] + ".2")
    #expect(keys.allSatisfy { FindingKeys.isKey($0[...]) })
    #expect(keys[0].hasPrefix("CT401-"))
  }

  @Test("Addresses, threads, directories and edits elsewhere leave keys as they are")
  func stable() throws {
    let original = try keys()
    let elsewhere = Self.program.replacing("cudaMalloc(4096)", with: "cudaMalloc(8192)")
    let otherThread = elsewhere.split(separator: "\n").map {
      $0.hasPrefix("cudaMemcpy") ? "T2: \($0)" : "\($0)"
    }
    #expect(try keys(otherThread.joined(separator: "\n")) == original)
    #expect(try keys("d9 = cudaMalloc(64)\ncudaFree(d9)\n" + Self.program) == original)
    let moved = try keys { site, _ in
      site.address += 0x5555_0000
      site.offset += 0x40
      site.module = "/home/somebody/build/app"
      site.file = "/home/somebody/loader.cpp"
      site.line = site.line.map { $0 + 30 }
    }
    #expect(moved == original)
    let withoutLines = try keys { site, _ in (site.file, site.line) = (nil, nil) }
    #expect(withoutLines == original)
    let inlined = try keys { site, number in if number <= 3 { site.function = "allocate" } }
    #expect(inlined == original)
    let clone = try keys { site, _ in site.function = "Loader::fetch.constprop.0" }
    #expect(clone == original)
  }

  @Test("Another function, module or kind of memory is another key")
  func distinct() throws {
    let original = try keys()[0]
    #expect(try keys { site, _ in site.function = "Loader::store" }[0] != original)
    #expect(try keys { site, number in if number == 6 { site.function = "main" } }[0] != original)
    #expect(try keys { site, _ in site.module = "libloader.so" }[0] != original)
    #expect(try keys(Self.program.replacing("cudaMalloc(", with: "cudaMallocManaged("))[0] != original)
  }

  @Test("The version of a library is not part of a key")
  func libraryVersion() throws {
    let first = try keys { site, _ in site.module = "/usr/lib/libloader.so.1.2" }
    #expect(try keys { site, _ in site.module = "/opt/lib/libloader.so.1.10.3" } == first)
  }

  @Test("In a stripped program the order of the calls tells findings apart")
  func stripped() throws {
    func strip(_ site: inout CallSite) { (site.function, site.file, site.line) = (nil, nil, nil) }
    let first = try keys { site, _ in strip(&site) }
    #expect(first[1] == first[0] + ".2")
    let rebuilt = try keys { site, number in
      strip(&site)
      site.offset = 0x9000 + UInt64(number) * 64
    }
    #expect(rebuilt == first)
  }

  @Test("Calls of one source line share a key: an unrolled loop")
  func unrolled() throws {
    let keys = try keys { site, number in site.line = number < 8 ? 80 + number : 77 + number }
    #expect(keys[0] == keys[1])
  }
}
