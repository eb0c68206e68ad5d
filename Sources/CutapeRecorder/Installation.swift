/// Where the parts of cutape are that go into a program: the preload library and the stand-ins of CUDA's libraries.

private import Glibc

/// The folder `lib/cutape` of this installation.
package struct Installation: Sendable, Hashable {
  /// What a recording lacks.
  package enum Missing: Error, Hashable, CustomStringConvertible {
    case library(String)
    case auditor(String)
    case standIns(String)

    package var description: String {
      switch self {
      case .library(let path): "the preload library \(path) is missing"
      case .auditor(let path): "the auditor \(path) is missing"
      case .standIns(let path): "the library \(path) is missing, which leads to the emulated runtime"
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

  static let auditorName = "libcutape-audit.so"

  /// The auditor that leads a program to the stand-ins, which lie beside it.
  package func standIns() throws(Missing) -> String {
    let path = "\(directory)/emulated/libcutape-search.so"
    guard access(path, R_OK) == 0 else { throw .standIns(path) }
    return path
  }

  /// The auditor that leads bindings to the preload library.
  package func auditor() throws(Missing) -> String {
    let path = "\(directory)/\(Self.auditorName)"
    guard access(path, R_OK) == 0 else { throw .auditor(path) }
    return path
  }
}
