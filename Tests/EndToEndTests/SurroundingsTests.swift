import Foundation
import Testing

/// Programs that bring libraries of their own into every process, and disks that are full: they run as without cutape.
@Suite(.enabled(if: Installation.isBuilt, "\(Installation.whyNotBuilt)"))
struct SurroundingsTests {
  /// Builds a small program that makes one copy with the given compiler; nil where that cannot be done here.
  private func build(_ compiler: String, _ flags: [String], in folder: URL) async throws -> String? {
    let source = folder.appending(path: "program.c")
    try Data(
      """
      #include <stdio.h>
      #include <stdlib.h>
      int cudaMemcpy(void *, const void *, size_t, int);
      int main(void) {
        char *from = calloc(1, 64), *to = malloc(64);
        printf("%d\\n", cudaMemcpy(to, from, 64, 0));
        free(from), free(to);
        return 5;
      }
      """.utf8
    ).write(to: source)
    let program = folder.appending(path: "program").path
    let built = try await Command.run(
      "/usr/bin/env",
      [compiler] + flags + [
        source.path, "-o", program, "\(Installation.emulatedRuntimes)/libcudart.so.13",
        "-Wl,-rpath,\(Installation.emulatedRuntimes)", "-Wl,--allow-shlib-undefined",
      ])
    return built.status == 0 ? program : nil
  }

  @Test(
    "A program with AddressSanitizer runs, and is recorded",
    arguments: [("gcc", []), ("gcc", ["-static-libasan"]), ("clang", [])])
  func addressSanitizer(_ compiler: String, _ flags: [String]) async throws {
    let folder = try temporaryFolder()
    guard let program = try await build(compiler, ["-fsanitize=address"] + flags, in: folder) else { return }
    let bare = try await Command.run(program)
    let trace = folder.appending(path: "run.cutape")
    let recorded = try await Installation.cutape("record", "--emulate", "-o", trace.path, "--", program)
    #expect(recorded.status == 5 && bare.status == 5, "\(recorded.errors)")
    #expect(recorded.output == bare.output)
    #expect(try await Dumped(trace).calls.map(\.function) == ["cudaMemcpy"])
  }

  @Test("A program with ThreadSanitizer runs, and is recorded", arguments: [[], ["--via", "audit"]])
  func threadSanitizer(_ options: [String]) async throws {
    let folder = try temporaryFolder()
    guard let program = try await build("gcc", ["-fsanitize=thread"], in: folder) else { return }
    // Where the kernel spreads addresses too far for it the sanitizer does not start, nor does it without cutape.
    let bare = try await Command.run(program)
    guard bare.status == 5 else { return }
    let trace = folder.appending(path: "run.cutape")
    let recorded = try await Command.run(
      Installation.cutape, ["record", "--emulate", "-o", trace.path] + options + ["--", program])
    #expect(recorded.status == 5 && recorded.output == bare.output, "\(recorded.errors)")
    #expect(try await Dumped(trace).calls.map(\.function) == ["cudaMemcpy"])
  }

  @Test("A program for another C library that the program starts runs as it does bare")
  func otherLibrary() async throws {
    let folder = try temporaryFolder()
    let source = folder.appending(path: "plain.c")
    try Data("#include <stdio.h>\nint main(void) { return puts(\"plain\") < 0 ? 1 : 6; }\n".utf8).write(
      to: source)
    let program = folder.appending(path: "plain").path
    let built = try? await Command.run("/usr/bin/env", ["musl-gcc", source.path, "-o", program])
    guard built?.status == 0, try await Command.run(program).status == 6 else { return }
    for options in [[], ["--emulate", "--via", "audit"]] {
      let trace = folder.appending(path: "run\(options.count).cutape").path
      let recorded = try await Command.run(
        Installation.cutape,
        ["record", "-q", "-o", trace] + options + ["--", "/bin/sh", "-c", "\(program); exit $?"])
      #expect(recorded == Outcome(status: 6, output: "plain\n", errors: ""))
    }
  }

  @Test(
    "A program with file capabilities is said to be unseen, and has them",
    .enabled(if: geteuid() == 0, "setting capabilities and changing the user needs to be root"))
  func capabilities() async throws {
    let folder = try temporaryFolder()
    let source = folder.appending(path: "plain.c")
    try Data(
      """
      #include <stdio.h>
      #include <sys/auxv.h>
      int main(void) {
        printf("%lu\\n", getauxval(AT_SECURE));
        return 6;
      }
      """.utf8
    ).write(to: source)
    let program = folder.appending(path: "plain").path
    let built = try await Command.run("/usr/bin/env", ["gcc", source.path, "-o", program])
    try #require(built.status == 0, "\(built.errors)")
    let given = try await Command.run("/usr/bin/env", ["setcap", "cap_net_bind_service+ep", program])
    guard given.status == 0 else { return }
    chmod(folder.path, 0o777)
    let asNobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    let bare = try await Command.run(
      "/usr/bin/env",
      asNobody + [program])
    guard bare.status == 6, bare.output == "1\n" else { return }
    let recorded = try await Command.run(
      "/usr/bin/env",
      asNobody + [Installation.cutape, "record", "-o", "\(folder.path)/run.cutape", "--", program])
    // Somebody else may not be able to reach this installation.
    guard ![126, 127].contains(recorded.status) else { return }
    #expect(recorded.status == 6 && recorded.output == bare.output, "\(recorded.errors)")
    #expect(
      recorded.errors.hasPrefix(
        "cutape: warning: \(program) cannot be recorded: it has file capabilities, so nothing may be preloaded"
      ))
  }

  @Test("A program with another allocator preloaded runs with it, and is recorded")
  func otherAllocator() async throws {
    let folder = try temporaryFolder()
    let library = "/usr/lib/x86_64-linux-gnu/libjemalloc.so.2"
    guard FileManager.default.fileExists(atPath: library),
      let program = try await build("gcc", [], in: folder)
    else { return }
    let trace = folder.appending(path: "run.cutape")
    let recorded = try await Installation.cutape(
      "record", "-q", "--emulate", "-o", trace.path, "--", program,
      environment: ["LD_PRELOAD": library, "MALLOC_CONF": "stats_print:true"])
    #expect(recorded.status == 5)
    #expect(recorded.errors.contains("jemalloc statistics"))
    #expect(try await Dumped(trace).calls.count == 1)
  }

  @Test("A program that cannot be recorded is said to be so before it starts, and runs")
  func blind() async throws {
    let folder = try temporaryFolder()
    let source = folder.appending(path: "plain.c")
    try Data("int main(void) { return 7; }\n".utf8).write(to: source)
    let program = folder.appending(path: "plain").path
    let built = try await Command.run("/usr/bin/env", ["gcc", "-static", source.path, "-o", program])
    try #require(built.status == 0, "\(built.errors)")
    let trace = folder.appending(path: "run.cutape")
    let recorded = try await Installation.cutape("record", "-o", trace.path, "--", program)
    #expect(recorded.status == 7)
    let warning =
      "\(program) cannot be recorded: it is statically linked, so nothing can be preloaded into it"
    #expect(recorded.errors.hasPrefix("cutape: warning: \(warning)\n"))
    let info = try await Installation.cutape("info", trace.path)
    #expect(info.output.contains(warning))
  }

  @Test("So is one that the program starts")
  func blindChild() async throws {
    let folder = try temporaryFolder()
    let source = folder.appending(path: "plain.c")
    try Data("#include <unistd.h>\nint main(void) { return sleep(3); }\n".utf8).write(to: source)
    let program = folder.appending(path: "plain").path
    let built = try await Command.run("/usr/bin/env", ["gcc", "-static", source.path, "-o", program])
    try #require(built.status == 0, "\(built.errors)")
    let trace = folder.appending(path: "run.cutape")
    let recorded = try await Installation.cutape(
      "record", "-o", trace.path, "--", "/bin/sh", "-c", "\(program); exit 4")
    #expect(recorded.status == 4)
    #expect(recorded.errors.hasPrefix("cutape: warning: \(program) cannot be recorded"), "\(recorded.errors)")
    #expect(try await Installation.cutape("info", trace.path).output.contains("cannot be recorded"))
  }

  @Test("With too few files that may be open record says so, and the program does not start")
  func fewFiles() async throws {
    for limit in [4, 8, 12] {
      let folder = try temporaryFolder()
      let outcome = try await Command.run(
        "/bin/sh",
        [
          "-c", "ulimit -n \(limit); exec \"$@\"", "sh", Installation.cutape, "record", "-o",
          folder.appending(path: "run.cutape").path, "--", "/bin/echo", "started",
        ])
      #expect(outcome.status == 125 && outcome.output.isEmpty, "\(limit): \(outcome.errors)")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }
  }

  @Test("A soft limit on open files is raised for record alone")
  func softLimit() async throws {
    let trace = try temporaryFolder().appending(path: "run.cutape")
    let outcome = try await Command.run(
      "/bin/sh",
      [
        "-c", "ulimit -S -n 12; exec \"$@\"", "sh", Installation.cutape, "record", "-q", "-o", trace.path,
        "--",
        "/bin/sh", "-c", "ulimit -S -n",
      ])
    #expect(outcome == Outcome(status: 0, output: "12\n", errors: ""))
  }

  @Test(
    "On a full disk nothing of a trace is left, and the program does not start; in small shared memory it is recorded",
    .enabled(if: geteuid() == 0, "mounting needs to be root"))
  func smallDisks() async throws {
    let folder = try temporaryFolder()
    let small = folder.appending(path: "small").path
    let script = """
      mkdir '\(small)' && mount -t tmpfs -o size=64k none '\(small)' && mount -t tmpfs -o size=64m none /dev/shm || exit 99
      head -c 65536 /dev/zero >'\(small)/filler'
      "$1" record --emulate -o '\(small)/run.cutape' -- "$2" three; echo "full $?"
      ls '\(small)'
      "$1" record -q --emulate -o '\(folder.path)/run.cutape' -- "$2" three; echo "shared $?"
      ls /dev/shm | wc -l
      """
    let outcome = try await Command.run(
      "/usr/bin/unshare",
      ["-m", "/bin/sh", "-c", script, "sh", Installation.cutape, Installation.program("processes")])
    guard outcome.status != 99, outcome.status != 1 else { return }
    #expect(outcome.output == "full 125\nfiller\nshared 0\n0\n", "\(outcome.errors)")
    #expect(try await Dumped(folder.appending(path: "run.cutape")).calls.count == 3)
  }

  @Test("A disk that fills while the program runs does not disturb it", .enabled(if: geteuid() == 0))
  func diskFills() async throws {
    let folder = try temporaryFolder()
    let small = folder.appending(path: "small").path
    let script = """
      mkdir '\(small)' && mount -t tmpfs -o size=1m none '\(small)' || exit 99
      "$1" record --emulate -o '\(small)/run.cutape' -- "$2" fork-between; echo "status $?"
      """
    let outcome = try await Command.run(
      "/usr/bin/unshare",
      ["-m", "/bin/sh", "-c", script, "sh", Installation.cutape, Installation.program("processes")])
    guard outcome.status != 99, outcome.status != 1 else { return }
    #expect(outcome.output.hasSuffix("status 0\n"), "\(outcome.errors)")
  }

  @Test(
    "Without /proc a program is recorded, and cutape itself says that it needs it",
    .enabled(if: geteuid() == 0, "mounting needs to be root"))
  func withoutProc() async throws {
    let trace = try temporaryFolder().appending(path: "run.cutape")
    let unmount = ["-m", "/bin/sh", "-c", "umount -l /proc || exit 99; exec \"$@\"", "sh"]
    guard try await Command.run("/usr/bin/unshare", unmount + ["/bin/true"]).status == 0 else { return }
    let recorded = try await Command.run(
      Installation.cutape,
      ["record", "-q", "--emulate", "-o", trace.path, "--", "/usr/bin/unshare"] + unmount
        + [Installation.program("processes"), "three"])
    #expect(recorded.status == 0, "\(recorded.errors)")
    #expect(try await Dumped(trace).calls.count == 3)
    let itself = try await Command.run(
      "/usr/bin/unshare", unmount + [Installation.cutape, "record", "--", "/bin/echo", "started"])
    #expect(itself.status == 125 && itself.output.isEmpty)
    #expect(itself.errors == "cutape: error: cannot read the arguments: /proc is not mounted\n")
  }

  @Test("Where no file may be long enough record says so, and the program does not start")
  func shortestFiles() async throws {
    let outcome = try await Command.run(
      "/bin/sh",
      ["-c", "ulimit -f 1; exec \"$@\"", "sh", Installation.cutape, "record", "--", "/bin/echo", "started"])
    #expect(outcome.status == 125 && outcome.output.isEmpty)
    #expect(outcome.errors.contains("file too large"), "\(outcome.errors)")
  }

  @Test("A limit on the size of files ends neither the program nor the recording before its time")
  func fileSizeLimit() async throws {
    let folder = try temporaryFolder()
    let outcome = try await Command.run(
      "/bin/sh",
      [
        "-c", "ulimit -f 100000; exec \"$@\"", "sh", Installation.cutape, "record", "-q", "--emulate", "-o",
        folder.appending(path: "run.cutape").path, "--", Installation.program("processes"), "three",
      ])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(try await Dumped(folder.appending(path: "run.cutape")).calls.count == 3)
  }
}
