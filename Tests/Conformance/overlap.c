// Copies whose source and destination overlap (2.12): the code, and as what the bytes turn out.
//
// "bytes" is "as memmove" if all came out as if the source had been read first, "as a loop" if an ascending loop
// over the bytes would give the same, else "other". A shift of a quarter of the size makes the two differ.

#include "conformance.h"

#include <stdlib.h>
#include <string.h>

enum form { SYNC, ASYNC, RECTANGLE, PINNED, PAGEABLE, FORM_COUNT };
static const char *const formNames[FORM_COUNT] = {"memcpy", "memcpyAsync", "memcpy2D", "pinned", "pageable"};

// The destination begins where the source does, in front of it, or behind its beginning.
enum direction { EQUAL, BACKWARD, FORWARD, DIRECTION_COUNT };
static const char *const directionNames[DIRECTION_COUNT] = {"equal", "backward", "forward"};

static const struct {
    const char *name;
    int bytes;
} sizes[] = {
    {"4B", 4}, {"4KiB", 4 * CUT_KIB}, {"64KiB", 64 * CUT_KIB}, {"1MiB", CUT_MIB}, {"64MiB", 64 * CUT_MIB},
};

static cudaError_t copy(enum form form, unsigned char *to, const unsigned char *from, size_t size, cudaStream_t stream)
{
    switch (form) {
    case SYNC:
        return cudaMemcpy(to, from, size, cudaMemcpyDeviceToDevice);
    case ASYNC:
        return cudaMemcpyAsync(to, from, size, cudaMemcpyDeviceToDevice, stream);
    case RECTANGLE:
        return cudaMemcpy2D(to, size / 4, from, size / 4, size / 4, 4, cudaMemcpyDeviceToDevice);
    case PINNED:
    case PAGEABLE:
        return cudaMemcpyAsync(to, from, size, cudaMemcpyHostToHost, stream);
    case FORM_COUNT:
        break;
    }
    return cudaErrorUnknown;
}

// What `size` bytes copied from `from` to `to` within a buffer of the old pattern should look like.
static const char *describe(const unsigned char *bytes, size_t size, size_t to, size_t from)
{
    size_t total = size + size / 4;
    unsigned char *expected = malloc(total);
    if (!expected)
        return "no host memory";
    const char *name = "other";
    for (size_t i = 0; i < total; i++)
        expected[i] = cut_pattern_byte(CUT_OLD, i);
    for (size_t i = 0; i < size; i++)
        expected[to + i] = expected[from + i];
    if (memcmp(bytes, expected, total) == 0)
        name = "as a loop";
    for (size_t i = 0; i < total; i++)
        expected[i] = i >= to && i < to + size ? cut_pattern_byte(CUT_OLD, i - to + from) : cut_pattern_byte(CUT_OLD, i);
    if (memcmp(bytes, expected, total) == 0)
        name = "as memmove";
    free(expected);
    return name;
}

// arguments: form, direction, size
static void run(struct cut_row *row, const struct cut_probe *probe)
{
    enum form form = probe->arguments[0];
    enum cut_class class = form == PINNED ? CUT_PINNED : form == PAGEABLE ? CUT_PAGEABLE : CUT_DEVICE;
    size_t size = (size_t)sizes[probe->arguments[2]].bytes, total = size + size / 4;
    size_t to = probe->arguments[1] == FORWARD ? size / 4 : 0, from = probe->arguments[1] == BACKWARD ? size / 4 : 0;
    struct cut_buffer buffer = {0}, result = {0};
    cudaStream_t stream = NULL;
    if (cut_allocate(row, &buffer, class, total, CUT_OLD) && cut_allocate(row, &result, CUT_PAGEABLE, total, CUT_NEW) &&
        CUT_PREPARE(row, cudaStreamCreate(&stream))) {
        cut_code(row, "code", copy(form, buffer.bytes + to, buffer.bytes + from, size, stream));
        cut_code(row, "synchronize", cudaDeviceSynchronize());
        if (CUT_PREPARE(row, cudaMemcpy(result.bytes, buffer.bytes, total, cudaMemcpyDefault)))
            cut_text(row, "bytes", describe(result.bytes, size, to, from));
    }
    cut_free(&buffer);
    cut_free(&result);
    if (stream)
        cudaStreamDestroy(stream);
}

void cut_add_overlap(struct cut_list *list)
{
    for (int form = 0; form < FORM_COUNT; form++) {
        for (int direction = 0; direction < DIRECTION_COUNT; direction++) {
            for (int size = 0; size < (int)CUT_COUNT(sizes); size++) {
                struct cut_probe probe = {
                    .section = "2.12",
                    .what = "a copy whose destination is the source, or shifted by a quarter of the size",
                    .run = run,
                    .arguments = {form, direction, size},
                };
                cut_add(list, probe, "2.12/%s/%s/%s", formNames[form], directionNames[direction], sizes[size].name);
            }
        }
    }
}
