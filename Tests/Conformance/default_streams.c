// The default stream of a unit that is compiled for per-thread default streams (2.2), and what it is for the two
// copies that exist in one form only, `cudaMemcpyPeer` and `cudaMemcpyPeerAsync`.
//
// The legacy stream waits for a blocking stream that is held, the per-thread stream does not.

#define CUDA_API_PER_THREAD_DEFAULT_STREAM
#include "conformance.h"

// A copy in stream 0, then the per-thread stream is synchronised: it waits for the copy in both cases.
static cudaError_t peer_then_synchronize(struct cut_bench *b)
{
    cut_code(b->row, "copy", cudaMemcpyPeerAsync(b->device2, 0, b->device, 0, CUT_BENCH_BYTES, 0));
    return cudaStreamSynchronize(cudaStreamPerThread);
}

static cudaError_t copy_then_synchronize(struct cut_bench *b)
{
    cut_code(b->row, "copy", cudaMemcpyAsync(b->device2, b->device, CUT_BENCH_BYTES, cudaMemcpyDeviceToDevice, 0));
    return cudaStreamSynchronize(cudaStreamPerThread);
}

#define HELD(X)                                                                                                 \
    X(memcpy, "cudaMemcpy to the host", b->stream,                                                              \
      cudaMemcpy(b->pinned, b->device2, CUT_BENCH_BYTES, cudaMemcpyDeviceToHost))                               \
    X(memset, "cudaMemset of pinned memory", b->stream, cudaMemset(b->pinned, 0, CUT_BENCH_BYTES))              \
    X(synchronizeZero, "cudaStreamSynchronize(0)", b->stream, cudaStreamSynchronize(0))                         \
    X(memcpyAsync, "cudaMemcpyAsync in stream 0, synchronised", b->stream, copy_then_synchronize(b))            \
    X(memcpyPeerAsync, "cudaMemcpyPeerAsync in stream 0, synchronised", b->stream, peer_then_synchronize(b))    \
    X(legacy, "the legacy stream by name", b->stream, cudaStreamSynchronize(cudaStreamLegacy))

HELD(CUT_HELD_FUNCTION)

void cut_add_default_streams(struct cut_list *list)
{
    static const struct cut_call_row rows[] = {HELD(CUT_HELD_ROW)};
    cut_add_calls(list, "2.2", "perThreadUnit/", rows, CUT_COUNT(rows), false);
}
