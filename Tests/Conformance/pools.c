// Stream-ordered allocation (2.6): codes, bounds, and use on the wrong side of the free.

#include "conformance.h"

enum { BYTES = 1000 };

static bool allocate(struct cut_bench *b)
{
    return CUT_PREPARE(b->row, cudaMallocAsync(&b->slot, BYTES, b->stream));
}

static cudaError_t free_null(struct cut_bench *b)
{
    return cudaFreeAsync(NULL, b->stream);
}

static cudaError_t free_twice(struct cut_bench *b)
{
    if (!allocate(b))
        return cudaErrorUnknown;
    cut_code(b->row, "first", cudaFreeAsync(b->slot, b->stream));
    return cudaFreeAsync(b->slot, b->stream);
}

static cudaError_t free_in_other_stream(struct cut_bench *b)
{
    if (!allocate(b))
        return cudaErrorUnknown;
    cudaStreamSynchronize(b->stream);
    return cudaFreeAsync(b->slot, b->stream2);
}

static cudaError_t free_of_malloc(struct cut_bench *b)
{
    cudaError_t code = cudaFreeAsync(b->device2, b->stream);
    if (code == cudaSuccess)
        b->device2 = NULL;
    return code;
}

static cudaError_t free_interior(struct cut_bench *b)
{
    return allocate(b) ? cudaFreeAsync((char *)b->slot + 16, b->stream) : cudaErrorUnknown;
}

static cudaError_t free_plainly(struct cut_bench *b)
{
    if (!allocate(b))
        return cudaErrorUnknown;
    cudaStreamSynchronize(b->stream);
    return cudaFree(b->slot);
}

// A copy of `size` bytes into the allocation.
static cudaError_t copy(struct cut_bench *b, size_t size)
{
    if (!allocate(b))
        return cudaErrorUnknown;
    cudaStreamSynchronize(b->stream);
    return cudaMemcpy(b->slot, b->device, size, cudaMemcpyDeviceToDevice);
}

static cudaError_t copy_after_free(struct cut_bench *b)
{
    if (!allocate(b))
        return cudaErrorUnknown;
    cut_code(b->row, "free", cudaFreeAsync(b->slot, b->stream));
    cudaStreamSynchronize(b->stream);
    return cudaMemcpy(b->slot, b->device, BYTES, cudaMemcpyDeviceToDevice);
}

// The pointer is there at once, though the allocation itself is behind the hold.
static cudaError_t allocate_behind_hold(struct cut_bench *b)
{
    cut_hold(b->row, b->stream);
    cudaError_t code = cudaMallocAsync(&b->slot, BYTES, b->stream);
    cut_returned(b->row, "call");
    cut_text(b->row, "pointer", b->slot ? "given" : "none");
    cut_code(b->row, "free", cudaFreeAsync(b->slot, b->stream));
    cut_returned(b->row, "freed");
    return code;
}

static cudaError_t attributes(struct cut_bench *b)
{
    struct cudaPointerAttributes attributes = {0};
    if (!allocate(b))
        return cudaErrorUnknown;
    cudaError_t code = cudaPointerGetAttributes(&attributes, b->slot);
    if (code == cudaSuccess)
        cut_number(b->row, "type", attributes.type);
    cudaFreeAsync(b->slot, b->stream);
    return code;
}

#define CALLS(X)                                                                                                     \
    X(allocateZero, "cudaMallocAsync of no bytes", cudaMallocAsync(&b->slot, 0, b->stream))                          \
    X(allocateNull, "cudaMallocAsync to NULL", cudaMallocAsync(NULL, BYTES, b->stream))                              \
    X(allocateBehindHold, "cudaMallocAsync and cudaFreeAsync in the held stream", allocate_behind_hold(b))           \
    X(freeNull, "cudaFreeAsync(NULL)", free_null(b))                                                                 \
    X(freeTwice, "cudaFreeAsync twice", free_twice(b))                                                               \
    X(freeOtherStream, "cudaFreeAsync in another stream", free_in_other_stream(b))                                   \
    X(freeOfMalloc, "cudaFreeAsync of cudaMalloc memory", free_of_malloc(b))                                         \
    X(freeInterior, "cudaFreeAsync of an interior pointer", free_interior(b))                                        \
    X(freePlainly, "cudaFree of cudaMallocAsync memory", free_plainly(b))                                            \
    X(copy, "a copy into it", copy(b, BYTES))                                                                        \
    X(copyOutside, "a copy into it, one byte too long", copy(b, BYTES + 1))                                          \
    X(copyAfterFree, "a copy into it after cudaFreeAsync", copy_after_free(b))                                       \
    X(attributes, "cudaPointerGetAttributes", attributes(b))

CALLS(CUT_CALL_FUNCTION)

void cut_add_pools(struct cut_list *list)
{
    static const struct cut_call_row rows[] = {CALLS(CUT_CALL_ROW)};
    cut_add_calls(list, "2.6", "", rows, CUT_COUNT(rows), true);
}
