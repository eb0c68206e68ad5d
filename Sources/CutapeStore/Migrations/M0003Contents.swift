/// Version 3: the bytes that copies read from host memory.

extension Schema {
  static let contents = Migration(
    version: 3,
    sql: """
      CREATE TABLE payload (
        -- What is missing of the bytes that copies read from host memory: one row, none unless they were to be kept.
        id INTEGER PRIMARY KEY CHECK (id = 1), -- always 1
        left_out INTEGER NOT NULL, -- sources of copies whose bytes were not kept
        left_out_bytes INTEGER NOT NULL -- how many bytes they had, as 64 bits
      );
      CREATE TABLE content (
        -- What sources of copies held, each content once: its bytes are all there. Calls of cutape_source name it by hash and bytes.
        id INTEGER PRIMARY KEY, -- from 1
        hash INTEGER NOT NULL, -- XXH64 of the bytes, as 64 bits
        bytes INTEGER NOT NULL, -- how many bytes, as 64 bits
        UNIQUE (hash, bytes)
      );
      CREATE TABLE content_piece (
        -- The bytes of contents, one after the other. Pieces of no row of content are rests of a recording that broke off.
        content INTEGER NOT NULL, -- content.id
        position INTEGER NOT NULL, -- where its first byte is in the content
        data BLOB NOT NULL, -- the bytes
        PRIMARY KEY (content, position)
      );
      """)
}
