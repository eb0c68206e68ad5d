// What is gone (2.13): copies through freed pointers, and calls with destroyed streams and events.
//
// The documentation calls all of these undefined, so each has a process of its own.

#include "conformance.h"

#define D2D cudaMemcpyDeviceToDevice

// The freed buffer, whose place in the bench is empty.
static unsigned char *freed(struct cut_bench *b)
{
    unsigned char *bytes = b->device2;
    cudaDeviceSynchronize();
    cut_code(b->row, "free", cudaFree(bytes));
    b->device2 = NULL;
    return bytes;
}

// Whether an allocation of the same size comes to the same place, and what a copy through the old pointer gives.
static cudaError_t copy_after_reuse(struct cut_bench *b)
{
    unsigned char *bytes = freed(b);
    cudaError_t code = cudaMalloc(&b->slot, CUT_BENCH_BYTES);
    cut_text(b->row, "place", b->slot == bytes ? "same" : "different");
    return code == cudaSuccess ? cudaMemcpy(b->device, bytes, 64, D2D) : code;
}

static cudaStream_t destroyed_stream(struct cut_bench *b)
{
    cudaStream_t stream = b->stream2;
    cut_code(b->row, "destroy", cudaStreamDestroy(stream));
    b->stream2 = NULL;
    return stream;
}

static cudaEvent_t destroyed_event(struct cut_bench *b)
{
    cudaEvent_t event = b->event;
    cudaEventRecord(event, b->stream);
    cudaDeviceSynchronize();
    cut_code(b->row, "destroy", cudaEventDestroy(event));
    b->event = NULL;
    return event;
}

static unsigned char *freed_host(struct cut_bench *b)
{
    unsigned char *bytes = b->pinned2;
    cut_code(b->row, "free", cudaFreeHost(bytes));
    b->pinned2 = NULL;
    return bytes;
}

// After a reset, which ends the life of all of the device's memory, streams and events.
static void reset(struct cut_bench *b)
{
    cut_code(b->row, "reset", cudaDeviceReset());
}

static cudaError_t copy_after_reset(struct cut_bench *b)
{
    reset(b);
    return cudaMemcpy(b->device, b->device2, 64, D2D);
}

static cudaError_t synchronize_after_reset(struct cut_bench *b)
{
    reset(b);
    return cudaStreamSynchronize(b->stream);
}

static cudaError_t free_after_reset(struct cut_bench *b)
{
    reset(b);
    return cudaFree(b->device);
}

// A stream that was never made.
static cudaStream_t wild_stream(void)
{
    static long long memory[512];
    return (cudaStream_t)memory;
}

#define CALLS(X)                                                                                                       \
    X(copyFromFreed, "cudaMemcpy from freed memory", cudaMemcpy(b->device, freed(b), 64, D2D))                         \
    X(copyToFreed, "cudaMemcpy to freed memory", cudaMemcpy(freed(b), b->device, 64, D2D))                             \
    X(copyFromFreedAsync, "cudaMemcpyAsync from freed memory",                                                         \
      cudaMemcpyAsync(b->device, freed(b), 64, D2D, b->stream))                                                        \
    X(copyFromFreedDefault, "cudaMemcpy from freed memory, Default",                                                   \
      cudaMemcpy(b->device, freed(b), 64, cudaMemcpyDefault))                                                          \
    X(copyFromFreedToHost, "cudaMemcpy from freed memory to the host",                                                 \
      cudaMemcpy(b->pageable, freed(b), 64, cudaMemcpyDeviceToHost))                                                   \
    X(memsetFreed, "cudaMemset of freed memory", cudaMemset(freed(b), 0, 64))                                          \
    X(copyAfterReuse, "the same after an allocation of the same size", copy_after_reuse(b))                            \
    X(copyFromFreedHost, "cudaMemcpy from freed pinned memory",                                                        \
      cudaMemcpy(b->device, freed_host(b), 64, cudaMemcpyHostToDevice))                                                \
    X(streamCopy, "cudaMemcpyAsync in a destroyed stream",                                                             \
      cudaMemcpyAsync(b->device, b->device2, 64, D2D, destroyed_stream(b)))                                            \
    X(streamMemset, "cudaMemsetAsync in a destroyed stream", cudaMemsetAsync(b->device, 0, 64, destroyed_stream(b)))   \
    X(streamSynchronize, "cudaStreamSynchronize of a destroyed stream", cudaStreamSynchronize(destroyed_stream(b)))    \
    X(streamQuery, "cudaStreamQuery of a destroyed stream", cudaStreamQuery(destroyed_stream(b)))                      \
    X(streamRecord, "cudaEventRecord in a destroyed stream", cudaEventRecord(b->event, destroyed_stream(b)))           \
    X(streamWait, "cudaStreamWaitEvent in a destroyed stream", cudaStreamWaitEvent(destroyed_stream(b), b->event, 0))  \
    X(streamDestroy, "cudaStreamDestroy twice", cudaStreamDestroy(destroyed_stream(b)))                                \
    X(streamWild, "cudaMemcpyAsync in a stream never made",                                                            \
      cudaMemcpyAsync(b->device, b->device2, 64, D2D, wild_stream()))                                                  \
    X(streamNullDestroy, "cudaStreamDestroy(NULL)", cudaStreamDestroy(NULL))                                           \
    X(streamLegacyDestroy, "cudaStreamDestroy(cudaStreamLegacy)", cudaStreamDestroy(cudaStreamLegacy))                 \
    X(eventRecord, "cudaEventRecord of a destroyed event", cudaEventRecord(destroyed_event(b), b->stream))             \
    X(eventSynchronize, "cudaEventSynchronize of a destroyed event", cudaEventSynchronize(destroyed_event(b)))         \
    X(eventQuery, "cudaEventQuery of a destroyed event", cudaEventQuery(destroyed_event(b)))                           \
    X(eventWait, "a wait for a destroyed event", cudaStreamWaitEvent(b->stream, destroyed_event(b), 0))                \
    X(eventDestroy, "cudaEventDestroy twice", cudaEventDestroy(destroyed_event(b)))                                    \
    X(resetCopy, "cudaMemcpy after cudaDeviceReset", copy_after_reset(b))                                              \
    X(resetSynchronize, "cudaStreamSynchronize after cudaDeviceReset", synchronize_after_reset(b))                     \
    X(resetFree, "cudaFree after cudaDeviceReset", free_after_reset(b))

CALLS(CUT_CALL_FUNCTION)

void cut_add_lifetime(struct cut_list *list)
{
    static const struct cut_call_row rows[] = {CALLS(CUT_CALL_ROW)};
    cut_add_calls(list, "2.13", "gone/", rows, CUT_COUNT(rows), true);
}
