/// The recorders of other processes of a program, which each write a trace of their own.
///
/// Such a recorder holds a lock on one byte of the program's spool as long as it runs (shim/preload/recorder.c); the
/// position of the byte is the process that it records, with its namespace.

private import CutapeSystem
private import Glibc

enum OtherRecorders {
  /// Waits for those whose processes have ended, so that their traces are complete when `record` is done. A process that
  /// still runs is not waited for: it may be a service that the program has started.
  ///
  /// - Parameters:
  ///   - limit: in milliseconds, for all of them together.
  static func waitForEnded(spool path: String, limit: Int = 10_000) {
    let spool = open(path, O_RDWR | O_CLOEXEC)
    guard spool >= 0 else { return }
    defer { close(spool) }
    var process: Int64 = 1
    var left = limit
    while true {
      process = cut_lockedByte(spool, process)
      guard process > 0 else { return }
      if isRunning(process) {
        process += 1
      } else if left > 0 {
        usleep(1000)
        left -= 1
      } else {
        return
      }
    }
  }

  /// Whether a process runs: one that has ended and that nobody has waited for does not.
  private static func isRunning(_ key: Int64) -> Bool {
    guard let process = OwnerProcess.number(key: UInt64(key)),
      let status = readSmallFile("/proc/\(process)/stat"), let name = status.lastIndex(of: ")")
    else {
      return false
    }
    return !["Z", "X"].contains(status[name...].dropFirst(2).prefix(1))
  }
}
