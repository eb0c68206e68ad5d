/// The bytes of copies, as they come.
///
/// A content gets its row when all of its pieces are there. So whatever breaks a recording off, a content that has a row
/// is whole; pieces without one are rests, which nobody reads.

package import CutapeTrace
import Foundation
import GRDB

extension TraceWriter {
  /// Whether all bytes of a content are in the trace.
  package func hasContent(_ key: ContentKey) throws(StoreError) -> Bool {
    do {
      return try queue.read { try Self.content(key, $0) != nil }
    } catch {
      throw StoreError.of(error, path: path)
    }
  }

  /// Adds bytes of contents, in one transaction; contents are numbered by the caller, from 1.
  package func add(_ contents: ContentBatch) throws(StoreError) {
    do {
      try queue.write { database in
        let piece = try database.cachedStatement(sql: "INSERT INTO content_piece VALUES (?, ?, ?)")
        for part in contents.parts {
          try piece.execute(arguments: [part.content, Int64(bitPattern: part.offset), Data(part.data)])
        }
        for whole in contents.whole {
          try database.cachedStatement(sql: "INSERT INTO content VALUES (?, ?, ?)").execute(arguments: [
            whole.content, Int64(bitPattern: whole.key.hash), Int64(bitPattern: whole.key.bytes),
          ])
        }
        for dropped in contents.dropped {
          try database.cachedStatement(sql: "DELETE FROM content_piece WHERE content = ?")
            .execute(arguments: [dropped])
        }
      }
    } catch {
      throw StoreError.of(error, path: path)
    }
  }

  /// The number of a content, if it is there.
  static func content(_ key: ContentKey, _ database: Database) throws -> Int? {
    try Int.fetchOne(
      database.cachedStatement(sql: "SELECT id FROM content WHERE hash = ? AND bytes = ?"),
      arguments: [Int64(bitPattern: key.hash), Int64(bitPattern: key.bytes)])
  }
}
