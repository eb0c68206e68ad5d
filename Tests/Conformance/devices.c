// Streams and events of another device (2.13): what of the first device's may be used with the second's.
//
// Skipped where there is one device only.

#include "conformance.h"

// A stream and an event of device 1; device 0 is current again.
struct other {
    cudaStream_t stream;
    cudaEvent_t event;
};

static bool make_other(struct cut_bench *b, struct other *other)
{
    int count = 0;
    cudaGetDeviceCount(&count);
    if (count < 2) {
        cut_skip(b->row, "one device only");
        return false;
    }
    cudaSetDevice(1);
    bool isMade =
        CUT_PREPARE(b->row, cudaStreamCreate(&other->stream)) && CUT_PREPARE(b->row, cudaEventCreate(&other->event));
    cudaSetDevice(0);
    return isMade;
}

static cudaError_t copy(struct cut_bench *b)
{
    struct other other;
    if (!make_other(b, &other))
        return cudaErrorUnknown;
    cudaError_t code = cudaMemcpyAsync(b->device, b->device2, 64, cudaMemcpyDeviceToDevice, other.stream);
    cut_code(b->row, "synchronize", cudaStreamSynchronize(other.stream));
    cut_describe_buffer(b->row, "bytes", &(struct cut_buffer){b->device, 64, CUT_DEVICE});
    return code;
}

static cudaError_t record(struct cut_bench *b, bool isEventForeign)
{
    struct other other;
    if (!make_other(b, &other))
        return cudaErrorUnknown;
    return isEventForeign ? cudaEventRecord(other.event, b->stream) : cudaEventRecord(b->event, other.stream);
}

// An event of device 1, recorded there, used from device 0.
static cudaError_t use(struct cut_bench *b, cudaError_t (*call)(cudaEvent_t event))
{
    struct other other;
    if (!make_other(b, &other) || !CUT_PREPARE(b->row, cudaEventRecord(other.event, other.stream)) ||
        !CUT_PREPARE(b->row, cudaStreamSynchronize(other.stream)))
        return cudaErrorUnknown;
    return call(other.event);
}

static cudaError_t wait(struct cut_bench *b)
{
    struct other other;
    if (!make_other(b, &other))
        return cudaErrorUnknown;
    cut_hold(b->row, b->stream);
    cut_code(b->row, "record", cudaEventRecord(b->event, b->stream));
    cut_code(b->row, "wait", cudaStreamWaitEvent(other.stream, b->event, 0));
    cudaError_t code = cudaStreamSynchronize(other.stream);
    cut_returned(b->row, "call");
    return code;
}

static cudaError_t elapsed(struct cut_bench *b)
{
    struct other other;
    float milliseconds;
    if (!make_other(b, &other) || !CUT_PREPARE(b->row, cudaEventRecord(b->event, b->stream)) ||
        !CUT_PREPARE(b->row, cudaEventRecord(other.event, other.stream)))
        return cudaErrorUnknown;
    cudaStreamSynchronize(b->stream);
    cudaStreamSynchronize(other.stream);
    return cudaEventElapsedTime(&milliseconds, b->event, other.event);
}

// The legacy stream of device 1 while that of device 0 is held.
static cudaError_t default_streams(struct cut_bench *b)
{
    struct other other;
    if (!make_other(b, &other))
        return cudaErrorUnknown;
    cut_hold(b->row, cudaStreamLegacy);
    cudaSetDevice(1);
    cut_code(b->row, "record", cudaEventRecord(other.event, cudaStreamLegacy));
    cudaError_t code = cudaStreamSynchronize(cudaStreamLegacy);
    cut_returned(b->row, "call");
    cudaSetDevice(0);
    return code;
}

#define CALLS(X)                                                                            \
    X(copy, "a copy in a stream of another device", copy(b))                                \
    X(recordEvent, "cudaEventRecord of an event of another device", record(b, true))        \
    X(recordStream, "cudaEventRecord in a stream of another device", record(b, false))      \
    X(eventQuery, "cudaEventQuery of an event of another device", use(b, cudaEventQuery))   \
    X(eventSynchronize, "cudaEventSynchronize of one", use(b, cudaEventSynchronize))        \
    X(wait, "a stream of another device waits for an event of the held stream", wait(b))    \
    X(elapsed, "cudaEventElapsedTime between two devices", elapsed(b))                      \
    X(defaultStreams, "the default stream of another device; that of this one is held", default_streams(b))

CALLS(CUT_CALL_FUNCTION)

void cut_add_devices(struct cut_list *list)
{
    static const struct cut_call_row rows[] = {CALLS(CUT_CALL_ROW)};
    cut_add_calls(list, "2.13", "devices/", rows, CUT_COUNT(rows), false);
}
