/// Version 4: how the calls were looked for, and what there was to find.

extension Schema {
  static let coverage = Migration(
    version: 4,
    sql: """
      CREATE TABLE coverage (
        -- How the calls of the program were looked for: one row.
        id INTEGER PRIMARY KEY CHECK (id = 1), -- always 1
        via TEXT NOT NULL, -- 'preload' or 'audit': how cutape got between the program and CUDA
        reason TEXT NOT NULL, -- why it was this way
        nested INTEGER NOT NULL, -- 1: calls of the driver inside those of the runtime were kept
        looks INTEGER NOT NULL -- how often the files mapped into the program were looked at; with 0, library has only what is known otherwise
      );
      CREATE TABLE library (
        -- Files with code that have to do with CUDA and were seen in the program.
        path TEXT PRIMARY KEY, -- file name
        kind TEXT NOT NULL, -- 'runtime', 'driver', 'static runtime' (linked into the file), 'nvidia' (another library of NVIDIA's), 'client' (linked with one of them)
        soname TEXT NOT NULL, -- name that other objects know it by; empty when it has none
        build_id TEXT NOT NULL -- in hexadecimal; empty when it has none
      ) WITHOUT ROWID;
      CREATE TABLE library_need (
        -- The runtimes and drivers that those files are linked with.
        path TEXT NOT NULL, -- library.path
        position INTEGER NOT NULL, -- from 0
        soname TEXT NOT NULL, -- for example 'libcudart.so.13'
        PRIMARY KEY (path, position)
      ) WITHOUT ROWID;
      """)
}
