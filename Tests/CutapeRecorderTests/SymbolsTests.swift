import CutapeRecorder
import CutapeTrace
import CutapeWire
import Foundation
import Testing

/// Programs are built by the machine's C++ compilers, and looked at as files: none of them runs. clang writes no
/// .debug_aranges.
@Suite("Symbols")
struct SymbolsTests {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "cutape-\(UUID().uuidString)")

  init() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let source = """
      namespace io { struct Loader { int fetch(int n); }; }
      int io::Loader::fetch(int n) { return n + 1; }
      int main() { return io::Loader().fetch(2); }
      """
    try Data(source.utf8).write(to: folder.appending(path: "loader.cpp"))
  }

  @Test(
    "name function, file and line of a program with debug information, wherever it is loaded",
    arguments: [["-g"], ["-g", "-shared", "-fPIC"], ["-g", "-no-pie"]],
    ["c++", "clang++"])
  func withDebugInformation(options: [String], compiler: String) throws {
    let program = try build(options, compiler: compiler)
    let bias: Address = options.contains("-no-pie") ? 0 : 0x7f00_0000_0000
    let site = try resolved(program, bias: bias)
    #expect(site.function == "io::Loader::fetch")
    #expect(site.file?.hasSuffix("loader.cpp") == true)
    #expect(site.line == 2)
  }

  @Test("name the function alone where there is no debug information")
  func withoutDebugInformation() throws {
    let site = try resolved(try build([]), bias: 0x5000_0000)
    #expect(site.function == "io::Loader::fetch")
    #expect(site.line == nil)
  }

  @Test("have an inlined function for each frame that it hides", arguments: ["c++", "clang++"])
  func inlined(compiler: String) throws {
    let source = """
      volatile int sink;
      namespace io {
      template <typename T> inline __attribute__((always_inline)) void write(T value) { sink = value; }
      inline __attribute__((always_inline)) void twice(int value) { write<int>(value * 2); }
      struct Loader { int fetch(int n); };
      int Loader::fetch(int n) {
        { int more = n + 1; twice(more); twice(n); }
        return n;
      }
      }
      int main() { return io::Loader().fetch(2); }
      """
    try Data(source.utf8).write(to: folder.appending(path: "loader.cpp"))
    let program = try build(["-g", "-O1"], compiler: compiler)
    let names = try run("nm", ["-S", program])
    let line = try #require(names.split(separator: "\n").first { $0.hasSuffix("_ZN2io6Loader5fetchEi") })
    let words = line.split(separator: " ")
    let (start, size) = (
      try #require(Address(words[0], radix: 16)), try #require(Address(words[1], radix: 16))
    )
    var sites = CallSites(workingDirectory: "/")
    _ = sites.add(ShimModule(loadBias: 0x5000_0000, end: 0x6000_0000, path: program))
    for offset in 1...size { _ = sites.key(for: 0x5000_0000 + start + offset) }
    let stores = Symbols.resolve(sites, withInlined: true).map(\.site).filter {
      $0.line == 3 && !$0.inlined.isEmpty
    }
    let frames = Set(
      stores.map { $0.frames.map { "\($0.function ?? "?"):\($0.line ?? 0)" }.joined(separator: " ") })
    #expect(frames == ["io::write<int>:3 io::twice:4 io::Loader::fetch:7"], "\(frames)")
    #expect(stores.allSatisfy { $0.function == "io::Loader::fetch" })
    #expect(Symbols.resolve(sites).allSatisfy { $0.site.inlined.isEmpty })
  }

  @Test("say nothing about stripped programs and files that are gone")
  func withoutSymbols() throws {
    let program = try build(["-s"])
    var sites = CallSites(workingDirectory: "/")
    _ = sites.add(ShimModule(loadBias: 0x5000_0000, end: 0x6000_0000, path: program))
    _ = sites.add(ShimModule(loadBias: 0x7000_0000, end: 0x8000_0000, path: "/nonexistent.so"))
    _ = sites.key(for: 0x5000_1150)
    _ = sites.key(for: 0x7000_1150)
    _ = sites.key(for: 0x10)
    #expect(Symbols.resolve(sites).isEmpty)
  }

  /// The site that a call in the middle of `Loader::fetch` would return to.
  private func resolved(_ program: String, bias: Address) throws -> CallSite {
    let names = try run("nm", ["-S", program])
    let line = try #require(names.split(separator: "\n").first { $0.hasSuffix("_ZN2io6Loader5fetchEi") })
    let start = try #require(Address(line.split(separator: " ")[0], radix: 16))
    var sites = CallSites(workingDirectory: "/")
    _ = sites.add(ShimModule(loadBias: bias, end: bias + 0x1000_0000, path: program))
    _ = sites.key(for: bias + start + 8)
    return try #require(Symbols.resolve(sites).first).site
  }

  private func build(_ options: [String], compiler: String = "c++") throws -> String {
    let program = folder.appending(path: "loader").path
    _ = try run(compiler, options + ["-o", program, folder.appending(path: "loader.cpp").path])
    return program
  }

  private func run(_ tool: String, _ arguments: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [tool] + arguments
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let text = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0, "\(tool) \(arguments)")
    return String(decoding: text, as: UTF8.self)
  }
}
