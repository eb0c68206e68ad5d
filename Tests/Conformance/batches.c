// Batched copies (2.8): when each source access order reads its source, and what a batch refuses.

#include "conformance.h"

#if CUDART_VERSION >= 12080

// One copy as a batch.
static cudaError_t copy(void *to, const void *from, size_t size, enum cudaMemcpySrcAccessOrder order, cudaStream_t stream)
{
    struct cudaMemcpyAttributes attributes = {.srcAccessOrder = order};
    size_t first = 0;
#if CUDART_VERSION >= 13000
    return cudaMemcpyBatchAsync(&to, &from, &size, 1, &attributes, &first, 1, stream);
#else
    void *source = (void *)from;
    size_t failed = 0;
    return cudaMemcpyBatchAsync(&to, &source, &size, 1, &attributes, &first, 1, &failed, stream);
#endif
}

// The source is overwritten as soon as the call is back: "new" if it had been read by then, else "later".
static cudaError_t copy_behind_hold(struct cut_bench *b, unsigned char *from, enum cudaMemcpySrcAccessOrder order)
{
    struct cut_buffer source = {from, CUT_BENCH_BYTES, CUT_PINNED}, target = {b->device, CUT_BENCH_BYTES, CUT_DEVICE};
    cut_fill(&source, CUT_NEW);
    cut_hold(b->row, b->stream);
    cudaError_t code = copy(b->device, from, CUT_BENCH_BYTES, order, b->stream);
    cut_returned(b->row, "call");
    cut_fill(&source, CUT_LATER);
    cut_release();
    cut_describe_buffer(b->row, "bytes", &target);
    return code;
}

static cudaError_t plain(struct cut_bench *b, size_t size, int order, cudaStream_t stream)
{
    cudaError_t code = copy(b->device, b->device2, size, (enum cudaMemcpySrcAccessOrder)order, stream);
    cut_code(b->row, "synchronize", cudaDeviceSynchronize());
    return code;
}

#define CALLS(X)                                                                                                       \
    X(pinnedStream, "source order Stream, pinned source",                                                              \
      copy_behind_hold(b, b->pinned, cudaMemcpySrcAccessOrderStream))                                                  \
    X(pinnedDuringApiCall, "source order DuringApiCall, pinned source",                                                \
      copy_behind_hold(b, b->pinned, cudaMemcpySrcAccessOrderDuringApiCall))                                           \
    X(pinnedAny, "source order Any, pinned source", copy_behind_hold(b, b->pinned, cudaMemcpySrcAccessOrderAny))       \
    X(pageableStream, "source order Stream, pageable source",                                                          \
      copy_behind_hold(b, b->pageable, cudaMemcpySrcAccessOrderStream))                                                \
    X(pageableDuringApiCall, "source order DuringApiCall, pageable source",                                            \
      copy_behind_hold(b, b->pageable, cudaMemcpySrcAccessOrderDuringApiCall))                                         \
    X(pageableAny, "source order Any, pageable source", copy_behind_hold(b, b->pageable, cudaMemcpySrcAccessOrderAny)) \
    X(device, "within the device", plain(b, CUT_BENCH_BYTES, cudaMemcpySrcAccessOrderStream, b->stream))               \
    X(deviceOutside, "one byte too long", plain(b, CUT_BENCH_BYTES + 1, cudaMemcpySrcAccessOrderStream, b->stream))    \
    X(deviceZero, "an entry of no bytes", plain(b, 0, cudaMemcpySrcAccessOrderStream, b->stream))                      \
    X(orderInvalid, "source order 0", plain(b, 64, 0, b->stream))                                                      \
    X(legacyStream, "in the legacy stream", plain(b, 64, cudaMemcpySrcAccessOrderStream, cudaStreamLegacy))            \
    X(perThreadStream, "in the per-thread stream", plain(b, 64, cudaMemcpySrcAccessOrderStream, cudaStreamPerThread))

CALLS(CUT_CALL_FUNCTION)

void cut_add_batches(struct cut_list *list)
{
    static const struct cut_call_row rows[] = {CALLS(CUT_CALL_ROW)};
    cut_add_calls(list, "2.8", "", rows, CUT_COUNT(rows), true);
}

#else

void cut_add_batches(struct cut_list *list)
{
    (void)list;
}

#endif
