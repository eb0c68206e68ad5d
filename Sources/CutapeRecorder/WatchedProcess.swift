/// A process whose end the recorder waits for.

private import CutapeSystem
package import CutapeStore
private import Glibc

/// A process by pid, held on to from now on: the pid may be given to another process after its end.
package final class WatchedProcess {
  package let pid: Int32
  private let isChild: Bool
  /// Readable when the process has ended; -1 where the kernel has no such descriptors.
  let descriptor: Int32
  /// How it ended; nil while it runs.
  package private(set) var ending: Ending?

  package init(pid: Int32, isChild: Bool) {
    self.pid = pid
    self.isChild = isChild
    descriptor = cut_pidfdOpen(pid)
    if descriptor < 0, errno == ESRCH { ending = .unknown }
  }

  /// A process that has ended already.
  init(ended pid: Int32) {
    self.pid = pid
    isChild = false
    descriptor = -1
    ending = .unknown
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  /// Looks whether the process has ended. A child is reaped; how others ended is known
  /// since Linux 6.15, if their parents wait for them.
  package func hasEnded() -> Bool {
    if ending != nil { return true }
    if isChild { return reap() }
    if descriptor >= 0 {
      var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      if poll(&entry, 1, 0) > 0 { ending = endingOfStranger() }
    } else if kill(pid, 0) < 0, errno == ESRCH {
      ending = .unknown
    }
    return ending != nil
  }

  private func reap() -> Bool {
    var status: Int32 = 0
    let result = waitpid(pid, &status, WNOHANG)
    guard result == pid || (result < 0 && errno == ECHILD) else { return false }
    ending = result < 0 ? .unknown : Self.ending(status: status)
    return true
  }

  /// How a process ended that somebody else waits for, which may take that one a moment.
  private func endingOfStranger() -> Ending {
    for _ in 0..<20 {
      let status = cut_pidfdStatus(descriptor)
      if status >= 0 { return Self.ending(status: status) }
      usleep(1000)
    }
    return .unknown
  }

  private static func ending(status: Int32) -> Ending {
    let signal = status & 0x7f
    return signal == 0 ? .exited(status >> 8 & 0xff) : .signal(signal)
  }

  /// Whether a process with this pid lives that began before `time`, in nanoseconds of CLOCK_REALTIME: one that
  /// began later only has the same number. One that has ended does not live, even if nobody reaps it, as in a container
  /// whose first process does not.
  package static func isAlive(_ pid: UInt32, since time: UInt64) -> Bool {
    guard pid > 0, let number = Int32(exactly: pid), !WatchedProcess(pid: number, isChild: false).hasEnded()
    else { return false }
    guard let began = beginning(of: number) else { return true }
    return began <= time &+ 2_000_000_000
  }

  /// When process `pid` began, in nanoseconds of CLOCK_REALTIME, from field 22 of /proc/PID/stat; nil when /proc does
  /// not tell.
  private static func beginning(of pid: Int32) -> UInt64? {
    guard let text = readSmallFile("/proc/\(pid)/stat"), let name = text.lastIndex(of: ")") else {
      return nil
    }
    let fields = text[name...].split(separator: " ").dropFirst()
    guard fields.count > 20, let ticks = UInt64(fields[fields.startIndex + 19]),
      let boot = readSmallFile("/proc/stat")?.split(separator: "\n").first(where: { $0.hasPrefix("btime ") }),
      let bootSeconds = UInt64(boot.dropFirst("btime ".count))
    else { return nil }
    return bootSeconds &* 1_000_000_000 &+ ticks
      &* (1_000_000_000 / UInt64(max(1, sysconf(Int32(_SC_CLK_TCK)))))
  }
}
