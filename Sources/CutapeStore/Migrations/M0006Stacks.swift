/// Version 6: call stacks.

extension Schema {
  static let stacks = Migration(
    version: 6,
    sql: """
      CREATE TABLE stack (
        -- Call stacks. Each row is a frame, and stands for the stack that begins with it: who called it, who called that.
        id INTEGER PRIMARY KEY, -- from 1; callers come before what they call
        caller INTEGER, -- stack.id of the frame that called this one; 0: nobody did; NULL: those further out are not known
        site INTEGER NOT NULL -- site.id: where in its function it was
      );
      CREATE TABLE shape_stack (
        -- The stacks of the shapes whose calls have one.
        shape INTEGER PRIMARY KEY, -- shape.id
        stack INTEGER NOT NULL -- stack.id of the frame that made the call
      );
      CREATE TABLE inlined (
        -- Functions that the compiler has put into those of sites, for call stacks.
        site INTEGER NOT NULL, -- site.id: its function is the one that they are all in, its line is in the innermost
        position INTEGER NOT NULL, -- from 0, the innermost
        function TEXT, -- the inlined function; NULL when not known
        file TEXT, -- where it was called: source file
        line INTEGER, -- and line
        PRIMARY KEY (site, position)
      ) WITHOUT ROWID;
      CREATE TABLE stack_loss (
        -- What is missing of the call stacks: one row, none unless they were to be recorded.
        id INTEGER PRIMARY KEY CHECK (id = 1), -- always 1
        left_out INTEGER NOT NULL -- calls whose stack was not recorded
      );
      CREATE VIEW frames AS
        -- The call stacks of calls, one frame a row, without inlined functions.
        WITH RECURSIVE frame_of (stack, position, frame) AS (
          SELECT DISTINCT stack, 0, stack FROM shape_stack
          UNION ALL
          SELECT frame_of.stack, frame_of.position + 1, stack.caller
          FROM frame_of JOIN stack ON stack.id = frame_of.frame
          WHERE stack.caller > 0 AND stack.caller < stack.id)
        SELECT
          call.id AS number, -- number of the call
          frame_of.position AS position, -- 0: the function that made the call; 1: the one that called it
          sites.place AS place -- file:line in function, or module+offset
        FROM call
        JOIN shape_stack ON shape_stack.shape = call.shape
        JOIN frame_of ON frame_of.stack = shape_stack.stack
        JOIN stack ON stack.id = frame_of.frame
        JOIN sites ON sites.id = stack.site;
      """)
}
