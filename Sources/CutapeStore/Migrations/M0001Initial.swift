/// Version 1: calls in shapes, the dictionaries, and the views for people.

extension Schema {
  static let initial = Migration(
    version: 1,
    sql: """
      CREATE TABLE recording (
        -- The recording itself: one row.
        id INTEGER PRIMARY KEY CHECK (id = 1), -- always 1
        state TEXT NOT NULL, -- 'recording' until it ended in order, then 'finished'
        ordered INTEGER NOT NULL DEFAULT 1, -- 0: call.id is not yet the order of effect, the recording is unfinished
        cutape_version TEXT NOT NULL, -- version of the cutape that recorded
        program TEXT NOT NULL, -- path of the executable
        working_directory TEXT NOT NULL, -- where the program started
        process INTEGER NOT NULL, -- process id of the program
        host TEXT NOT NULL, -- name of the machine
        start INTEGER NOT NULL, -- begin of the recording, nanoseconds since 1970 UTC
        duration INTEGER, -- length of the recording, nanoseconds; NULL while unfinished
        clock TEXT NOT NULL, -- 'tsc' or 'monotonic': what the times were read from
        ending TEXT NOT NULL DEFAULT 'unknown', -- 'exited', 'signal' or 'unknown'
        ending_value INTEGER, -- exit status or signal number
        lost INTEGER NOT NULL DEFAULT 0, -- calls that could not be recorded
        from_start INTEGER NOT NULL -- 1 when the first call of the program was seen
      );
      CREATE TABLE argument (
        -- The command line of the program.
        position INTEGER PRIMARY KEY, -- from 0, the program's own name
        value TEXT NOT NULL -- the argument
      );
      CREATE TABLE environment (
        -- Environment variables that matter to CUDA or name the rank.
        name TEXT PRIMARY KEY, -- name of the variable
        value TEXT NOT NULL -- its value when the program started
      ) WITHOUT ROWID;
      CREATE TABLE function (
        -- The CUDA functions that were called.
        id INTEGER PRIMARY KEY, -- number in cutape's API table
        name TEXT NOT NULL, -- name without the per-thread suffix
        effect TEXT NOT NULL, -- what a call does, for example 'copy'; 'unsupported' is recorded, not judged
        at_return INTEGER NOT NULL -- 1: takes effect, and is ordered, when it returns; 0: when it is called
      );
      CREATE TABLE field (
        -- The recorded arguments of each function.
        function INTEGER NOT NULL, -- function.id
        position INTEGER NOT NULL, -- from 0
        name TEXT NOT NULL, -- name of the parameter
        role TEXT NOT NULL, -- meaning, for example 'destination'
        place TEXT NOT NULL, -- where the value is: 'a', 'b', 'c' or 'rest' (columns of call), or 'shape' (shape_value)
        PRIMARY KEY (function, position)
      ) WITHOUT ROWID;
      CREATE TABLE thread (
        -- The threads that made calls.
        id INTEGER PRIMARY KEY, -- from 1, in the order of first calls
        system_id INTEGER NOT NULL, -- the kernel's thread id
        name TEXT NOT NULL -- name at its first call
      );
      CREATE TABLE module (
        -- Executables and libraries that made calls.
        id INTEGER PRIMARY KEY, -- from 1
        path TEXT NOT NULL, -- file name
        load_bias INTEGER, -- added to addresses in the file; NULL when not known
        "end" INTEGER -- one past its last byte in memory; NULL when not known
      );
      CREATE TABLE site (
        -- Places in the program where calls are made.
        id INTEGER PRIMARY KEY, -- from 1; 0 elsewhere means not known
        address INTEGER NOT NULL, -- return address of the call
        module INTEGER NOT NULL, -- module.id
        "offset" INTEGER NOT NULL, -- the address in the module's file
        function TEXT, -- function of the program, demangled; NULL when not known
        file TEXT, -- source file; NULL without debug information
        line INTEGER -- line of the source file; NULL without debug information
      );
      CREATE TABLE shape (
        -- What many calls have in common: one row for each combination that occurs.
        id INTEGER PRIMARY KEY, -- from 1
        function INTEGER NOT NULL, -- function.id
        variant INTEGER NOT NULL, -- 0 plain name, 1 _ptsz, 2 _ptds
        major INTEGER NOT NULL, -- CUDA major of the caller, 12 or 13; 0 for what is no call of CUDA
        thread INTEGER NOT NULL, -- thread.id
        site INTEGER NOT NULL -- site.id, or 0
      );
      CREATE TABLE shape_value (
        -- Arguments that belong to the shape: kinds, streams, flags, devices, pitches.
        shape INTEGER NOT NULL, -- shape.id
        position INTEGER NOT NULL, -- field.position
        value INTEGER NOT NULL, -- the argument, as 64 bits
        PRIMARY KEY (shape, position)
      ) WITHOUT ROWID;
      CREATE TABLE epoch (
        -- What call.time counts from, so that it takes three bytes instead of six: one row for 4096 calls.
        id INTEGER PRIMARY KEY, -- call.id >> 12
        time INTEGER NOT NULL -- nanoseconds since recording.start
      );
      CREATE TABLE call (
        -- One recorded call.
        id INTEGER PRIMARY KEY, -- the number of the call: its position in the order of effect, from 1
        time INTEGER NOT NULL, -- when it was made, nanoseconds since the time of its epoch
        duration INTEGER, -- nanoseconds; NULL when the call never returned
        shape INTEGER NOT NULL, -- shape.id
        result INTEGER, -- what it returned (cudaError_t for most); NULL for 0
        a INTEGER, -- first argument that varies, as 64 bits; field.place says which
        b INTEGER, -- second
        c INTEGER, -- third
        rest BLOB -- further varying arguments, then strings and lists: 64-bit words as LEB128; NULL when none
      );
      CREATE TABLE result (
        -- Names of the results that occur, other than success.
        code INTEGER PRIMARY KEY, -- call.result
        name TEXT NOT NULL -- name in cudaError_t
      );

      CREATE VIEW arguments AS
        -- The arguments of every call, one a row; those in call.rest have no value here.
        SELECT
          call.id AS number, -- number of the call
          field.position AS position, -- from 0
          field.name AS name, -- name of the parameter
          field.role AS role, -- its meaning
          CASE field.place
            WHEN 'a' THEN call.a WHEN 'b' THEN call.b WHEN 'c' THEN call.c
            WHEN 'shape' THEN (
              SELECT value FROM shape_value WHERE shape_value.shape = call.shape AND shape_value.position = field.position)
          END AS value -- the argument, as 64 bits
        FROM call JOIN shape ON shape.id = call.shape JOIN field ON field.function = shape.function;

      CREATE VIEW sites AS
        -- Call sites for people.
        SELECT
          site.id AS id, -- site.id
          CASE WHEN site.line IS NULL THEN module.path || printf('+0x%x', site."offset")
            ELSE site.file || ':' || site.line END
          || CASE WHEN site.function IS NULL THEN '' ELSE ' in ' || site.function END AS place -- file:line in function, or module+offset
        FROM site JOIN module ON module.id = site.module;

      CREATE VIEW calls AS
        -- Every call with its names.
        SELECT
          call.id AS number, -- the number that findings and dump name
          epoch.time + call.time AS time_ns, -- when it was made, since the start of the recording
          call.duration AS duration_ns, -- how long it took; NULL while in flight
          function.name || CASE shape.variant WHEN 1 THEN '_ptsz' WHEN 2 THEN '_ptds' ELSE '' END AS function, -- exported name
          CASE WHEN call.duration IS NULL THEN 'in flight'
            ELSE COALESCE(result.name, call.result, 'success') END AS result, -- name of the result, 'success', or 'in flight'
          function.effect AS effect, -- what the call does
          shape.major AS major, -- CUDA major of the caller
          shape.thread AS thread, -- number of the thread
          thread.name AS thread_name, -- name of the thread
          sites.place AS site -- where it was called
        FROM call JOIN epoch ON epoch.id = call.id >> 12 JOIN shape ON shape.id = call.shape
          JOIN function ON function.id = shape.function LEFT JOIN result ON result.code = call.result
          LEFT JOIN thread ON thread.id = shape.thread LEFT JOIN sites ON sites.id = shape.site;

      CREATE VIEW copies AS
        -- Every copy but the batches.
        SELECT
          number, -- number of the call
          function, -- exported name
          CASE kind WHEN 0 THEN 'H2H' WHEN 1 THEN 'H2D' WHEN 2 THEN 'D2H' WHEN 3 THEN 'D2D' WHEN 4 THEN 'default'
            ELSE CASE WHEN kind IS NULL THEN 'P2P' ELSE 'invalid' END END AS direction, -- of cudaMemcpyKind; 'P2P' for peer copies
          printf('0x%x', dst) AS dst, -- destination: address, array or symbol
          printf('0x%x', src) AS src, -- source: address, array or symbol
          COALESCE(bytes, CASE WHEN array THEN NULL ELSE width * height * COALESCE(depth, 1) END) AS bytes, -- bytes copied; NULL where the extent is in elements
          COALESCE(bytes, width) AS width, -- bytes of a row; elements in 3D copies with an array
          height, -- rows; NULL for linear copies
          depth, -- slices; NULL but for 3D copies
          CASE WHEN stream IS NULL THEN NULL ELSE printf('0x%x', stream) END AS stream, -- handle; NULL when the function takes none
          result, -- name of the result
          duration_ns, -- how long the call took
          thread, -- number of the thread
          site -- where it was called
        FROM (
          SELECT calls.*,
            (SELECT value FROM arguments WHERE number = calls.number AND role = 'kind') AS kind,
            COALESCE(
              NULLIF((SELECT value FROM arguments WHERE number = calls.number AND role = 'destinationArray'), 0),
              (SELECT value FROM arguments WHERE number = calls.number AND role = 'destination'),
              (SELECT value FROM arguments WHERE number = calls.number AND role = 'symbol')) AS dst,
            COALESCE(
              NULLIF((SELECT value FROM arguments WHERE number = calls.number AND role = 'sourceArray'), 0),
              (SELECT value FROM arguments WHERE number = calls.number AND role = 'source'),
              (SELECT value FROM arguments WHERE number = calls.number AND role = 'symbol')) AS src,
            (SELECT value FROM arguments WHERE number = calls.number AND role = 'bytes') AS bytes,
            (SELECT value FROM arguments WHERE number = calls.number AND role = 'width') AS width,
            (SELECT value FROM arguments WHERE number = calls.number AND role = 'height') AS height,
            (SELECT value FROM arguments WHERE number = calls.number AND role = 'depth') AS depth,
            (SELECT value FROM arguments WHERE number = calls.number AND role = 'stream') AS stream,
            EXISTS (SELECT 1 FROM arguments WHERE number = calls.number
              AND role IN ('destinationArray', 'sourceArray') AND value <> 0)
            AND EXISTS (SELECT 1 FROM arguments WHERE number = calls.number AND role = 'depth') AS array
          FROM calls WHERE effect = 'copy');

      CREATE VIEW allocations AS
        -- Memory that the program asked for, and when it was freed.
        SELECT
          number, -- number of the call that allocated
          function, -- exported name
          printf('0x%x', address) AS address, -- of the first byte, or the handle of an array
          bytes, -- size that was asked for; NULL for arrays and pitched memory
          freed_by, -- number of the call that freed it; NULL while alive
          result, -- name of the result; a failed call allocates nothing
          thread, -- number of the thread
          site -- where it was called
        FROM (
          SELECT calls.*,
            (SELECT value FROM arguments WHERE number = calls.number
              AND role IN ('outPointer', 'outArray', 'pointer', 'array')) AS address,
            (SELECT value FROM arguments WHERE number = calls.number AND role = 'bytes') AS bytes,
            CASE WHEN LEAD(effect LIKE 'free%') OVER later THEN LEAD(number) OVER later END AS freed_by
          FROM calls
          WHERE (effect LIKE 'allocate%' OR effect LIKE 'free%') AND (result = 'success' OR effect LIKE 'allocate%')
          WINDOW later AS (
            PARTITION BY
              (SELECT value FROM arguments WHERE number = calls.number
                AND role IN ('outPointer', 'outArray', 'pointer', 'array')), result = 'success'
            ORDER BY number))
        WHERE effect LIKE 'allocate%';

      CREATE VIEW streams AS
        -- Streams that the program created.
        SELECT
          number, -- number of the call that created it
          printf('0x%x', handle) AS handle, -- the handle, which CUDA may use again
          flags, -- cudaStreamNonBlocking is 1; NULL for cudaStreamCreate
          priority, -- lower is more urgent; NULL when none was asked for
          destroyed_by, -- number of the call that destroyed it; NULL while alive
          thread, -- number of the thread
          site -- where it was created
        FROM (
          SELECT calls.*,
            (SELECT value FROM arguments WHERE number = calls.number AND role IN ('outStream', 'stream')) AS handle,
            (SELECT value FROM arguments WHERE number = calls.number AND role = 'flags') AS flags,
            (SELECT value FROM arguments WHERE number = calls.number AND role = 'priority') AS priority,
            CASE WHEN LEAD(effect) OVER later = 'destroyStream' THEN LEAD(number) OVER later END AS destroyed_by
          FROM calls WHERE effect IN ('createStream', 'destroyStream') AND result = 'success'
          WINDOW later AS (
            PARTITION BY
              (SELECT value FROM arguments WHERE number = calls.number AND role IN ('outStream', 'stream'))
            ORDER BY number))
        WHERE effect = 'createStream';
      """)
}
