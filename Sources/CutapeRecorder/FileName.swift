/// Names of files as the system has them: bytes, which need not be UTF-8.

private import Glibc

/// The name of a file, byte for byte.
package struct FileName: Sendable, Hashable, CustomStringConvertible {
  package var bytes: [UInt8]

  package init(_ bytes: [UInt8]) { self.bytes = bytes }
  package init(_ text: String) { bytes = Array(text.utf8) }

  /// For people: what is not UTF-8 is replaced.
  package var description: String { String(decoding: bytes, as: UTF8.self) }

  /// Calls `body` with the name as C has it.
  func withCString<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
    (bytes + [0]).withUnsafeBufferPointer { buffer in
      buffer.withMemoryRebound(to: CChar.self) { text in
        guard let start = text.baseAddress else { return body("") }
        return body(start)
      }
    }
  }

  /// The name of the same file without symbolic links; nil when it is not there.
  func resolved() -> FileName? {
    guard let path = withCString({ realpath($0, nil) }) else { return nil }
    defer { free(path) }
    return FileName(UnsafeBufferPointer(start: path, count: strlen(path)).map { UInt8(bitPattern: $0) })
  }

  /// What the symbolic link of this name says; nil when there is none that can be read.
  func linkTarget() -> FileName? {
    var target = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let length = withCString { name in
      target.withUnsafeMutableBytes { buffer in
        buffer.baseAddress.map { readlink(name, $0, buffer.count) } ?? -1
      }
    }
    return length > 0 ? FileName(Array(target.prefix(length))) : nil
  }
}
