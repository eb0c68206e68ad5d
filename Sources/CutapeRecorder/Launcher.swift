/// Starts the program so that it cannot tell the difference: same streams, terminal, process group, signal mask and
/// dispositions, and an environment that differs in what recording needs.
///
/// It is forked and held at a gate, then released. Neither Foundation's Process nor swift-subprocess can do that:
/// both give the pid when the program is already running, and the trace, whose name may contain the pid, has to be
/// there before (a name that is taken must be refused while nothing has happened yet).

private import CutapeSystem
private import Glibc

/// A program that is about to run.
package struct Launcher {
  private let held: CUTHeld
  /// The process of the program.
  package var pid: Int32 { held.pid }

  /// Forks the process of the program; it waits.
  ///
  /// - Parameters:
  ///   - paths: what to run, tried in order.
  ///   - arguments: with the program's name first; bytes, since they need not be UTF-8.
  ///   - mask: the signals that are blocked when the program starts.
  package init(
    paths: [FileName], arguments: [[UInt8]], environment: [[UInt8]], mask: SignalMask
  ) throws(LaunchError) {
    let pathStrings = CStrings(paths.map(\.bytes))
    // The element in front is for `sh`, should the file have no known format.
    let argumentStrings = CStrings([[]] + arguments)
    let environmentStrings = CStrings(environment)
    defer {
      pathStrings.free()
      argumentStrings.free()
      environmentStrings.free()
    }
    var mask = mask.signals
    var held = CUTHeld()
    let error = cut_launchHeld(
      pathStrings.pointers, argumentStrings.pointers, environmentStrings.pointers, &mask, &held)
    guard error == 0 else { throw .cannotFork(error) }
    self.held = held
  }

  /// Lets the program run. When it cannot, its process has ended and was reaped.
  package func release(path: FileName) throws(LaunchError) {
    let error = cut_launchRelease(held)
    guard error != 0 else { return }
    reap()
    guard error == ENOENT || error == ENOTDIR else { throw .notExecutable(error) }
    throw path.withCString({ access($0, F_OK) }) == 0 ? .noInterpreter : .notFound
  }

  /// Gives up: the program never runs.
  package func abandon() {
    cut_launchAbandon(held)
    reap()
  }

  private func reap() {
    while waitpid(held.pid, nil, 0) < 0, errno == EINTR {}
  }
}

/// Strings as C wants an argument list: pointers, with a null behind the last.
private struct CStrings {
  let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
  private let count: Int

  init(_ strings: [[UInt8]]) {
    count = strings.count
    pointers = .allocate(capacity: count + 1)
    for (index, bytes) in strings.enumerated() {
      let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count + 1)
      for (offset, byte) in bytes.enumerated() { copy[offset] = CChar(bitPattern: byte) }
      copy[bytes.count] = 0
      (pointers + index).initialize(to: copy)
    }
    (pointers + count).initialize(to: nil)
  }

  func free() {
    for index in 0..<count { pointers[index]?.deallocate() }
    pointers.deallocate()
  }
}
