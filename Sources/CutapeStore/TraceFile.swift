/// What a file says it is, read from its first bytes: so that every wrong file gets an answer of its own before
/// SQLite sees it.

import Foundation

/// The path of a trace, and the checks before it is opened as a database.
enum TraceFile {
  /// Throws unless `path` is a trace of a version that this build reads.
  static func check(_ path: String) throws(StoreError) {
    var status = stat()
    guard stat(path, &status) == 0 else {
      if errno == ENOENT || errno == ENOTDIR { throw .missing(path: path) }
      throw .unreadable(path: path, reason: String(cString: strerror(errno)))
    }
    guard status.st_mode & S_IFMT != S_IFDIR else { throw .unreadable(path: path, reason: "is a directory") }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .notTrace(path: path) }
    guard status.st_size > 0 else { throw .empty(path: path) }
    let header = try read(path, count: 100)
    guard header.prefix(16) == Array("SQLite format 3\0".utf8)[...] else { throw .notTrace(path: path) }
    guard header.count == 100 else { throw .damaged(path: path, reason: "it is cut off") }
    guard number(header, at: 68) == UInt32(Schema.applicationID) else { throw .foreign(path: path) }
    let version = Int(number(header, at: 60))
    guard version <= Schema.version else { throw .newer(path: path, version: version, known: Schema.version) }
    guard version >= 1 else { throw .damaged(path: path, reason: "it has no version") }

    // The header counts pages; a write-ahead log may hold some that are not in the file yet.
    let pageSize = number(header, at: 16) >> 16
    let size = UInt64(number(header, at: 28)) * UInt64(pageSize == 1 ? 65536 : pageSize)
    if size > UInt64(status.st_size), access(path + "-wal", F_OK) != 0 {
      throw .damaged(path: path, reason: "it is cut off: \(status.st_size) of \(size) bytes are there")
    }
  }

  /// `path` as SQLite takes it for a path, never for a URI.
  static func plainPath(_ path: String) -> String { path.hasPrefix("file:") ? "./" + path : path }

  /// The big-endian number of four bytes at `offset`.
  private static func number(_ header: [UInt8], at offset: Int) -> UInt32 {
    header[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
  }

  private static func read(_ path: String, count: Int) throws(StoreError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .unreadable(path: path, reason: String(cString: strerror(errno))) }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: count)
    let got = pread(descriptor, &bytes, count, 0)
    guard got >= 0 else { throw .unreadable(path: path, reason: String(cString: strerror(errno))) }
    return Array(bytes.prefix(got))
  }
}
