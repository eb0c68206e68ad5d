/// Standard output in large pieces, with its errors seen: a full disk must not look like success.

import Foundation

/// A buffer in front of standard output. Call ``flush()`` before the command returns.
struct StandardOutput {
  private var buffer: [UInt8] = []

  mutating func line(_ text: String) throws {
    buffer.append(contentsOf: text.utf8)
    buffer.append(UInt8(ascii: "\n"))
    if buffer.count >= 1 << 16 { try flush() }
  }

  mutating func flush() throws {
    var rest = buffer[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
      if written < 0, errno == EINTR { continue }
      guard written >= 0 else {
        throw Failure(message: "cannot write to standard output: \(String(cString: strerror(errno)))")
      }
      rest = rest.dropFirst(written)
    }
    buffer.removeAll(keepingCapacity: true)
  }
}
