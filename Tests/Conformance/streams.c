// Which streams wait for which (2.2): a copy in one stream while another is held; and what synchronising covers.

#include "conformance.h"

enum stream { LEGACY, PER_THREAD, BLOCKING, PRIORITY, NON_BLOCKING, STREAM_COUNT };
static const char *const streamNames[STREAM_COUNT] = {"legacy", "perThread", "blocking", "priority", "nonBlocking"};

enum work { COPY, EVENT, NOTHING, WORK_COUNT };
static const char *const workNames[WORK_COUNT] = {"copy", "event", "nothing"};

// The handle of a stream; a new one where it has to be made.
static bool get_stream(struct cut_row *row, enum stream which, cudaStream_t *stream)
{
    switch (which) {
    case LEGACY:
        *stream = cudaStreamLegacy;
        return true;
    case PER_THREAD:
        *stream = cudaStreamPerThread;
        return true;
    case BLOCKING:
        return CUT_PREPARE(row, cudaStreamCreate(stream));
    case PRIORITY:
        return CUT_PREPARE(row, cudaStreamCreateWithPriority(stream, cudaStreamDefault, 0));
    case NON_BLOCKING:
        return CUT_PREPARE(row, cudaStreamCreateWithFlags(stream, cudaStreamNonBlocking));
    case STREAM_COUNT:
        break;
    }
    return false;
}

static void put_stream(enum stream which, cudaStream_t stream)
{
    if (which >= BLOCKING && stream)
        cudaStreamDestroy(stream);
}

// arguments: the held stream, the other stream, what is submitted to the other
static void run(struct cut_row *row, const struct cut_probe *probe)
{
    struct cut_bench b;
    cudaStream_t held = NULL, other = NULL;
    if (cut_bench_open(&b, row) && get_stream(row, probe->arguments[0], &held) &&
        get_stream(row, probe->arguments[1], &other) && CUT_PREPARE(row, cudaDeviceSynchronize()) &&
        cut_hold(row, held)) {
        if (probe->arguments[2] == COPY)
            cut_code(row, "copy", cudaMemcpyAsync(b.device2, b.device, 4096, cudaMemcpyDeviceToDevice, other));
        if (probe->arguments[2] == EVENT)
            cut_code(row, "record", cudaEventRecord(b.event, other));
        cut_code(row, "synchronize", cudaStreamSynchronize(other));
        cut_returned(row, "call");
    }
    cut_release();
    put_stream(probe->arguments[0], held);
    put_stream(probe->arguments[1], other);
    cut_bench_close(&b);
}

static cudaError_t wait_for_held(struct cut_bench *b)
{
    cut_code(b->row, "record", cudaEventRecord(b->event, b->stream));
    cut_code(b->row, "wait", cudaStreamWaitEvent(b->stream2, b->event, 0));
    return cudaStreamSynchronize(b->stream2);
}

// With a copy behind the hold, which is still made.
static cudaError_t destroy_held(struct cut_bench *b)
{
    cut_hold(b->row, b->stream);
    cudaMemcpyAsync(b->pinned, b->device2, CUT_BENCH_BYTES, cudaMemcpyDeviceToHost, b->stream);
    cudaError_t code = cudaStreamDestroy(b->stream);
    b->stream = NULL;
    cut_returned(b->row, "call");
    cut_release();
    cut_text(b->row, "bytes", cut_describe(b->pinned, CUT_BENCH_BYTES));
    return code;
}

static cudaError_t query_drained(struct cut_bench *b)
{
    cut_hold(b->row, b->stream);
    cut_release();
    return cudaStreamQuery(b->stream);
}

#define HELD(X)                                                                                                        \
    X(deviceSynchronize, "a non-blocking stream is held", b->nonBlocking, cudaDeviceSynchronize())                     \
    X(queryHeld, "cudaStreamQuery of the held stream", b->stream, cudaStreamQuery(b->stream))                          \
    X(queryOther, "cudaStreamQuery of another, idle stream", b->stream, cudaStreamQuery(b->stream2))                   \
    X(queryLegacy, "of the legacy stream; a blocking one is held", b->stream, cudaStreamQuery(cudaStreamLegacy))       \
    X(queryLegacyNonBlocking, "of the legacy stream; a non-blocking one is held", b->nonBlocking,                      \
      cudaStreamQuery(cudaStreamLegacy))                                                                               \
    X(waitHeld, "a stream that waits for an event of the held one is synchronised", b->stream, wait_for_held(b))

#define CALLS(X)                                                            \
    X(queryDrained, "cudaStreamQuery of a stream let go", query_drained(b)) \
    X(destroyHeld, "cudaStreamDestroy of the held stream", destroy_held(b))

HELD(CUT_HELD_FUNCTION)
CALLS(CUT_CALL_FUNCTION)

void cut_add_streams(struct cut_list *list)
{
    for (int work = 0; work < WORK_COUNT; work++) {
        for (int held = 0; held < STREAM_COUNT; held++) {
            for (int other = 0; other < STREAM_COUNT; other++) {
                struct cut_probe probe = {
                    .section = "2.2",
                    .what = "the first stream is held; work is submitted to the second, which is then synchronised",
                    .run = run,
                    .arguments = {held, other, work},
                };
                // A stream made for the purpose is another one: what is held twice is only a default stream.
                cut_add(list, probe, "2.2/%s/%s-%s", workNames[work], streamNames[held], streamNames[other]);
            }
        }
    }
    static const struct cut_call_row rows[] = {HELD(CUT_HELD_ROW) CALLS(CUT_CALL_ROW)};
    cut_add_calls(list, "2.2", "", rows, CUT_COUNT(rows), false);
}
