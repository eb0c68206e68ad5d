// The peer of `tools/bench check`: reads every call of a trace, column by column, with SQLite's C API and does nothing
// with them.
//
// Usage: rows TRACE. Prints how many rows there were, and the nanoseconds of one core that reading them took.
#include <sqlite3.h>
#include <stdio.h>
#include <time.h>

// Nanoseconds of one core that were spent so far.
static double spent(void) {
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

int main(int count, char **arguments) {
    sqlite3 *database;
    sqlite3_stmt *statement;
    if (count != 2 || sqlite3_open_v2(arguments[1], &database, SQLITE_OPEN_READONLY, 0) != SQLITE_OK) { return 2; }
    double start = spent();
    const char *query = "SELECT id, time, duration, shape, result, a, b, c, rest FROM call ORDER BY id";
    if (sqlite3_prepare_v2(database, query, -1, &statement, 0) != SQLITE_OK) { return 1; }
    long rows = 0;
    unsigned long sum = 0;
    while (sqlite3_step(statement) == SQLITE_ROW) {
        for (int column = 0; column < 8; ++column) { sum += (unsigned long)sqlite3_column_int64(statement, column); }
        const unsigned char *rest = sqlite3_column_blob(statement, 8);
        for (int byte = sqlite3_column_bytes(statement, 8); byte-- > 0;) { sum += rest[byte]; }
        ++rows;
    }
    // What was read is used, or the compiler might leave some of it out.
    volatile unsigned long result = sum;
    (void)result;
    printf("%ld %.0f\n", rows, spent() - start);
    return sqlite3_finalize(statement) != SQLITE_OK || sqlite3_close(database) != SQLITE_OK;
}
