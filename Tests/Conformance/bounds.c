// Bounds of linear copies and memsets, to the byte (2.11, 2.13): the last byte that fits, the first that does not.
//
// Each row copies between a buffer of an odd size in some class of memory and device memory that is larger. Pageable
// memory has no bounds that anybody knows, so it is not probed.

#include "conformance.h"

enum place { DESTINATION, SOURCE, TARGET_OF_MEMSET, PLACE_COUNT };
static const char *const placeNames[PLACE_COUNT] = {"to", "from", "memset"};

static const struct {
    const char *name;
    size_t allocated, offset, size;
} ranges[] = {
    {"4-0-4", 4, 0, 4},
    {"4-0-5", 4, 0, 5},
    {"4-0-8", 4, 0, 8},
    {"184-0-184", 184, 0, 184},
    {"184-0-185", 184, 0, 185},
    {"4096-0-4097", 4096, 0, 4097},
    {"3368-1880-1488", 3368, 1880, 1488},
    {"3368-1880-1489", 3368, 1880, 1489},
    {"3368-1880-1504", 3368, 1880, 1504},
    {"100-99-1", 100, 99, 1},
    {"100-100-1", 100, 100, 1},
};

// arguments: the range, the class, the place
static void run(struct cut_row *row, const struct cut_probe *probe)
{
    size_t size = ranges[probe->arguments[0]].size, allocated = ranges[probe->arguments[0]].allocated;
    struct cut_buffer buffer = {0}, large = {0};
    if (cut_allocate(row, &buffer, probe->arguments[1], allocated, CUT_OLD) &&
        cut_allocate(row, &large, CUT_DEVICE, 2 * allocated + 64, CUT_NEW)) {
        unsigned char *bytes = buffer.bytes + ranges[probe->arguments[0]].offset;
        cudaError_t code = cudaErrorUnknown;
        if (probe->arguments[2] == DESTINATION)
            code = cudaMemcpy(bytes, large.bytes, size, cudaMemcpyDefault);
        else if (probe->arguments[2] == SOURCE)
            code = cudaMemcpy(large.bytes, bytes, size, cudaMemcpyDefault);
        else
            code = cudaMemset(bytes, 0, size);
        cut_code(row, "code", code);
        cut_code(row, "synchronize", cudaDeviceSynchronize());
        if (probe->arguments[2] == SOURCE)
            cut_describe_buffer(row, "target", &large);
    }
    cut_free(&buffer);
    cut_free(&large);
}

void cut_add_bounds(struct cut_list *list)
{
    for (int place = 0; place < PLACE_COUNT; place++) {
        for (int class = CUT_PINNED; class < CUT_CLASS_COUNT; class++) {
            for (int i = 0; i < (int)CUT_COUNT(ranges); i++) {
                struct cut_probe probe = {
                    .section = "2.11",
                    .what = "a range of an allocation, given as allocated-offset-size in bytes",
                    .run = run,
                    .arguments = {i, class, place},
                };
                cut_add(list, probe, "2.11/%s/%s/%s", placeNames[place], cut_class_names[class], ranges[i].name);
            }
        }
    }
}
