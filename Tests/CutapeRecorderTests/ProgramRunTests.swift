import CutapeRecorder
import CutapeStore
import Foundation
import Testing

/// Runs programs that make no CUDA call, in this process: what `record` promises about starting and ending.
@Suite("A recorded program")
struct ProgramRunTests {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "cutape-\(UUID().uuidString)")

  init() throws {
    try FileManager.default.createDirectory(
      at: folder.appending(path: "lib"), withIntermediateDirectories: true)
    // Any library will do: these programs never call it.
    try FileManager.default.createSymbolicLink(
      atPath: folder.appending(path: "lib/libcutape.so").path,
      withDestinationPath: "/lib/x86_64-linux-gnu/libm.so.6")
  }

  private func request(
    _ command: [String], output: String = "run.cutape", environment: [String: String] = [:]
  ) -> RecordRequest {
    var variables = ProgramEnvironment.current()
    variables["CUTAPE_SPOOL_DIR"] = folder.path
    variables.merge(environment) { $1 }
    return RecordRequest(
      command: command, commandBytes: command.map { Array($0.utf8) },
      output: output.hasPrefix("/") ? output : folder.appending(path: output).path,
      installation: Installation(directory: folder.appending(path: "lib").path), environment: variables)
  }

  private var spools: [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { $0.hasSuffix(".spool") }
  }

  @Test("gives its exit status on, and leaves a finished trace and no spool")
  func exitStatus() throws {
    let run = try request(["sh", "-c", "exit 7"]).run()
    #expect(run.exitStatus == 7)
    #expect(run.result.failure == nil)
    let reader = try TraceReader(run.trace)
    #expect(try reader.count() == 0)
    #expect(spools == [])
  }

  @Test("that a signal ends gives 128 and its number")
  func signal() throws {
    #expect(try request(["sh", "-c", "kill -9 $$"]).run().exitStatus == 137)
  }

  @Test("gets its arguments byte for byte, and an environment that says where the spool is")
  func argumentsAndEnvironment() throws {
    let seen = folder.appending(path: "seen").path
    var request = request(["sh", "-c", "printf %s \"$1\" > '\(seen)'; test -e \"$CUTAPE_SPOOL\"", "sh", "?"])
    request.commandBytes[4] = [0xff, 0x41]
    #expect(try request.run().exitStatus == 0)
    #expect(try Data(contentsOf: URL(filePath: seen)) == Data([0xff, 0x41]))
  }

  @Test("gets the preload library in front of those that it has already")
  func preload() {
    let changes = ProgramEnvironment.changes(
      to: ["LD_PRELOAD": "a.so", "LD_AUDIT": "b.so"], library: "/c.so", spool: "/s", output: nil,
      standIns: "/d.so")
    #expect(changes["LD_PRELOAD"] == "/c.so:a.so")
    #expect(changes["LD_AUDIT"] == "/d.so:b.so")
    #expect(changes["CUTAPE_OUTPUT"] == nil)
  }

  @Test("gets the auditors that it needs in front of those that it has already, and none for nothing")
  func auditors() {
    func audited(_ auditor: String?, _ standIns: String?) -> String? {
      ProgramEnvironment.changes(
        to: ["LD_AUDIT": "a.so"], library: "/c.so", auditor: auditor, spool: "/s", output: nil,
        standIns: standIns)["LD_AUDIT"]
    }
    #expect(audited("/b.so", nil) == "/b.so:a.so" && audited("/b.so", "/d.so") == "/d.so:/b.so:a.so")
    #expect(audited(nil, nil) == nil)
  }

  @Test("is told to watch host memory when that is asked for, and only then")
  func watching() {
    for isAsked in [true, false] {
      let changes = ProgramEnvironment.changes(
        to: [:], library: "/lib/cutape.so", spool: "/dev/shm/spool", output: nil, standIns: nil,
        watchesHost: isAsked)
      #expect(changes["CUTAPE_WATCH_HOST"] == (isAsked ? "1" : nil))
    }
  }

  @Test("that is not there is 127, one that cannot be run 126, and neither leaves anything behind")
  func cannotRun() throws {
    let script = try script("#!/nonexistent/interpreter")
    #expect(failure(of: request(["/nonexistent"])) == 127)
    #expect(failure(of: request([script])) == 126)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script)
    #expect(failure(of: request([script])) == 127)
    #expect(failure(of: request([folder.path])) == 126)
    #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "run.cutape").path))
    #expect(spools == [])
  }

  @Test("is not started when its trace cannot be made")
  func outputChecked() throws {
    let touched = folder.appending(path: "touched").path
    let command = ["sh", "-c", "touch '\(touched)'"]
    try Data("mine".utf8).write(to: folder.appending(path: "run.cutape"))
    #expect(failure(of: request(command)) == 125)
    #expect(failure(of: request(command, output: "/nonexistent/run.cutape")) == 125)
    #expect(failure(of: request(command, output: "%z")) == 125)
    #expect(!FileManager.default.fileExists(atPath: touched))
    #expect(try Data(contentsOf: folder.appending(path: "run.cutape")) == Data("mine".utf8))
    #expect(spools == [])
  }

  @Test("may have a name that is not UTF-8")
  func anyName() throws {
    let name = Array("\(folder.path)/".utf8) + [0xff, 0xfe]
    let script = try script("#!/bin/sh\nexit 6")
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script)
    #expect(rename(script, (name + [0]).map { CChar(bitPattern: $0) }) == 0)
    var request = request([String(decoding: name, as: UTF8.self)])
    request.commandBytes = [name]
    #expect(try request.run().exitStatus == 6)
  }

  @Test("with AddressSanitizer may have the library in front of its own")
  func sanitizer() {
    func options(_ before: String?) -> String? {
      let environment = before.map { ["ASAN_OPTIONS": $0] } ?? [:]
      return ProgramEnvironment.changes(
        to: environment, library: "/c.so", spool: "/s", output: nil, standIns: nil)["ASAN_OPTIONS"]
    }
    #expect(options(nil) == "verify_asan_link_order=0")
    #expect(options("detect_leaks=0") == "detect_leaks=0:verify_asan_link_order=0")
    #expect(options("verify_asan_link_order=1") == "verify_asan_link_order=1")
  }

  @Test("without a known format is given to the shell, as execvp does")
  func shellScript() throws {
    let script = try script("exit $1")
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script)
    #expect(try request([script, "4"]).run().exitStatus == 4)
  }

  @Test("is looked for as execvp does")
  func search() {
    #expect(candidates("a/b", in: "/bin") == ["a/b"])
    #expect(candidates("b", in: "/bin::/x") == ["/bin/b", "b", "/x/b"])
    #expect(candidates("b", in: nil) == ["/bin/b", "/usr/bin/b"])
  }

  /// A file with `lines`. Another process writes it: one that another test starts meanwhile would have this one's
  /// descriptor open for writing, and what is open for writing cannot be run.
  private func script(_ lines: String) throws -> String {
    let path = folder.appending(path: "script").path
    let command = ["sh", "-c", "printf '%s\\n' \"$1\" >\"$2\"", "sh", lines, path]
    let words = command.map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var writer: pid_t = 0
    try #require(posix_spawn(&writer, "/bin/sh", nil, nil, words, nil) == 0)
    var status: Int32 = 0
    #expect(waitpid(writer, &status, 0) == writer && status == 0)
    return path
  }

  private func candidates(_ name: String, in path: String?) -> [String] {
    ProgramPath.candidates(for: FileName(name), searchPath: path.map { FileName($0) }).map(\.description)
  }

  private func failure(of request: RecordRequest) -> Int32? {
    do {
      _ = try request.run()
      return nil
    } catch {
      return error.exitStatus
    }
  }
}
