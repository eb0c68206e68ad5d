/// What the recorder does with signals, so that the program and its terminal behave as if it were not there.
///
/// They are blocked here and read from a descriptor; no handler is installed, so the program inherits every
/// disposition as it was. The program starts with the mask that this process was started with.
///
/// A signal for the whole process group (Ctrl-C, `timeout`, a batch system) has reached the program already. One for
/// this process alone is handed on: whoever sent it means the program, whatever signal it is. A lookout tells the two apart: a process in the
/// same group that reports the signals it gets.
///
/// Job control is left alone: the terminal stops and continues the whole group.

internal import CutapeSystem
internal import Glibc

/// The signals that a process blocks.
package struct SignalMask {
  var signals = sigset_t()

  package init(_ numbers: [Int32] = []) {
    sigemptyset(&signals)
    for number in numbers { sigaddset(&signals, number) }
  }
}

/// The signals that come to the recorder while the program runs.
package final class Signals {
  /// All but those that cannot be blocked, that belong to job control, or that say what this process did itself.
  private static let handed: [Int32] = {
    let own = [
      SIGKILL, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT, SIGCHLD, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT,
      SIGTRAP,
      SIGSYS, SIGPIPE, SIGXFSZ,
    ]
    return (1...__libc_current_sigrtmax()).filter { !own.contains($0) }
  }()
  /// How long the lookout may take to report a signal of the group, in milliseconds.
  private static let lookoutPatience: Int32 = 50
  /// A report that is older belongs to another signal; in nanoseconds.
  private static let oldestReport: UInt64 = 1_000_000_000

  /// The mask from before, which the program is to start with.
  package let original: SignalMask
  let descriptor: Int32
  /// Nil when it could not be started; then every signal is handed on.
  private let lookout: CUTLookout?
  /// Reports of signals that were not asked for yet.
  private var reports: [UInt64] = []

  /// Blocks the signals. To be made while there is only one thread: others would inherit the old mask.
  package init() {
    var signals = SignalMask(Self.handed).signals
    var old = SignalMask()
    pthread_sigmask(SIG_BLOCK, &signals, &old.signals)
    original = old
    descriptor = cut_signalDescriptor(&signals)
    var started = CUTLookout()
    lookout = cut_lookoutStart(&signals, &started) == 0 ? started : nil
  }

  deinit {
    if let lookout { cut_lookoutEnd(lookout) }
    close(descriptor)
    var mask = original.signals
    pthread_sigmask(SIG_SETMASK, &mask, nil)
  }

  /// Makes closed pipes and file-size limits errors of the calls that meet them, in this process alone.
  package static func ignoreWriteErrors() { cut_ignoreWriteSignals() }

  /// The signals that have come since the last time.
  func take() -> [Int32] {
    var numbers: [Int32] = []
    while case let number = cut_nextSignal(descriptor), number != 0 { numbers.append(number) }
    return numbers
  }

  /// Hands `number` on to the program unless the program got it together with this process.
  func forward(_ number: Int32, to pid: Int32) {
    if !wasSentToGroup(number) { kill(pid, number) }
  }

  private func wasSentToGroup(_ number: Int32) -> Bool {
    guard let lookout else { return false }
    var patience = Self.lookoutPatience
    while true {
      var now = timespec()
      clock_gettime(CLOCK_MONOTONIC, &now)
      let time = UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
      reports.removeAll { time &- ($0 >> 8) > Self.oldestReport }
      if let index = reports.firstIndex(where: { Int32($0 & 0xff) == number }) {
        reports.remove(at: index)
        return true
      }
      guard patience > 0 else { return false }
      let report = cut_lookoutNext(lookout, patience)
      if report == 0 { patience = 0 } else { reports.append(report) }
    }
  }

  /// Whether a signal asks the recorder itself to stop, once the program it started has ended.
  static func asksToStop(_ number: Int32) -> Bool { [SIGINT, SIGQUIT, SIGTERM, SIGHUP].contains(number) }
}
