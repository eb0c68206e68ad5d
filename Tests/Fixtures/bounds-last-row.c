// A column of a matrix, from a pointer that starts inside a row: the last row that is copied ends at
// `(height - 1) * pitch + width` from there, not at `height * pitch`. The twin's copy ends at the very last byte of the
// matrix and is legal; the other is one column too far to the right.
//
// build: gcc 13
// twin: fixed
// finds: CT107 error at column
// fixed: nothing
// prints: read
#include "fixture.h"

enum { pitch = 128, rows = 16, width = 32 };

int main(void) {
    char *matrix = zeroed(pitch * rows);
    char *host = pinned(width * rows, 9);
#ifndef FIXED
    const char *column = matrix + pitch - width + 1;
    FAILS(cudaErrorInvalidValue, cudaMemcpy2D(host, width, column, pitch, width, rows, cudaMemcpyDeviceToHost)); // @column
#else
    const char *column = matrix + pitch - width;
    CHECK(cudaMemcpy2D(host, width, column, pitch, width, rows, cudaMemcpyDeviceToHost));
    if (!filled(host, width * rows, 0)) return 1;
#endif
    puts("read");
    return 0;
}
