/// Where a program is, and what can be known about it before it runs.

private import Glibc

/// How a program's name is looked up, as `execvp` does.
package enum ProgramPath {
  /// The paths to try, in order: the name itself when it has a slash, else the name in each directory of `PATH`.
  package static func candidates(for name: FileName, searchPath: FileName?) -> [FileName] {
    let slash = UInt8(ascii: "/")
    if name.bytes.contains(slash) || name.bytes.isEmpty { return [name] }
    let directories = (searchPath ?? FileName("/bin:/usr/bin")).bytes
      .split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    return directories.map { $0.isEmpty ? name : FileName(Array($0) + [slash] + name.bytes) }
  }

  /// The candidate that will run, or why none can.
  ///
  /// What only `execve` finds out, such as a script whose interpreter is missing, is found out at the start.
  package static func resolve(_ candidates: [FileName]) throws(LaunchError) -> FileName {
    var isDenied = false
    for path in candidates {
      var status = stat()
      guard path.withCString({ stat($0, &status) }) == 0 else {
        if errno == EACCES { isDenied = true }
        continue
      }
      if status.st_mode & S_IFMT == S_IFREG, path.withCString({ access($0, X_OK) }) == 0 { return path }
      isDenied = true
    }
    throw isDenied ? .notExecutable(EACCES) : .notFound
  }
}

/// Why a program was not started.
package enum LaunchError: Error, Hashable, CustomStringConvertible {
  case notFound
  case notExecutable(Int32)
  /// The file is there; the interpreter that it names is not.
  case noInterpreter
  /// This process could not make another one.
  case cannotFork(Int32)

  package var description: String {
    switch self {
    case .notFound: errorText(ENOENT)
    case .notExecutable(let error): errorText(error)
    case .noInterpreter: "its interpreter does not exist"
    case .cannotFork(let error): "cannot start a process: \(errorText(error))"
    }
  }

  /// The exit status for it, as `env` and shells have it.
  package var exitStatus: Int32 {
    switch self {
    case .notFound, .noInterpreter: 127
    case .notExecutable: 126
    case .cannotFork: 125
    }
  }
}
