/// Opens a trace for reading, wherever it is and however its recording ended.

import GRDB

/// Connections that never write.
enum ReadOnlyConnection {
  /// A connection to the trace at `path`; throws the database's error.
  static func open(_ path: String) throws -> DatabaseQueue {
    do {
      return try connect(TraceFile.plainPath(path), locking: true)
    } catch let error as DatabaseError where error.resultCode == .SQLITE_CANTOPEN {
      // An unfinished trace has a write-ahead log, and SQLite wants to make an index of it in a file beside it. Where
      // it may not (a read-only directory), no writer can be at work either: the index can be in memory and nothing
      // has to be locked.
      return try connect(uri(path), locking: false)
    }
  }

  private static func connect(_ path: String, locking: Bool) throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.readonly = true
    configuration.label = "cutape.trace"
    // The writer holds the file alone for moments only.
    configuration.busyMode = .timeout(2)
    if !locking {
      configuration.prepareDatabase { try $0.execute(sql: "PRAGMA locking_mode = EXCLUSIVE") }
    }
    let queue = try DatabaseQueue(path: path, configuration: configuration)
    // SQLite opens the file when it is first read.
    _ = try queue.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM sqlite_schema") }
    return queue
  }

  /// `path` as a URI that asks for no locks; "unix-none" is the file system without them.
  private static func uri(_ path: String) -> String {
    var uri = path.hasPrefix("/") ? "file://" : "file:"
    for byte in path.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "-"):
        uri.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        uri += digits.count == 1 ? "%0\(digits)" : "%\(digits)"
      }
    }
    return uri + "?mode=ro&vfs=unix-none"
  }
}
