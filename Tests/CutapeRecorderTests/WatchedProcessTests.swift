import CutapeRecorder
import Glibc
import Testing

@Suite("A process")
struct WatchedProcessTests {
  /// Long after any process began, in nanoseconds of CLOCK_REALTIME.
  private static let late = UInt64(1) << 62

  @Test("lives until it ends, reaped or not, if it began before")
  func lives() throws {
    var pid: pid_t = 0
    var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("sleep"), strdup("600"), nil]
    defer { for argument in arguments { free(argument) } }
    try #require(posix_spawn(&pid, "/bin/sleep", nil, nil, &arguments, nil) == 0)
    #expect(WatchedProcess.isAlive(UInt32(pid), since: Self.late))
    #expect(!WatchedProcess.isAlive(UInt32(pid), since: 0), "it began after 1970")
    kill(pid, SIGKILL)
    var information = siginfo_t()
    #expect(waitid(P_PID, id_t(pid), &information, WEXITED | WNOWAIT) == 0)
    #expect(!WatchedProcess.isAlive(UInt32(pid), since: Self.late), "nobody has reaped it")
    var status: Int32 = 0
    #expect(waitpid(pid, &status, 0) == pid)
    #expect(!WatchedProcess.isAlive(UInt32(pid), since: Self.late))
  }

  @Test("that has no number does not live")
  func nonsense() {
    #expect(!WatchedProcess.isAlive(0, since: Self.late))
    #expect(!WatchedProcess.isAlive(.max, since: Self.late))
  }
}
