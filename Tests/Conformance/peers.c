// Peer copies (2.9, 2.1): on one device, with ordinals that do not exist, and between two devices where there are two.

#include "conformance.h"

static cudaError_t box(struct cut_bench *b, bool isAsync)
{
    struct cudaMemcpy3DPeerParms parameters = {
        .srcPtr = {b->device2, 256, 256, 16},
        .dstPtr = {b->device, 256, 256, 16},
        .extent = {256, 16, 16},
    };
    return isAsync ? cudaMemcpy3DPeerAsync(&parameters, b->stream) : cudaMemcpy3DPeer(&parameters);
}

// Allocates on device 1 and copies there from device 0, naming the devices as given.
static cudaError_t copy_across(struct cut_bench *b, int to, int from)
{
    int count = 0;
    void *other = NULL;
    cudaGetDeviceCount(&count);
    if (count < 2) {
        cut_skip(b->row, "one device only");
        return cudaSuccess;
    }
    cudaSetDevice(1);
    bool isAllocated = CUT_PREPARE(b->row, cudaMalloc(&other, CUT_BENCH_BYTES));
    cudaSetDevice(0);
    if (!isAllocated)
        return cudaErrorUnknown;
    cudaError_t code = cudaMemcpyPeer(other, to, b->device2, from, CUT_BENCH_BYTES);
    cut_code(b->row, "synchronize", cudaDeviceSynchronize());
    cut_describe_buffer(b->row, "bytes", &(struct cut_buffer){other, CUT_BENCH_BYTES, CUT_DEVICE});
    cudaFree(other);
    return code;
}

#define HELD(X)                                                                                                       \
    X(memcpyPeer, "cudaMemcpyPeer; a blocking stream is held", b->stream,                                             \
      cudaMemcpyPeer(b->device, 0, b->device2, 0, CUT_BENCH_BYTES))                                                   \
    X(memcpyPeerNonBlocking, "cudaMemcpyPeer; a non-blocking stream is held", b->nonBlocking,                         \
      cudaMemcpyPeer(b->device, 0, b->device2, 0, CUT_BENCH_BYTES))                                                   \
    X(memcpyPeerAsync, "cudaMemcpyPeerAsync in the held stream", b->stream,                                           \
      cudaMemcpyPeerAsync(b->device, 0, b->device2, 0, CUT_BENCH_BYTES, b->stream))                                   \
    X(memcpyPeerPinned, "cudaMemcpyPeer to pinned memory; a blocking stream is held", b->stream,                      \
      cudaMemcpyPeer(b->pinned, 0, b->device2, 0, CUT_BENCH_BYTES))                                                   \
    X(memcpy3DPeer, "cudaMemcpy3DPeer; a blocking stream is held", b->stream, box(b, false))                          \
    X(memcpy3DPeerAsync, "cudaMemcpy3DPeerAsync in the held stream", b->stream, box(b, true))

#define CALLS(X)                                                                                                      \
    X(ordinalTo, "cudaMemcpyPeer to device 99", cudaMemcpyPeer(b->device, 99, b->device2, 0, 64))                     \
    X(ordinalFrom, "cudaMemcpyPeer from device 99", cudaMemcpyPeer(b->device, 0, b->device2, 99, 64))                 \
    X(ordinalNegative, "cudaMemcpyPeer to device -1", cudaMemcpyPeer(b->device, -1, b->device2, 0, 64))               \
    X(ordinalAsync, "cudaMemcpyPeerAsync to device 99", cudaMemcpyPeerAsync(b->device, 99, b->device2, 0, 64, NULL))  \
    X(zero, "cudaMemcpyPeer of no bytes", cudaMemcpyPeer(b->device, 0, b->device2, 0, 0))                             \
    X(outside, "one byte too long", cudaMemcpyPeer(b->device, 0, b->device2, 0, CUT_BENCH_BYTES + 1))                 \
    X(null, "to NULL", cudaMemcpyPeer(NULL, 0, b->device2, 0, 64))                                                    \
    X(across, "from device 0 to device 1", copy_across(b, 1, 0))                                                      \
    X(acrossWrongTo, "the same, naming device 0 twice", copy_across(b, 0, 0))                                         \
    X(acrossReversed, "the same, ordinals reversed", copy_across(b, 0, 1))

HELD(CUT_HELD_FUNCTION)
CALLS(CUT_CALL_FUNCTION)

void cut_add_peers(struct cut_list *list)
{
    static const struct cut_call_row rows[] = {HELD(CUT_HELD_ROW) CALLS(CUT_CALL_ROW)};
    cut_add_calls(list, "2.9", "", rows, CUT_COUNT(rows), false);
}
