/// Version 2: how calls were seen, and which of them are parts of others.

extension Schema {
  static let origins = Migration(
    version: 2,
    sql: """
      CREATE TABLE shape_origin (
        -- How calls of a shape came about, other than the usual: a shape without a row is linked with its function, and its calls are no parts.
        shape INTEGER PRIMARY KEY, -- shape.id
        way TEXT NOT NULL, -- how the caller had come by the function: 'linked', 'dlsym', 'cuGetProcAddress' or 'cudaGetDriverEntryPoint'
        part INTEGER NOT NULL -- 1: calls of the driver that the runtime made inside other calls
      );
      CREATE TABLE part (
        -- The calls that are parts of others: one row each once the recording has ended.
        call INTEGER PRIMARY KEY, -- call.id
        parent INTEGER NOT NULL -- call.id of the call of the same thread that it is part of
      );

      DROP VIEW calls;
      DROP VIEW copies;

      CREATE VIEW every_call AS
        -- Every call with its names, parts of others among them: calls without the parts, and parts.
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
          sites.place AS site, -- where it was called
          COALESCE(shape_origin.way, 'linked') AS way, -- how the caller had come by the function: see shape_origin
          COALESCE(shape_origin.part, 0) AS is_part, -- 1: made by the runtime inside another call
          part.parent AS parent -- number of the call that it is part of; NULL when it is none, and while unfinished
        FROM call JOIN epoch ON epoch.id = call.id >> 12 JOIN shape ON shape.id = call.shape
          JOIN function ON function.id = shape.function LEFT JOIN result ON result.code = call.result
          LEFT JOIN thread ON thread.id = shape.thread LEFT JOIN sites ON sites.id = shape.site
          LEFT JOIN shape_origin ON shape_origin.shape = shape.id LEFT JOIN part ON part.call = call.id;

      CREATE VIEW calls AS
        -- Every call of the program with its names.
        SELECT
          number, -- the number that findings and dump name
          time_ns, -- when it was made, since the start of the recording
          duration_ns, -- how long it took; NULL while in flight
          function, -- exported name
          result, -- name of the result, 'success', or 'in flight'
          effect, -- what the call does
          major, -- CUDA major of the caller
          thread, -- number of the thread
          thread_name, -- name of the thread
          site, -- where it was called
          way -- how the caller had come by the function: see shape_origin
        FROM every_call WHERE NOT is_part;

      CREATE VIEW parts AS
        -- Calls of the driver that the runtime made inside calls of the program, as record --nested keeps them.
        SELECT
          number, -- the number that findings and dump name
          parent, -- number of the call that it is part of; NULL when it is none, and while unfinished
          time_ns, -- when it was made, since the start of the recording
          duration_ns, -- how long it took; NULL while in flight
          function, -- exported name
          result, -- name of the result, 'success', or 'in flight'
          effect, -- what the call does
          thread, -- number of the thread
          site, -- where it was called
          way -- how the caller had come by the function: see shape_origin
        FROM every_call WHERE is_part;

      CREATE VIEW copies AS
        -- Every copy but the batches.
        SELECT
          number, -- number of the call
          function, -- exported name
          CASE kind WHEN 0 THEN 'H2H' WHEN 1 THEN 'H2D' WHEN 2 THEN 'D2H' WHEN 3 THEN 'D2D' WHEN 4 THEN 'default'
            ELSE CASE WHEN kind IS NULL THEN 'P2P' ELSE 'invalid' END END AS direction, -- of cudaMemcpyKind, or of the driver's function; 'P2P' for peer copies of the runtime
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
            COALESCE(
              (SELECT value FROM arguments WHERE number = calls.number AND role = 'kind'),
              CASE effect WHEN 'copyHostToDevice' THEN 1 WHEN 'copyDeviceToHost' THEN 2
                WHEN 'copyDeviceToDevice' THEN 3 WHEN 'copyDefault' THEN 4 END) AS kind,
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
          FROM calls
          WHERE effect IN ('copy', 'copyDefault', 'copyHostToDevice', 'copyDeviceToHost', 'copyDeviceToDevice'));
      """)
}
