/// The standard streams, which a program may be started without, and how many files may be open.

private import CutapeSystem
private import Glibc

/// How many files this process may have open.
package enum FileLimit {
  /// How many files a recording has open at most, besides those that it was started with.
  private static let needed: Int32 = 16

  /// Raises the limit as far as is allowed. A program that is started from here gets the limit of before. Returns
  /// whether a recording can do with that.
  package static func raise() -> Bool {
    cut_raiseFileLimit()
    return cut_mayOpenFiles(needed) != 0
  }
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
