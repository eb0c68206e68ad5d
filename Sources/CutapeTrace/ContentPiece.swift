/// What the source of a copy held: a content is known by its hash and its length, whoever copied it.
package struct ContentKey: Sendable, Hashable {
  /// XXH64 with seed 0.
  package var hash: UInt64
  /// How many bytes it has.
  package var bytes: UInt64

  package init(hash: UInt64, bytes: UInt64) {
    self.hash = hash
    self.bytes = bytes
  }
}

/// Some of the bytes of a content, as a thread of the program sent them.
package struct ContentPiece: Sendable, Hashable {
  package var key: ContentKey
  /// Where they begin in the content.
  package var offset: UInt64
  package var data: [UInt8]

  package init(key: ContentKey, offset: UInt64, data: [UInt8]) {
    self.key = key
    self.offset = offset
    self.data = data
  }
}

/// What is to be stored of contents, in one step.
package struct ContentBatch: Sendable, Hashable {
  /// Some of the bytes of the content that the writer calls `content`, which is not whole yet.
  package struct Part: Sendable, Hashable {
    package var content: Int
    package var offset: UInt64
    package var data: [UInt8]
  }

  /// A content of which all bytes are there.
  package struct Whole: Sendable, Hashable {
    package var content: Int
    package var key: ContentKey

    package init(content: Int, key: ContentKey) {
      self.content = content
      self.key = key
    }
  }

  package var parts: [Part] = []
  package var whole: [Whole] = []
  /// Contents that do not become whole.
  package var dropped: [Int] = []

  package init() {}

  package var isEmpty: Bool { parts.isEmpty && whole.isEmpty && dropped.isEmpty }
}

extension ContentBatch.Part {
  package init(_ piece: ContentPiece, of content: Int) {
    self.init(content: content, offset: piece.offset, data: piece.data)
  }
}
