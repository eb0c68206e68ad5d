/// Which files a process has mapped as code: what /proc says, looked at now and then.
///
/// Nothing tells a recorder when a library is loaded, short of stopping the program. So it looks: soon and often at
/// first, when most is loaded, and whenever a new object makes a call. What comes and goes between two looks is missed.

private import Glibc

/// The files that were seen in one process.
package struct MappedFiles: Sendable {
  /// In nanoseconds: the shortest time between two looks, and the longest.
  private static let shortest: UInt64 = 2_000_000
  private static let longest: UInt64 = 1_000_000_000

  /// Their paths, in the order in which they were seen.
  package private(set) var paths: [String] = []
  /// How many looks showed something.
  package private(set) var looks = 0
  private var known: Set<String> = []
  private var first: UInt64?
  private var next: UInt64 = 0

  package init() {}

  /// Looks at process `pid` if it is time to.
  ///
  /// - Parameters:
  ///   - now: nanoseconds of any clock that goes on.
  ///   - isNeeded: whether there is a reason not to wait.
  package mutating func look(at pid: Int32, now: UInt64, isNeeded: Bool) {
    guard now >= next || isNeeded else { return }
    let age = now &- (first ?? now)
    first = first ?? now
    next = now &+ min(max(age / 4, Self.shortest), Self.longest)
    guard let text = contents(of: "/proc/\(pid)/maps"), !text.isEmpty else { return }
    looks += 1
    text.withUnsafeBytes { lines in
      for line in lines.split(separator: UInt8(ascii: "\n")) {
        if let path = Self.path(ofCodeIn: line), known.insert(path).inserted { paths.append(path) }
      }
    }
  }

  /// The path in a line of /proc/PID/maps, `start-end perms offset device inode path`; nil when it is not about code
  /// from a file that is still there.
  private static func path(ofCodeIn line: Slice<UnsafeRawBufferPointer>) -> String? {
    var fields = line.split(separator: UInt8(ascii: " "), maxSplits: 5, omittingEmptySubsequences: true)
    guard fields.count == 6, fields[1].dropFirst(2).first == UInt8(ascii: "x") else { return nil }
    let path = String(decoding: fields.removeLast().drop { $0 == UInt8(ascii: " ") }, as: UTF8.self)
    return path.hasPrefix("/") && !path.hasSuffix(" (deleted)") ? path : nil
  }

  private func contents(of path: String) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    while true {
      let start = bytes.count
      bytes.append(contentsOf: repeatElement(0, count: 1 << 16))
      let got = bytes.withUnsafeMutableBytes { buffer in
        buffer.baseAddress.map { read(descriptor, $0 + start, 1 << 16) } ?? -1
      }
      bytes.removeLast((1 << 16) - max(0, got))
      if got < 0 { return nil }
      if got == 0 { return bytes }
    }
  }
}
