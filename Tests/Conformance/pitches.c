// Pitches and extents (2.11): the footprint of rectangles and boxes to the byte, and which pitches are refused.

#include "conformance.h"

#include <limits.h>

#define D2D cudaMemcpyDeviceToDevice

enum { PITCH = 256, ROWS = 16, SLICES = CUT_BENCH_BYTES / PITCH / ROWS };

// A copy within the device whose target is a box at a position: pitch, rows of a slice, position, extent.
static cudaError_t box(struct cut_bench *b, size_t pitch, size_t ysize, struct cudaPos position, struct cudaExtent extent)
{
    struct cudaMemcpy3DParms parameters = {
        .srcPtr = {b->device2, pitch, pitch, ysize},
        .dstPtr = {b->device, pitch, pitch, ysize},
        .dstPos = position,
        .extent = extent,
        .kind = D2D,
    };
    return cudaMemcpy3D(&parameters);
}

static cudaError_t at(struct cut_bench *b, size_t x, size_t y, size_t z, size_t width, size_t height, size_t depth)
{
    return box(b, PITCH, ROWS, (struct cudaPos){x, y, z}, (struct cudaExtent){width, height, depth});
}

static cudaError_t fill_box(struct cut_bench *b, size_t pitch, size_t ysize, size_t width, size_t height, size_t depth)
{
    struct cudaPitchedPtr pitched = {b->device, pitch, pitch, ysize};
    return cudaMemset3D(pitched, 0, (struct cudaExtent){width, height, depth});
}

// `height` rows from column `column` of a matrix whose last row ends where the allocation ends.
static cudaError_t column(struct cut_bench *b, size_t column, size_t width, size_t height)
{
    return cudaMemcpy2D(b->device + column, PITCH, b->device2 + column, PITCH, width, height, D2D);
}

// Which bytes a rectangle of 3 rows of 5 bytes at pitch 7 writes.
static cudaError_t footprint(struct cut_bench *b)
{
    unsigned char bytes[24];
    char map[sizeof bytes + 1] = "";
    cudaError_t code = cudaMemcpy2D(b->device, 7, b->device2, 7, 5, 3, D2D);
    if (!CUT_PREPARE(b->row, cudaMemcpy(bytes, b->device, sizeof bytes, cudaMemcpyDeviceToHost)))
        return code;
    for (size_t i = 0; i < sizeof bytes; i++)
        map[i] = bytes[i] == cut_pattern_byte(CUT_OLD, i) ? '.' : bytes[i] == cut_pattern_byte(CUT_NEW, i) ? 'w' : '?';
    cut_text(b->row, "footprint", map);
    return code;
}

// The same with 2 slices of 2 rows of 3 bytes, pitch 4, 3 rows a slice; xsize is smaller than the width.
static cudaError_t footprint_of_box(struct cut_bench *b)
{
    unsigned char bytes[24];
    char map[sizeof bytes + 1] = "";
    struct cudaMemcpy3DParms parameters = {
        .srcPtr = {b->device2, 4, 1, 3},
        .dstPtr = {b->device, 4, 1, 3},
        .extent = {3, 2, 2},
        .kind = D2D,
    };
    cudaError_t code = cudaMemcpy3D(&parameters);
    if (!CUT_PREPARE(b->row, cudaMemcpy(bytes, b->device, sizeof bytes, cudaMemcpyDeviceToHost)))
        return code;
    for (size_t i = 0; i < sizeof bytes; i++)
        map[i] = bytes[i] == cut_pattern_byte(CUT_OLD, i) ? '.' : bytes[i] == cut_pattern_byte(CUT_NEW, i) ? 'w' : '?';
    cut_text(b->row, "footprint", map);
    return code;
}

static size_t most_pitch(void)
{
    int pitch = 0;
    return cudaDeviceGetAttribute(&pitch, cudaDevAttrMaxPitch, 0) == cudaSuccess ? (size_t)pitch : INT_MAX;
}

#define COPIES(X)                                                                                                      \
    X(footprint2D, "the bytes that cudaMemcpy2D writes", footprint(b))                                                 \
    X(footprint3D, "the bytes that cudaMemcpy3D writes", footprint_of_box(b))                                          \
    X(pitchTo, "cudaMemcpy2D, target pitch < width", cudaMemcpy2D(b->device, 63, b->device2, PITCH, 64, 4, D2D))       \
    X(pitchFrom, "cudaMemcpy2D, source pitch < width", cudaMemcpy2D(b->device, PITCH, b->device2, 63, 64, 4, D2D))     \
    X(pitchEqual, "cudaMemcpy2D, pitch = width", cudaMemcpy2D(b->device, 64, b->device2, 64, 64, 4, D2D))              \
    X(pitchZero, "cudaMemcpy2D, pitch 0", cudaMemcpy2D(b->device, 0, b->device2, 0, 64, 4, D2D))                       \
    X(pitchZeroOneRow, "cudaMemcpy2D of one row, pitch 0", cudaMemcpy2D(b->device, 0, b->device2, 0, 64, 1, D2D))      \
    X(pitchOneRow, "cudaMemcpy2D of one row, pitch < width", cudaMemcpy2D(b->device, 63, b->device2, 63, 64, 1, D2D))  \
    X(pitchAsync, "cudaMemcpy2DAsync, target pitch < width",                                                           \
      cudaMemcpy2DAsync(b->device, 63, b->device2, PITCH, 64, 4, D2D, b->stream))                                      \
    X(pitchHuge, "cudaMemcpy2D of one row, pitch above the device's most",                                             \
      cudaMemcpy2D(b->device, most_pitch() + 1, b->device2, PITCH, 64, 1, D2D))                                        \
    X(pitchMost, "cudaMemcpy2D of one row, the device's largest pitch",                                                \
      cudaMemcpy2D(b->device, most_pitch(), b->device2, PITCH, 64, 1, D2D))                                            \
    X(column, "the last column", column(b, PITCH - 1, 1, CUT_BENCH_BYTES / PITCH))                                     \
    X(columns, "columns up to the end", column(b, 192, 64, CUT_BENCH_BYTES / PITCH))                                   \
    X(columnsOutside, "one byte past the end in the last row", column(b, 192, 65, CUT_BENCH_BYTES / PITCH))            \
    X(rowOutside, "one row too many", column(b, 0, 64, CUT_BENCH_BYTES / PITCH + 1))                                   \
    X(box, "cudaMemcpy3D of all", at(b, 0, 0, 0, PITCH, ROWS, SLICES))                                                 \
    X(boxWide, "cudaMemcpy3D, x + width = pitch + 1", at(b, 1, 0, 0, PITCH, 1, 1))                                     \
    X(boxHigh, "cudaMemcpy3D, y + height = rows + 1, inside the allocation", at(b, 0, 1, 0, 64, ROWS, 1))              \
    X(boxBelow, "cudaMemcpy3D, y = rows, inside the allocation", at(b, 0, ROWS, 0, 64, 1, 1))                          \
    X(boxX, "cudaMemcpy3D of all, x = 1", at(b, 1, 0, 0, PITCH, ROWS, SLICES))                                         \
    X(boxY, "cudaMemcpy3D of all, y = 1", at(b, 0, 1, 0, PITCH, ROWS, SLICES))                                         \
    X(boxZ, "cudaMemcpy3D of all, z = 1", at(b, 0, 0, 1, PITCH, ROWS, SLICES))                                         \
    X(boxBehind, "cudaMemcpy3D, z one past the allocation", at(b, 0, 0, SLICES, 64, 1, 1))                             \
    X(boxLastByte, "cudaMemcpy3D, the last byte", at(b, PITCH - 1, ROWS - 1, SLICES - 1, 1, 1, 1))                     \
    X(boxPitch, "cudaMemcpy3D, pitch < width",                                                                         \
      box(b, 63, ROWS, (struct cudaPos){0, 0, 0}, (struct cudaExtent){64, 4, 4}))                                      \
    X(boxRows, "cudaMemcpy3D, ysize < height",                                                                         \
      box(b, PITCH, 3, (struct cudaPos){0, 0, 0}, (struct cudaExtent){64, 4, 4}))

#define FILLS(X)                                                                                                       \
    X(memset2DPitch, "cudaMemset2D, pitch < width", cudaMemset2D(b->device, 63, 0, 64, 4))                             \
    X(memset2DPitchOneRow, "cudaMemset2D of one row, pitch < width", cudaMemset2D(b->device, 63, 0, 64, 1))            \
    X(memset2DColumns, "cudaMemset2D, columns up to the end",                                                          \
      cudaMemset2D(b->device + 192, PITCH, 0, 64, CUT_BENCH_BYTES / PITCH))                                            \
    X(memset2DOutside, "cudaMemset2D, one byte past the end in the last row",                                          \
      cudaMemset2D(b->device + 192, PITCH, 0, 65, CUT_BENCH_BYTES / PITCH))                                            \
    X(memset2DRowOutside, "cudaMemset2D, one row too many",                                                            \
      cudaMemset2D(b->device, PITCH, 0, 64, CUT_BENCH_BYTES / PITCH + 1))                                              \
    X(memset3D, "cudaMemset3D of all", fill_box(b, PITCH, ROWS, PITCH, ROWS, SLICES))                                  \
    X(memset3DPitch, "cudaMemset3D, pitch < width", fill_box(b, 63, ROWS, 64, 4, 4))                                   \
    X(memset3DOutside, "cudaMemset3D, one slice too many", fill_box(b, PITCH, ROWS, 64, ROWS, SLICES + 1))             \
    X(memset3DRows, "cudaMemset3D, ysize < height", fill_box(b, PITCH, 3, 64, 4, 4))

COPIES(CUT_CALL_FUNCTION)
FILLS(CUT_CALL_FUNCTION)

void cut_add_pitches(struct cut_list *list)
{
    static const struct cut_call_row rows[] = {COPIES(CUT_CALL_ROW) FILLS(CUT_CALL_ROW)};
    cut_add_calls(list, "2.11", "pitch/", rows, CUT_COUNT(rows), false);
}
