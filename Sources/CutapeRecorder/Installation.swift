/// Where the parts of cutape are that go into a program: the preload library and the stand-in runtimes.

private import Glibc

/// The folder `lib/cutape` of this installation.
package struct Installation: Sendable, Hashable {
  /// What a recording lacks.
  package enum Missing: Error, Hashable, CustomStringConvertible {
    case library(String)
    case runtimes(String)

    package var description: String {
      switch self {
      case .library(let path): "the preload library \(path) is missing"
      case .runtimes(let path): "the stand-in runtimes in \(path) are missing"
      }
    }
  }

  package var directory: String

  /// Beside the running program (`../lib/cutape`), or where `CUTAPE_LIBDIR` says.
  package init(environment: [String: String]) {
    if let given = environment["CUTAPE_LIBDIR"], !given.isEmpty {
      directory = given
    } else {
      let program = realpath("/proc/self/exe", nil)
      defer { free(program) }
      let parts = program.map { String(cString: $0) }?.split(separator: "/") ?? []
      directory = "/" + (parts.dropLast(2) + ["lib", "cutape"]).joined(separator: "/")
    }
  }

  package init(directory: String) {
    self.directory = directory
  }

  /// The library that is preloaded into programs.
  package func library() throws(Missing) -> String {
    let path = "\(directory)/libcutape.so"
    guard access(path, R_OK) == 0 else { throw .library(path) }
    return path
  }

  /// The folder of the stand-in runtimes.
  package func runtimes() throws(Missing) -> String {
    let path = "\(directory)/emulated"
    guard access("\(path)/libcudart.so.13", R_OK) == 0 || access("\(path)/libcudart.so.12", R_OK) == 0 else {
      throw .runtimes(path)
    }
    return path
  }
}
