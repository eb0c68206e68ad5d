/// The standard streams, which a program may be started without.

private import Glibc

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
