/// What the recorder does with signals, so that the program and its terminal behave as if it were not there.
///
/// All of them are blocked here and read from a descriptor; no handler is installed, so the program inherits every
/// disposition as it was. The program starts with the mask that this process was started with.
///
///   SIGINT, SIGQUIT            ignored: the terminal sends them to the whole group, so the program has them already
///   SIGTERM, SIGHUP, SIGUSR1/2 handed on to the program. Sent to the whole group, they reach it twice
///   job control                left alone: the terminal stops and continues the whole group

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
package struct Signals {
  private static let forwarded: [Int32] = [SIGTERM, SIGHUP, SIGUSR1, SIGUSR2]

  /// The mask from before, which the program is to start with.
  package let original: SignalMask
  let descriptor: Int32

  /// Blocks the signals. To be called while there is only one thread: others would inherit the old mask.
  package init() {
    let blocked = SignalMask(Self.forwarded + [SIGINT, SIGQUIT])
    var signals = blocked.signals
    var old = SignalMask()
    pthread_sigmask(SIG_BLOCK, &signals, &old.signals)
    original = old
    descriptor = cut_signalDescriptor(&signals)
  }

  /// The signals that have come since the last time.
  func take() -> [Int32] {
    var numbers: [Int32] = []
    while case let number = cut_nextSignal(descriptor), number != 0 { numbers.append(number) }
    return numbers
  }

  /// Hands `number` on to the program if that is due.
  func forward(_ number: Int32, to pid: Int32) {
    if Self.forwarded.contains(number) { kill(pid, number) }
  }

  /// Whether a signal asks the recorder itself to stop, once the program it started has ended.
  static func asksToStop(_ number: Int32) -> Bool { [SIGINT, SIGQUIT, SIGTERM, SIGHUP].contains(number) }
}
