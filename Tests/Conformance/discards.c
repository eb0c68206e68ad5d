// Prefetching and discarding managed memory (2.15): what the calls refuse, whether they wait, and what is left.

#include "conformance.h"

#if CUDART_VERSION >= 13000

static const struct cudaMemLocation DEVICE = {.type = cudaMemLocationTypeDevice, .id = 0};

// Allocates managed memory of the bench's size, in the new pattern. Devices that cannot share it concurrently refuse
// these calls.
static bool open_managed(struct cut_bench *b)
{
    struct cut_buffer buffer;
    int isConcurrent = 0;
    if (!CUT_PREPARE(b->row, cudaDeviceGetAttribute(&isConcurrent, cudaDevAttrConcurrentManagedAccess, 0)))
        return false;
    if (!isConcurrent) {
        cut_skip(b->row, "the device has no concurrent managed access");
        return false;
    }
    bool isMade = cut_allocate(b->row, &buffer, CUT_MANAGED, CUT_BENCH_BYTES, CUT_NEW);
    b->slot = buffer.bytes;
    return isMade;
}

static cudaError_t discard(struct cut_bench *b, void *start, size_t size, unsigned long long flags, cudaStream_t stream)
{
    cudaError_t code = cudaMemDiscardBatchAsync(&start, &size, 1, flags, stream);
    cut_code(b->row, "synchronize", cudaDeviceSynchronize());
    return code;
}

static cudaError_t discard_managed(struct cut_bench *b, size_t size, unsigned long long flags, cudaStream_t stream)
{
    return open_managed(b) ? discard(b, b->slot, size, flags, stream) : cudaErrorUnknown;
}

static cudaError_t discard_nothing(struct cut_bench *b)
{
    return open_managed(b) ? cudaMemDiscardBatchAsync(NULL, NULL, 0, 0, b->stream) : cudaErrorUnknown;
}

static cudaError_t discard_behind_hold(struct cut_bench *b)
{
    size_t size = CUT_BENCH_BYTES;
    if (!open_managed(b))
        return cudaErrorUnknown;
    cut_hold(b->row, b->stream);
    cudaError_t code = cudaMemDiscardBatchAsync(&b->slot, &size, 1, 0, b->stream);
    cut_returned(b->row, "call");
    return code;
}

// What has been discarded can be written again.
static cudaError_t discard_then_write(struct cut_bench *b)
{
    size_t size = CUT_BENCH_BYTES;
    if (!open_managed(b))
        return cudaErrorUnknown;
    cudaError_t code = cudaMemDiscardBatchAsync(&b->slot, &size, 1, 0, b->stream);
    cut_code(b->row, "write", cudaMemcpyAsync(b->slot, b->device2, size, cudaMemcpyDefault, b->stream));
    cudaStreamSynchronize(b->stream);
    cut_describe_buffer(b->row, "bytes", &(struct cut_buffer){b->slot, size, CUT_MANAGED});
    return code;
}

static cudaError_t discard_and_prefetch(struct cut_bench *b, size_t locations)
{
    size_t size = CUT_BENCH_BYTES, first = 0;
    struct cudaMemLocation location = DEVICE;
    if (!open_managed(b))
        return cudaErrorUnknown;
    return cudaMemDiscardAndPrefetchBatchAsync(&b->slot, &size, 1, &location, &first, locations, 0, b->stream);
}

static cudaError_t prefetch(struct cut_bench *b, const void *start, size_t size, unsigned flags)
{
    cudaError_t code = cudaMemPrefetchAsync(start, size, DEVICE, flags, b->stream);
    cut_code(b->row, "synchronize", cudaDeviceSynchronize());
    return code;
}

static cudaError_t prefetch_managed(struct cut_bench *b, size_t size, unsigned flags)
{
    if (!open_managed(b))
        return cudaErrorUnknown;
    cudaError_t code = prefetch(b, b->slot, size, flags);
    cut_describe_buffer(b->row, "bytes", &(struct cut_buffer){b->slot, CUT_BENCH_BYTES, CUT_MANAGED});
    return code;
}

static cudaError_t prefetch_batch(struct cut_bench *b, size_t first)
{
    size_t size = CUT_BENCH_BYTES;
    struct cudaMemLocation location = DEVICE;
    if (!open_managed(b))
        return cudaErrorUnknown;
    return cudaMemPrefetchBatchAsync(&b->slot, &size, 1, &location, &first, 1, 0, b->stream);
}

#define CALLS(X)                                                                                                       \
    X(discard, "cudaMemDiscardBatchAsync", discard_managed(b, CUT_BENCH_BYTES, 0, b->stream))                          \
    X(discardBehindHold, "cudaMemDiscardBatchAsync in the held stream", discard_behind_hold(b))                        \
    X(discardThenWrite, "cudaMemDiscardBatchAsync, then a copy into it", discard_then_write(b))                        \
    X(discardOutside, "cudaMemDiscardBatchAsync, one byte too long",                                                   \
      discard_managed(b, CUT_BENCH_BYTES + 1, 0, b->stream))                                                           \
    X(discardEmpty, "cudaMemDiscardBatchAsync of no bytes", discard_managed(b, 0, 0, b->stream))                       \
    X(discardNothing, "cudaMemDiscardBatchAsync of no ranges", discard_nothing(b))                                     \
    X(discardFlags, "cudaMemDiscardBatchAsync with flags", discard_managed(b, CUT_BENCH_BYTES, 1, b->stream))          \
    X(discardLegacy, "cudaMemDiscardBatchAsync in the legacy stream", discard_managed(b, CUT_BENCH_BYTES, 0, NULL))    \
    X(discardDevice, "cudaMemDiscardBatchAsync of cudaMalloc memory",                                                  \
      discard(b, b->device, CUT_BENCH_BYTES, 0, b->stream))                                                            \
    X(discardPageable, "cudaMemDiscardBatchAsync of pageable memory",                                                  \
      discard(b, b->pageable, CUT_BENCH_BYTES, 0, b->stream))                                                          \
    X(discardAndPrefetch, "cudaMemDiscardAndPrefetchBatchAsync", discard_and_prefetch(b, 1))                           \
    X(discardAndPrefetchNowhere, "cudaMemDiscardAndPrefetchBatchAsync without a location", discard_and_prefetch(b, 0)) \
    X(prefetch, "cudaMemPrefetchAsync", prefetch_managed(b, CUT_BENCH_BYTES, 0))                                       \
    X(prefetchOutside, "cudaMemPrefetchAsync, one byte too long", prefetch_managed(b, CUT_BENCH_BYTES + 1, 0))         \
    X(prefetchEmpty, "cudaMemPrefetchAsync of no bytes", prefetch_managed(b, 0, 0))                                    \
    X(prefetchFlags, "cudaMemPrefetchAsync with flags", prefetch_managed(b, CUT_BENCH_BYTES, 1))                       \
    X(prefetchDevice, "cudaMemPrefetchAsync of cudaMalloc memory", prefetch(b, b->device, CUT_BENCH_BYTES, 0))         \
    X(prefetchBatch, "cudaMemPrefetchBatchAsync", prefetch_batch(b, 0))                                                \
    X(prefetchBatchIndex, "cudaMemPrefetchBatchAsync whose first index is not 0", prefetch_batch(b, 1))

CALLS(CUT_CALL_FUNCTION)

void cut_add_discards(struct cut_list *list)
{
    static const struct cut_call_row rows[] = {CALLS(CUT_CALL_ROW)};
    cut_add_calls(list, "2.15", "", rows, CUT_COUNT(rows), true);
}

#else

void cut_add_discards(struct cut_list *list)
{
    (void)list;
}

#endif
