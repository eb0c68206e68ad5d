// Virtual memory management (2.16): copies over the bounds of mappings that lie side by side.
//
// The runtime has no functions for it; the driver's are asked of the runtime, so that no driver need be linked. A
// runtime without a driver skips these probes.

#include "conformance.h"

#include <cuda.h>
#include <string.h>

#define DRIVER(X)                                                                                                     \
    X(cuMemGetAllocationGranularity,                                                                                  \
      CUresult (*)(size_t *, const CUmemAllocationProp *, CUmemAllocationGranularity_flags))                          \
    X(cuMemAddressReserve, CUresult (*)(CUdeviceptr *, size_t, size_t, CUdeviceptr, unsigned long long))              \
    X(cuMemAddressFree, CUresult (*)(CUdeviceptr, size_t))                                                            \
    X(cuMemCreate,                                                                                                    \
      CUresult (*)(CUmemGenericAllocationHandle *, size_t, const CUmemAllocationProp *, unsigned long long))          \
    X(cuMemRelease, CUresult (*)(CUmemGenericAllocationHandle))                                                       \
    X(cuMemMap, CUresult (*)(CUdeviceptr, size_t, size_t, CUmemGenericAllocationHandle, unsigned long long))          \
    X(cuMemUnmap, CUresult (*)(CUdeviceptr, size_t))                                                                  \
    X(cuMemSetAccess, CUresult (*)(CUdeviceptr, size_t, const CUmemAccessDesc *, size_t))

#define MEMBER(name, type) __typeof__((type)NULL) name;
static struct {
    DRIVER(MEMBER)
} driver;

#define FIND(name, type)                                                                                            \
    status = cudaDriverEntryPointSymbolNotFound;                                                                    \
    if (cudaGetDriverEntryPointByVersion(#name, (void **)&driver.name, 12000, cudaEnableDefault, &status) != cudaSuccess || \
        status != cudaDriverEntryPointSuccess) {                                                                    \
        cudaGetLastError();                                                                                         \
        cut_skip(row, "the driver has no " #name);                                                                  \
        return false;                                                                                               \
    }
static bool find_driver(struct cut_row *row)
{
    enum cudaDriverEntryPointQueryResult status;
    DRIVER(FIND)
    return true;
}

// Room for three mappings side by side. The third is never mapped.
struct space {
    CUdeviceptr start;
    size_t unit; // bytes of a mapping
    CUmemGenericAllocationHandle handles[2];
};

static const CUmemAllocationProp PROPERTIES = {
    .type = CU_MEM_ALLOCATION_TYPE_PINNED,
    .location = {.type = CU_MEM_LOCATION_TYPE_DEVICE, .id = 0},
};

// The codes of the driver and of the runtime have the same numbers.
#define DRIVER_PREPARE(row, call) cut_prepared((row), #call, (cudaError_t)(call))

static bool open_space(struct cut_bench *b, struct space *space)
{
    if (!find_driver(b->row) ||
        !DRIVER_PREPARE(b->row, driver.cuMemGetAllocationGranularity(&space->unit, &PROPERTIES,
                                                                     CU_MEM_ALLOC_GRANULARITY_MINIMUM)) ||
        !DRIVER_PREPARE(b->row, driver.cuMemAddressReserve(&space->start, 3 * space->unit, 0, 0, 0)))
        return false;
    for (int i = 0; i < 2; i++) {
        if (!DRIVER_PREPARE(b->row, driver.cuMemCreate(&space->handles[i], space->unit, &PROPERTIES, 0)))
            return false;
    }
    return true;
}

static bool map(struct cut_bench *b, const struct space *space, int place, int handle)
{
    return DRIVER_PREPARE(b->row, driver.cuMemMap(space->start + place * space->unit, space->unit, 0,
                                                  space->handles[handle], 0));
}

static bool allow(struct cut_bench *b, const struct space *space, int places)
{
    CUmemAccessDesc access = {.location = PROPERTIES.location, .flags = CU_MEM_ACCESS_FLAGS_PROT_READWRITE};
    return DRIVER_PREPARE(b->row, driver.cuMemSetAccess(space->start, places * space->unit, &access, 1));
}

// Two allocations, mapped side by side and accessible.
static bool open_neighbours(struct cut_bench *b, struct space *space)
{
    return open_space(b, space) && map(b, space, 0, 0) && map(b, space, 1, 1) && allow(b, space, 2);
}

// Copies the new pattern to `offset` bytes behind the start, in the stream of the bench.
static cudaError_t copy(struct cut_bench *b, const struct space *space, size_t offset)
{
    void *target = (void *)(space->start + offset);
    cudaError_t code = cudaMemcpyAsync(target, b->device2, CUT_BENCH_BYTES, cudaMemcpyDeviceToDevice, b->stream);
    cut_code(b->row, "synchronize", cudaStreamSynchronize(b->stream));
    return code;
}

static cudaError_t neighbours(struct cut_bench *b)
{
    struct space space;
    return open_neighbours(b, &space) ? copy(b, &space, space.unit - CUT_BENCH_BYTES / 2) : cudaErrorUnknown;
}

static cudaError_t over_end(struct cut_bench *b)
{
    struct space space;
    return open_neighbours(b, &space) ? copy(b, &space, 2 * space.unit - CUT_BENCH_BYTES / 2) : cudaErrorUnknown;
}

static cudaError_t reserved(struct cut_bench *b)
{
    struct space space;
    return open_neighbours(b, &space) ? copy(b, &space, 2 * space.unit) : cudaErrorUnknown;
}

static cudaError_t without_access(struct cut_bench *b)
{
    struct space space;
    return open_space(b, &space) && map(b, &space, 0, 0) ? copy(b, &space, 0) : cudaErrorUnknown;
}

static cudaError_t after_unmap(struct cut_bench *b)
{
    struct space space;
    if (!open_neighbours(b, &space) || !DRIVER_PREPARE(b->row, driver.cuMemUnmap(space.start, space.unit)))
        return cudaErrorUnknown;
    return copy(b, &space, 0);
}

static cudaError_t after_release(struct cut_bench *b)
{
    struct space space;
    if (!open_neighbours(b, &space) || !DRIVER_PREPARE(b->row, driver.cuMemRelease(space.handles[0])))
        return cudaErrorUnknown;
    return copy(b, &space, 0);
}

// One allocation at two addresses: what is written through one is read through the other.
static cudaError_t aliases(struct cut_bench *b)
{
    struct space space;
    if (!open_space(b, &space) || !map(b, &space, 0, 0) || !map(b, &space, 1, 0) || !allow(b, &space, 2))
        return cudaErrorUnknown;
    cudaError_t code = copy(b, &space, 0);
    cut_describe_buffer(
        b->row, "bytes",
        &(struct cut_buffer){(unsigned char *)(space.start + space.unit), CUT_BENCH_BYTES, CUT_DEVICE});
    return code;
}

static cudaError_t free_of_mapped(struct cut_bench *b)
{
    struct space space;
    return open_neighbours(b, &space) ? (cudaError_t)driver.cuMemAddressFree(space.start, 3 * space.unit)
                                      : cudaErrorUnknown;
}

#define CALLS(X)                                                                        \
    X(neighbours, "a copy over two mappings side by side", neighbours(b))               \
    X(overEnd, "a copy from a mapping into what is only reserved", over_end(b))         \
    X(reserved, "a copy into what is only reserved", reserved(b))                       \
    X(withoutAccess, "a copy into a mapping without cuMemSetAccess", without_access(b)) \
    X(afterUnmap, "a copy into a mapping after cuMemUnmap", after_unmap(b))             \
    X(afterRelease, "a copy into a mapping after cuMemRelease", after_release(b))       \
    X(aliases, "one allocation at two addresses", aliases(b))                           \
    X(freeOfMapped, "cuMemAddressFree of what is mapped", free_of_mapped(b))

CALLS(CUT_CALL_FUNCTION)

void cut_add_virtual(struct cut_list *list)
{
    static const struct cut_call_row rows[] = {CALLS(CUT_CALL_ROW)};
    cut_add_calls(list, "2.16", "virtual/", rows, CUT_COUNT(rows), true);
}
