// Pools that a program creates (2.6): what they refuse, and how long their memory outlives them.

#include "conformance.h"

enum { BYTES = 1000 };

static cudaError_t create(cudaMemPool_t *pool, enum cudaMemLocationType type, int id)
{
    struct cudaMemPoolProps properties = {
        .allocType = cudaMemAllocationTypePinned,
        .location = {.type = type, .id = id},
    };
    return cudaMemPoolCreate(pool, &properties);
}

static bool open_pool(struct cut_bench *b, cudaMemPool_t *pool)
{
    return CUT_PREPARE(b->row, create(pool, cudaMemLocationTypeDevice, 0));
}

// An allocation of BYTES in `b->slot`, from a new pool.
static bool open_allocation(struct cut_bench *b, cudaMemPool_t *pool)
{
    return open_pool(b, pool) && CUT_PREPARE(b->row, cudaMallocFromPoolAsync(&b->slot, BYTES, *pool, b->stream));
}

static cudaError_t create_at(enum cudaMemLocationType type, int id)
{
    cudaMemPool_t pool = NULL;
    cudaError_t code = create(&pool, type, id);
    if (code == cudaSuccess)
        cudaMemPoolDestroy(pool);
    return code;
}

static cudaError_t copy(struct cut_bench *b, size_t size)
{
    cudaMemPool_t pool;
    if (!open_allocation(b, &pool))
        return cudaErrorUnknown;
    return cudaMemcpyAsync(b->slot, b->device, size, cudaMemcpyDeviceToDevice, b->stream);
}

// The pool's memory is there until it has been freed.
static cudaError_t copy_after_destroy(struct cut_bench *b)
{
    cudaMemPool_t pool;
    if (!open_allocation(b, &pool))
        return cudaErrorUnknown;
    cut_code(b->row, "destroy", cudaMemPoolDestroy(pool));
    cudaError_t code = cudaMemcpyAsync(b->slot, b->device, BYTES, cudaMemcpyDeviceToDevice, b->stream);
    cut_code(b->row, "synchronize", cudaStreamSynchronize(b->stream));
    cut_code(b->row, "free", cudaFreeAsync(b->slot, b->stream));
    return code;
}

static cudaError_t allocate_after_destroy(struct cut_bench *b)
{
    cudaMemPool_t pool;
    if (!open_pool(b, &pool))
        return cudaErrorUnknown;
    cut_code(b->row, "destroy", cudaMemPoolDestroy(pool));
    return cudaMallocFromPoolAsync(&b->slot, BYTES, pool, b->stream);
}

static cudaError_t destroy_default(struct cut_bench *b)
{
    cudaMemPool_t pool;
    return CUT_PREPARE(b->row, cudaDeviceGetDefaultMemPool(&pool, 0)) ? cudaMemPoolDestroy(pool) : cudaErrorUnknown;
}

// Destroying the current pool makes the default one current.
static cudaError_t destroy_current(struct cut_bench *b)
{
    cudaMemPool_t pool, standard, current;
    if (!open_pool(b, &pool) || !CUT_PREPARE(b->row, cudaDeviceSetMemPool(0, pool)) ||
        !CUT_PREPARE(b->row, cudaDeviceGetDefaultMemPool(&standard, 0)))
        return cudaErrorUnknown;
    cudaError_t code = cudaMemPoolDestroy(pool);
    cut_code(b->row, "get", cudaDeviceGetMemPool(&current, 0));
    cut_text(b->row, "current", current == standard ? "default" : "other");
    return code;
}

static cudaError_t set_current_of_other_device(struct cut_bench *b)
{
    cudaMemPool_t pool;
    int devices = 0;
    if (!open_pool(b, &pool) || !CUT_PREPARE(b->row, cudaGetDeviceCount(&devices)))
        return cudaErrorUnknown;
    if (devices < 2) {
        cut_skip(b->row, "one device");
        return cudaErrorUnknown;
    }
    return cudaDeviceSetMemPool(1, pool);
}

// Sets a number of 64 bits, then reads it again.
static cudaError_t set(struct cut_bench *b, enum cudaMemPoolAttr attribute, unsigned long long value)
{
    cudaMemPool_t pool;
    unsigned long long now = ~0ull;
    if (!open_pool(b, &pool))
        return cudaErrorUnknown;
    cudaError_t code = cudaMemPoolSetAttribute(pool, attribute, &value);
    cut_code(b->row, "get", cudaMemPoolGetAttribute(pool, attribute, &now));
    cut_number(b->row, "value", (long long)now);
    return code;
}

// What counts as used: the allocation, until its free has run.
static cudaError_t used(struct cut_bench *b)
{
    cudaMemPool_t pool;
    unsigned long long before = 0, after = ~0ull;
    if (!open_allocation(b, &pool))
        return cudaErrorUnknown;
    cudaStreamSynchronize(b->stream);
    cudaError_t code = cudaMemPoolGetAttribute(pool, cudaMemPoolAttrUsedMemCurrent, &before);
    cut_text(b->row, "allocated", before >= BYTES ? "counted" : "not counted");
    cudaFreeAsync(b->slot, b->stream);
    cudaStreamSynchronize(b->stream);
    cudaMemPoolGetAttribute(pool, cudaMemPoolAttrUsedMemCurrent, &after);
    cut_number(b->row, "freed", (long long)after);
    return code;
}

static cudaError_t trim(struct cut_bench *b)
{
    cudaMemPool_t pool;
    if (!open_allocation(b, &pool))
        return cudaErrorUnknown;
    cudaError_t code = cudaMemPoolTrimTo(pool, 0);
    cut_code(b->row, "copy", cudaMemcpyAsync(b->slot, b->device, BYTES, cudaMemcpyDeviceToDevice, b->stream));
    return code;
}

#define CALLS(X)                                                                                                     \
    X(create, "cudaMemPoolCreate on the device", create_at(cudaMemLocationTypeDevice, 0))                            \
    X(createNowhere, "cudaMemPoolCreate on a device that does not exist", create_at(cudaMemLocationTypeDevice, 999)) \
    X(createInvalid, "cudaMemPoolCreate at no location", create_at(cudaMemLocationTypeInvalid, 0))                   \
    X(copy, "a copy into its memory", copy(b, BYTES))                                                                \
    X(copyOutside, "a copy into its memory, one byte too long", copy(b, BYTES + 1))                                  \
    X(copyAfterDestroy, "a copy into its memory after cudaMemPoolDestroy", copy_after_destroy(b))                    \
    X(allocateAfterDestroy, "cudaMallocFromPoolAsync after cudaMemPoolDestroy", allocate_after_destroy(b))           \
    X(destroyDefault, "cudaMemPoolDestroy of the default pool", destroy_default(b))                                  \
    X(destroyCurrent, "cudaMemPoolDestroy of the current pool", destroy_current(b))                                  \
    X(otherDevice, "cudaDeviceSetMemPool with a pool of another device", set_current_of_other_device(b))             \
    X(threshold, "the release threshold", set(b, cudaMemPoolAttrReleaseThreshold, CUT_MIB))                          \
    X(highWatermark, "the high watermark, to 1", set(b, cudaMemPoolAttrUsedMemHigh, 1))                              \
    X(resetHighWatermark, "the high watermark, to 0", set(b, cudaMemPoolAttrUsedMemHigh, 0))                         \
    X(used, "what counts as used", used(b))                                                                          \
    X(trim, "cudaMemPoolTrimTo with memory in use", trim(b))

CALLS(CUT_CALL_FUNCTION)

void cut_add_created_pools(struct cut_list *list)
{
    static const struct cut_call_row rows[] = {CALLS(CUT_CALL_ROW)};
    cut_add_calls(list, "2.6", "created/", rows, CUT_COUNT(rows), true);
}
