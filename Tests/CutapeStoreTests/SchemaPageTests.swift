/// The page about the format says what the schema says.

import Foundation
import GRDB
import Testing

@testable import CutapeStore

@Suite("Schema page")
struct SchemaPageTests {
  private let page: SchemaPage

  init() throws {
    page = try DatabaseQueue().write { database in
      try Schema.create(database)
      try database.execute(sql: Schema.indexes)
      return try SchemaPage(database)
    }
  }

  @Test("every table, view and column is explained")
  func complete() {
    #expect(page.undocumented.isEmpty)
  }

  @Test("Schema.md is what the schema gives; CUTAPE_REWRITE=1 writes it again")
  func fresh() throws {
    let file = URL(filePath: #filePath).appending(path: "../../../Sources/CutapeStore/Schema.md").standardized
    if ProcessInfo.processInfo.environment["CUTAPE_REWRITE"] != nil {
      try page.markdown.write(to: file, atomically: true, encoding: .utf8)
      Issue.record("Schema.md was written again: look at the difference, and run without CUTAPE_REWRITE")
    }
    let written = try String(contentsOf: file, encoding: .utf8)
    #expect(written == page.markdown, "run: CUTAPE_REWRITE=1 swift test --filter SchemaPageTests")
  }
}
