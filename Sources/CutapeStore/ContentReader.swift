/// Reads the bytes of copies from a trace.

package import CutapeTrace
import Foundation
import GRDB

/// The contents of one trace, beside a scan over its calls: on a connection of its own.
package final class ContentReader {
  /// The most contents whose numbers are remembered.
  private static let mostRemembered = 4096

  private let path: String
  private let queue: DatabaseQueue
  /// The numbers of contents that were asked for; nil for those that are not there.
  private var numbers: [ContentKey: Int?] = [:]

  init(_ path: String) throws(StoreError) {
    self.path = path
    do { queue = try ReadOnlyConnection.open(path) } catch { throw StoreError.of(error, path: path) }
  }

  /// The bytes of a content from `range.start` to `range.end`; nil when the trace does not have it, or it ends before.
  package func bytes(of key: ContentKey, range: ByteRange) throws(StoreError) -> [UInt8]? {
    guard range.start <= range.end, range.end <= key.bytes else { return nil }
    do {
      return try queue.read { database in
        guard let number = try number(of: key, database) else { return nil }
        return try read(range, of: number, database)
      }
    } catch {
      throw StoreError.of(error, path: path)
    }
  }

  private func number(of key: ContentKey, _ database: Database) throws -> Int? {
    if let known = numbers[key] { return known }
    if numbers.count >= Self.mostRemembered { numbers = [:] }
    let number = try TraceWriter.content(key, database)
    numbers[key] = .some(number)
    return number
  }

  private func read(_ range: ByteRange, of number: Int, _ database: Database) throws -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Int(range.count))
    let pieces = try Row.fetchCursor(
      database.cachedStatement(
        sql: """
          SELECT position, data FROM content_piece
          WHERE content = ?1 AND position < ?3 AND position >= (
            SELECT max(position) FROM content_piece WHERE content = ?1 AND position <= ?2)
          ORDER BY position
          """),
      arguments: [number, Int64(clamping: range.start), Int64(clamping: range.end)])
    var next = range.start
    while let row = try pieces.next() {
      guard let position = Int64.fromDatabaseValue(row[0]).map(UInt64.init(bitPattern:)),
        let data = Data.fromDatabaseValue(row[1]), position <= next, next - position < UInt64(data.count)
      else { break }
      let piece = data.dropFirst(Int(next - position)).prefix(Int(range.end - next))
      bytes += piece
      next += UInt64(piece.count)
    }
    guard next == range.end else {
      throw StoreError.damaged(path: path, reason: "the bytes of content \(number) are not whole")
    }
    return bytes
  }
}
