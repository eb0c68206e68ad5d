// What a capture refuses, and with which codes (2.5): calls while a stream captures, and how the capture ends then.
//
// Each row begins a capture in a blocking stream, makes one call and ends the capture: "code" is the call's,
// "end" that of cudaStreamEndCapture, "graph" whether it gave one.

#include "conformance.h"

#include <pthread.h>

static const struct {
    const char *name;
    enum cudaStreamCaptureMode mode;
} modes[] = {
    {"global", cudaStreamCaptureModeGlobal},
    {"threadLocal", cudaStreamCaptureModeThreadLocal},
    {"relaxed", cudaStreamCaptureModeRelaxed},
};

static void end(struct cut_bench *b, cudaStream_t stream)
{
    cudaGraph_t graph = NULL;
    cut_code(b->row, "end", cudaStreamEndCapture(stream, &graph));
    cut_text(b->row, "graph", graph ? "given" : "none");
    if (graph)
        cudaGraphDestroy(graph);
    cudaGetLastError();
}

static cudaError_t fork_without_join(struct cut_bench *b)
{
    cudaError_t code = cudaEventRecord(b->event, b->stream);
    cut_code(b->row, "wait", cudaStreamWaitEvent(b->stream2, b->event, 0));
    cut_code(b->row, "work", cudaMemsetAsync(b->device, 0, 64, b->stream2));
    return code;
}

static cudaError_t fork_and_join(struct cut_bench *b)
{
    cudaError_t code = fork_without_join(b);
    cut_code(b->row, "record", cudaEventRecord(b->event, b->stream2));
    cut_code(b->row, "join", cudaStreamWaitEvent(b->stream, b->event, 0));
    return code;
}

// A stream that has joined is synchronised, which it must not be.
static cudaError_t synchronize_joined(struct cut_bench *b)
{
    cudaEventRecord(b->event, b->stream);
    cudaStreamWaitEvent(b->stream2, b->event, 0);
    return cudaStreamSynchronize(b->stream2);
}

static cudaError_t captured_event(struct cut_bench *b, cudaError_t (*use)(cudaEvent_t event))
{
    cut_code(b->row, "record", cudaEventRecord(b->event, b->stream));
    return use(b->event);
}

// An event that was recorded before the capture.
static cudaError_t wait_outside(struct cut_bench *b)
{
    return cudaStreamWaitEvent(b->stream, b->slot, 0);
}

// Two captures are joined.
static cudaError_t merge(struct cut_bench *b)
{
    cut_code(b->row, "begin", cudaStreamBeginCapture(b->stream2, cudaStreamCaptureModeRelaxed));
    cut_code(b->row, "record", cudaEventRecord(b->event, b->stream2));
    cudaError_t code = cudaStreamWaitEvent(b->stream, b->event, 0);
    cudaGraph_t graph = NULL;
    cut_code(b->row, "endOther", cudaStreamEndCapture(b->stream2, &graph));
    if (graph)
        cudaGraphDestroy(graph);
    return code;
}

static cudaError_t is_capturing(struct cut_bench *b)
{
    enum cudaStreamCaptureStatus status;
    cudaError_t code = cudaStreamIsCapturing(b->stream, &status);
    if (code == cudaSuccess)
        cut_number(b->row, "status", status);
    return code;
}

static cudaError_t destroy_other(struct cut_bench *b)
{
    cudaStream_t other = b->stream2;
    b->stream2 = NULL;
    return cudaStreamDestroy(other);
}

// Left to the end of the process: a free may be refused too.
static cudaError_t allocate(void)
{
    void *bytes;
    return cudaMalloc(&bytes, 64);
}

static void *allocate_elsewhere(void *nothing)
{
    (void)nothing;
    return (void *)(size_t)allocate();
}

static void *end_elsewhere(void *stream)
{
    cudaGraph_t graph = NULL;
    return (void *)(size_t)cudaStreamEndCapture(stream, &graph);
}

// Runs `function` in another thread and waits for it.
static void *in_thread(void *(*function)(void *), void *argument)
{
    pthread_t thread;
    void *result = NULL;
    if (pthread_create(&thread, NULL, function, argument) == 0)
        pthread_join(thread, &result);
    return result;
}

static void CUDART_CB do_nothing(void *data)
{
    (void)data;
}

#define CALLS(X)                                                                                                    \
    X(nothing, "nothing at all", cudaSuccess)                                                                       \
    X(memcpyAsync, "cudaMemcpyAsync, pinned to device",                                                             \
      cudaMemcpyAsync(b->device, b->pinned, 64, cudaMemcpyHostToDevice, b->stream))                                 \
    X(memcpyAsyncPageable, "cudaMemcpyAsync, pageable to device",                                                   \
      cudaMemcpyAsync(b->device, b->pageable, 64, cudaMemcpyHostToDevice, b->stream))                               \
    X(memcpyAsyncToPageable, "cudaMemcpyAsync, device to pageable",                                                 \
      cudaMemcpyAsync(b->pageable, b->device, 64, cudaMemcpyDeviceToHost, b->stream))                               \
    X(memcpyAsyncOutside, "cudaMemcpyAsync past the allocation",                                                    \
      cudaMemcpyAsync(b->device, b->device2, CUT_BENCH_BYTES + 1, cudaMemcpyDeviceToDevice, b->stream))             \
    X(memcpyAsyncZero, "cudaMemcpyAsync of no bytes",                                                               \
      cudaMemcpyAsync(b->device, b->device2, 0, cudaMemcpyDeviceToDevice, b->stream))                               \
    X(memcpyAsyncBadKind, "cudaMemcpyAsync of kind 5",                                                              \
      cudaMemcpyAsync(b->device, b->device2, 64, (enum cudaMemcpyKind)5, b->stream))                                \
    X(memsetAsync, "cudaMemsetAsync", cudaMemsetAsync(b->device, 0, 64, b->stream))                                 \
    X(hostFunction, "cudaLaunchHostFunc", cudaLaunchHostFunc(b->stream, do_nothing, NULL))                          \
    X(memcpy, "cudaMemcpy", cudaMemcpy(b->device, b->device2, 64, cudaMemcpyDeviceToDevice))                        \
    X(memset, "cudaMemset", cudaMemset(b->device, 0, 64))                                                           \
    X(memcpyAsyncLegacy, "cudaMemcpyAsync in the legacy stream",                                                    \
      cudaMemcpyAsync(b->device, b->device2, 64, cudaMemcpyDeviceToDevice, cudaStreamLegacy))                       \
    X(memcpyAsyncOther, "cudaMemcpyAsync in another stream",                                                        \
      cudaMemcpyAsync(b->device, b->device2, 64, cudaMemcpyDeviceToDevice, b->stream2))                             \
    X(streamSynchronize, "cudaStreamSynchronize of it", cudaStreamSynchronize(b->stream))                           \
    X(streamSynchronizeOther, "cudaStreamSynchronize of another stream", cudaStreamSynchronize(b->stream2))         \
    X(streamSynchronizeJoined, "cudaStreamSynchronize of a stream that joined", synchronize_joined(b))              \
    X(streamQuery, "cudaStreamQuery of it", cudaStreamQuery(b->stream))                                             \
    X(deviceSynchronize, "cudaDeviceSynchronize", cudaDeviceSynchronize())                                          \
    X(malloc, "cudaMalloc", allocate())                                                                             \
    X(mallocInThread, "cudaMalloc in another thread", (cudaError_t)(size_t)in_thread(allocate_elsewhere, NULL))     \
    X(eventSynchronize, "cudaEventSynchronize of a captured event", captured_event(b, cudaEventSynchronize))        \
    X(eventQuery, "cudaEventQuery of a captured event", captured_event(b, cudaEventQuery))                          \
    X(waitOutside, "a wait for an event of before", wait_outside(b))                                                \
    X(forkWithoutJoin, "a fork that does not come back", fork_without_join(b))                                      \
    X(forkAndJoin, "a fork that does", fork_and_join(b))                                                            \
    X(merge, "an event of another capture", merge(b))                                                               \
    X(beginAgain, "cudaStreamBeginCapture again", cudaStreamBeginCapture(b->stream, cudaStreamCaptureModeGlobal))   \
    X(isCapturing, "cudaStreamIsCapturing", is_capturing(b))                                                        \
    X(endInThread, "cudaStreamEndCapture in another thread",                                                        \
      (cudaError_t)(size_t)in_thread(end_elsewhere, b->stream))                                                     \
    X(streamDestroy, "cudaStreamDestroy of another stream", destroy_other(b))

CALLS(CUT_CALL_FUNCTION)
static const struct cut_call_row rows[] = {CALLS(CUT_CALL_ROW)};

// arguments: the row, the mode
static void run(struct cut_row *row, const struct cut_probe *probe)
{
    struct cut_bench b;
    cudaEvent_t before = NULL;
    if (cut_bench_open(&b, row) && CUT_PREPARE(row, cudaEventCreate(&before)) &&
        CUT_PREPARE(row, cudaEventRecord(before, b.stream2)) && CUT_PREPARE(row, cudaDeviceSynchronize())) {
        b.slot = before;
        if (CUT_PREPARE(row, cudaStreamBeginCapture(b.stream, modes[probe->arguments[1]].mode))) {
            cut_code(row, "code", rows[probe->arguments[0]].call(&b));
            end(&b, b.stream);
        }
    }
    if (before)
        cudaEventDestroy(before);
    cut_bench_close(&b);
}

// Begins and ends at once; the code of either.
static cudaError_t begin_and_end(struct cut_bench *b, cudaStream_t stream)
{
    cudaError_t code = cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal);
    if (code == cudaSuccess)
        end(b, stream);
    return code;
}

static cudaError_t end_without_begin(cudaStream_t stream)
{
    cudaGraph_t graph = NULL;
    return cudaStreamEndCapture(stream, &graph);
}

#define OTHERS(X)                                                                                    \
    X(beginLegacy, "a capture of the legacy stream", begin_and_end(b, cudaStreamLegacy))             \
    X(beginPerThread, "a capture of the per-thread stream", begin_and_end(b, cudaStreamPerThread))   \
    X(beginNonBlocking, "a capture of a non-blocking stream", begin_and_end(b, b->nonBlocking))      \
    X(endWithoutBegin, "cudaStreamEndCapture without a begin", end_without_begin(b->stream))

OTHERS(CUT_CALL_FUNCTION)

void cut_add_capture(struct cut_list *list)
{
    for (int mode = 0; mode < (int)CUT_COUNT(modes); mode++) {
        for (int i = 0; i < (int)CUT_COUNT(rows); i++) {
            struct cut_probe probe = {
                .section = "2.5", .what = rows[i].what, .run = run, .arguments = {i, mode}, .isAlone = true};
            cut_add(list, probe, "2.5/%s/%s", modes[mode].name, rows[i].name);
        }
    }
    static const struct cut_call_row others[] = {OTHERS(CUT_CALL_ROW)};
    cut_add_calls(list, "2.5", "", others, CUT_COUNT(others), true);
}
