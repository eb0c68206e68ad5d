import CutapeStore
import Foundation
import Glibc
import Testing

@testable import CutapeRecorder

/// Objects are built by the machine's C compiler, and looked at as files. A real program with a static runtime is looked
/// at in the end-to-end tests.
@Suite("Objects of CUDA")
struct CudaObjectTests {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "cutape-\(UUID().uuidString)")

  init() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try build("libcudart.so.13", ["-shared", "-Wl,-soname,libcudart.so.13", "-Wl,--build-id=0xabcdef01"])
  }

  @Test("a runtime and a driver are known by their sonames, else by their file names")
  func bySoname() throws {
    let runtime = try #require(RecordedLibrary(examining: path("libcudart.so.13")))
    #expect(runtime.kind == .runtime && runtime.soname == "libcudart.so.13" && runtime.buildID == "abcdef01")
    try build("renamed.so", ["-shared", "-Wl,-soname,libcuda.so.1"])
    #expect(RecordedLibrary(examining: path("renamed.so"))?.kind == .driver)
    try build("libcuda.so.580.1", ["-shared", "-s"])
    #expect(RecordedLibrary(examining: path("libcuda.so.580.1"))?.kind == .driver)
    try build("libcublasLt.so.13", ["-shared"])
    #expect(RecordedLibrary(examining: path("libcublasLt.so.13"))?.kind == .nvidia)
  }

  @Test("what is linked with a runtime says with which")
  func client() throws {
    try build("plugin.so", ["-shared", "-Wl,--no-as-needed", path("libcudart.so.13")])
    let client = try #require(RecordedLibrary(examining: path("plugin.so")))
    #expect(client.kind == .client && client.needs == ["libcudart.so.13"] && client.soname.isEmpty)
    try build("libcudnn.so.9", ["-shared", "-Wl,--no-as-needed", path("libcudart.so.13")])
    #expect(RecordedLibrary(examining: path("libcudnn.so.9"))?.needs == ["libcudart.so.13"])
  }

  @Test(
    "a static runtime is known by its messages, stripped or not",
    arguments: [[], ["-s"], ["-shared"], ["-shared", "-s"]])
  func staticRuntime(_ options: [String]) throws {
    let messages = #"const char *const texts[] = {"startup failure in cuda runtime", "libcuda.so.1"};"#
    let opens = "#include <dlfcn.h>\nvoid *f(void) { return dlopen(texts[1], 1); }"
    try build("with", options, source: "\(messages)\n\(opens)\nint main(void) { return !f(); }")
    #expect(RecordedLibrary(examining: path("with"))?.kind == .staticRuntime)
    try build("without", options, source: "\(messages)\nint main(void) { return !texts[0]; }")
    #expect(
      RecordedLibrary(examining: path("without")) == nil, "it has the messages, and cannot open a driver")
  }

  @Test("other files have nothing to do with CUDA")
  func others() throws {
    try build("plain", [])
    try Data("\u{7f}ELF, or not".utf8).write(to: folder.appending(path: "libcuda.so.1"))
    for name in ["plain", "libcuda.so.1", "missing"] {
      #expect(RecordedLibrary(examining: path(name)) == nil, "\(name)")
    }
    #expect(RecordedLibrary(examining: "/dev/null") == nil && RecordedLibrary(examining: "/") == nil)
  }

  @Test("a file counts once, under the first of its names")
  func once() throws {
    let link = path("link.so")
    symlink(path("libcudart.so.13"), link)
    let found = Coverage.libraries(among: [link, path("libcudart.so.13"), link])
    #expect(found.map(\.path) == [link])
  }

  @Test("the files that a process has mapped are found, and not looked for too often")
  func mapped() {
    var files = MappedFiles()
    files.look(at: getpid(), now: 5, isNeeded: false)
    #expect(files.looks == 1)
    #expect(files.paths.contains { $0.hasSuffix("libc.so.6") } && Set(files.paths).count == files.paths.count)
    files.look(at: getpid(), now: 6, isNeeded: false)
    #expect(files.looks == 1, "it is not time yet")
    files.look(at: getpid(), now: 7, isNeeded: true)
    #expect(files.looks == 2)
    files.look(at: getpid(), now: 3_000_000_000, isNeeded: false)
    #expect(files.looks == 3)
    files.look(at: -1, now: 9_000_000_000, isNeeded: false)
    #expect(files.looks == 3, "a process that is gone shows nothing")
  }

  private func path(_ name: String) -> String { folder.appending(path: name).path }

  private func build(_ name: String, _ options: [String], source: String = "int main(void) { return 0; }")
    throws
  {
    let file = folder.appending(path: "source.c")
    try Data(source.utf8).write(to: file)
    let compiler = Process()
    compiler.executableURL = URL(filePath: "/usr/bin/env")
    compiler.arguments = ["cc", "-fPIC", "-o", path(name), file.path] + options
    try compiler.run()
    compiler.waitUntilExit()
    try #require(compiler.terminationStatus == 0, "\(name) does not build")
  }
}
