/// The standard streams, which a program may be started without, and how many files may be open.

private import CutapeSystem
private import Glibc

/// How many files this process may have open.
package enum FileLimit {
  /// Raises the limit as far as is allowed. A program that is started from here gets the limit of before.
  package static func raise() { cut_raiseFileLimit() }
}

/// Keeps descriptors 0 to 2 from being given to files of this process.
package enum StandardDescriptors {
  /// Puts /dev/null where a standard stream is closed, so that no trace or spool gets its number and is written to
  /// as if it were standard error. A program that is started from here finds the stream closed, as it was.
  package static func fillGaps() {
    while true {
      let descriptor = open("/dev/null", O_RDWR | O_CLOEXEC)
      if descriptor > STDERR_FILENO { close(descriptor) }
      if descriptor < 0 || descriptor > STDERR_FILENO { return }
    }
  }
}
