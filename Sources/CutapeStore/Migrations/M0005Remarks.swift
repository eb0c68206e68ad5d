/// Version 5: what a recording says of itself in words, and which build of a module was loaded.

extension Schema {
  static let remarks = Migration(
    version: 5,
    sql: """
      CREATE TABLE remark (
        -- What whoever reads the trace should know of the recording: a program that could not be seen, for example.
        id INTEGER PRIMARY KEY, -- from 1, in the order of time
        text TEXT NOT NULL -- one clause
      );
      CREATE TABLE build (
        -- The builds of the modules that name theirs.
        module INTEGER PRIMARY KEY, -- module.id
        identity TEXT NOT NULL -- the build id of the file that was mapped, in hexadecimal digits
      );
      """)
}
