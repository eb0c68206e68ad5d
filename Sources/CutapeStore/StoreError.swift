/// What can go wrong with a trace file.

import GRDB

/// An error of the store; the description is one clause for people, with the file's name.
package enum StoreError: Error, Hashable, CustomStringConvertible {
  case missing(path: String)
  /// The file is there, but may not be opened, or is a directory.
  case unreadable(path: String, reason: String)
  case empty(path: String)
  /// Not an SQLite file at all.
  case notTrace(path: String)
  /// An SQLite file that another program wrote.
  case foreign(path: String)
  /// A trace that a newer cutape wrote.
  case newer(path: String, version: Int, known: Int)
  /// A trace whose content is broken: cut off, overwritten, or inconsistent.
  case damaged(path: String, reason: String)
  case exists(path: String)
  case cannotCreate(path: String, reason: String)
  /// The disk is full: nothing of the failed call was written, and what was written before can be read.
  case full(path: String)
  case failed(path: String, reason: String)
  /// An event that does not fit the writer's functions: the caller's mistake.
  case unfitEvent(function: UInt16, reason: String)

  package var description: String {
    switch self {
    case .missing(let path): "\(path): no such file"
    case .unreadable(let path, let reason): "\(path): cannot be read: \(reason)"
    case .empty(let path): "\(path): is empty, not a trace"
    case .notTrace(let path): "\(path): is not a trace"
    case .foreign(let path): "\(path): is an SQLite database of another program, not a trace"
    case .newer(let path, let version, let known):
      "\(path): is a trace of format \(version), and this cutape reads formats up to \(known): use a newer cutape"
    case .damaged(let path, let reason): "\(path): is damaged: \(reason)"
    case .exists(let path): "\(path): exists already: choose another name or use --force"
    case .cannotCreate(let path, let reason): "\(path): cannot be created: \(reason)"
    case .full(let path): "\(path): no space left to write the trace"
    case .failed(let path, let reason): "\(path): \(reason)"
    case .unfitEvent(let function, let reason): "a call of function \(function) cannot be stored: \(reason)"
    }
  }

  /// `error` as it looks from outside: SQLite's codes become cases, a store error stays what it is.
  static func of(_ error: any Error, path: String) -> StoreError {
    if let error = error as? StoreError { return error }
    guard let error = error as? DatabaseError else { return .failed(path: path, reason: "\(error)") }
    let reason = error.message ?? "SQLite error \(error.extendedResultCode.rawValue)"
    return switch error.resultCode {
    case .SQLITE_FULL: .full(path: path)
    // Our own SQL is right: when it fails, tables or columns are missing.
    case .SQLITE_CORRUPT, .SQLITE_ERROR: .damaged(path: path, reason: reason)
    case .SQLITE_NOTADB: .notTrace(path: path)
    case .SQLITE_IOERR where error.extendedResultCode == .SQLITE_IOERR_SHORT_READ:
      .damaged(path: path, reason: "it is cut off")
    case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH: .unreadable(path: path, reason: reason)
    default: .failed(path: path, reason: reason)
    }
  }
}
