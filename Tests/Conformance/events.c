// Events by snapshot (2.4): what an event stands for after more work, after a second record, without a record.

#include "conformance.h"

// The event is recorded before the hold: what comes after it does not matter to it.
static cudaError_t record_then_work(struct cut_bench *b)
{
    cut_code(b->row, "record", cudaEventRecord(b->event, b->stream));
    cut_hold(b->row, b->stream);
    cudaError_t code = cudaEventSynchronize(b->event);
    cut_returned(b->row, "call");
    return code;
}

// Recorded behind the hold, then again in an idle stream: only the second counts.
static cudaError_t record_again(struct cut_bench *b)
{
    cut_hold(b->row, b->stream);
    cut_code(b->row, "first", cudaEventRecord(b->event, b->stream));
    cut_code(b->row, "second", cudaEventRecord(b->event, b->stream2));
    cudaError_t code = cudaEventSynchronize(b->event);
    cut_returned(b->row, "call");
    return code;
}

// A wait holds on to the state that the event had, though it is recorded again afterwards.
static cudaError_t wait_then_record_again(struct cut_bench *b)
{
    cut_hold(b->row, b->stream);
    cut_code(b->row, "first", cudaEventRecord(b->event, b->stream));
    cut_code(b->row, "wait", cudaStreamWaitEvent(b->stream2, b->event, 0));
    cut_code(b->row, "second", cudaEventRecord(b->event, b->nonBlocking));
    cudaError_t code = cudaStreamSynchronize(b->stream2);
    cut_returned(b->row, "call");
    return code;
}

// The other way round: the event is idle at the wait, and busy afterwards.
static cudaError_t wait_then_record_behind_hold(struct cut_bench *b)
{
    cut_code(b->row, "first", cudaEventRecord(b->event, b->stream2));
    cut_hold(b->row, b->stream);
    cut_code(b->row, "wait", cudaStreamWaitEvent(b->nonBlocking, b->event, 0));
    cut_code(b->row, "second", cudaEventRecord(b->event, b->stream));
    cudaError_t code = cudaStreamSynchronize(b->nonBlocking);
    cut_returned(b->row, "call");
    return code;
}

static cudaError_t wait_unrecorded(struct cut_bench *b)
{
    cut_hold(b->row, b->stream);
    cut_code(b->row, "wait", cudaStreamWaitEvent(b->stream2, b->event, 0));
    cudaError_t code = cudaStreamSynchronize(b->stream2);
    cut_returned(b->row, "call");
    return code;
}

// An event in the legacy stream carries the blocking streams.
static cudaError_t record_legacy(struct cut_bench *b)
{
    cut_hold(b->row, b->stream);
    cut_code(b->row, "record", cudaEventRecord(b->event, cudaStreamLegacy));
    cudaError_t code = cudaEventSynchronize(b->event);
    cut_returned(b->row, "call");
    return code;
}

static cudaError_t query_pending(struct cut_bench *b)
{
    cut_hold(b->row, b->stream);
    cut_code(b->row, "record", cudaEventRecord(b->event, b->stream));
    cudaError_t code = cudaEventQuery(b->event);
    cut_returned(b->row, "call");
    return code;
}

static cudaError_t destroy_pending(struct cut_bench *b)
{
    cut_hold(b->row, b->stream);
    cut_code(b->row, "record", cudaEventRecord(b->event, b->stream));
    cudaError_t code = cudaEventDestroy(b->event);
    b->event = NULL;
    cut_returned(b->row, "call");
    return code;
}

// The edge of a wait outlives its event.
static cudaError_t destroy_waited(struct cut_bench *b)
{
    cut_hold(b->row, b->stream);
    cudaEventRecord(b->event, b->stream);
    cudaStreamWaitEvent(b->stream2, b->event, 0);
    cut_code(b->row, "destroy", cudaEventDestroy(b->event));
    b->event = NULL;
    cudaError_t code = cudaStreamSynchronize(b->stream2);
    cut_returned(b->row, "call");
    return code;
}

// Elapsed time between the bench's event and a second one with `flags`, recorded as asked.
static cudaError_t elapsed(struct cut_bench *b, unsigned flags, bool isFirstRecorded, bool isSecondRecorded, bool isHeld)
{
    cudaEvent_t second;
    float milliseconds = -1;
    if (!CUT_PREPARE(b->row, cudaEventCreateWithFlags(&second, flags)))
        return cudaErrorUnknown;
    if (isFirstRecorded)
        cut_code(b->row, "first", cudaEventRecord(b->event, b->stream));
    if (isHeld)
        cut_hold(b->row, b->stream);
    if (isSecondRecorded)
        cut_code(b->row, "second", cudaEventRecord(second, b->stream));
    if (!isHeld)
        cudaDeviceSynchronize();
    cudaError_t code = cudaEventElapsedTime(&milliseconds, b->event, second);
    if (isHeld)
        cut_returned(b->row, "call");
    if (code == cudaSuccess)
        cut_text(b->row, "time", milliseconds >= 0 ? "not negative" : "negative");
    cut_release();
    cudaEventDestroy(second);
    return code;
}

static cudaError_t create(unsigned flags)
{
    cudaEvent_t event;
    cudaError_t code = cudaEventCreateWithFlags(&event, flags);
    if (code == cudaSuccess)
        cudaEventDestroy(event);
    return code;
}

#define CALLS(X)                                                                                                      \
    X(recordNull, "cudaEventRecord of NULL", cudaEventRecord(NULL, b->stream))                                        \
    X(queryNull, "cudaEventQuery of NULL", cudaEventQuery(NULL))                                                      \
    X(synchronizeNull, "cudaEventSynchronize of NULL", cudaEventSynchronize(NULL))                                    \
    X(waitNull, "cudaStreamWaitEvent of NULL", cudaStreamWaitEvent(b->stream, NULL, 0))                               \
    X(destroyNull, "cudaEventDestroy of NULL", cudaEventDestroy(NULL))                                                \
    X(createNull, "cudaEventCreate to NULL", cudaEventCreate(NULL))                                                   \
    X(createInvalidFlags, "flags that do not exist", create(0x100))                                                   \
    X(createInterprocess, "interprocess without cudaEventDisableTiming", create(cudaEventInterprocess))               \
    X(createInterprocessUntimed, "interprocess with it", create(cudaEventInterprocess | cudaEventDisableTiming))      \
    X(waitInvalidFlags, "cudaStreamWaitEvent with flags 2", cudaStreamWaitEvent(b->stream, b->event, 2))              \
    X(queryUnrecorded, "cudaEventQuery before any record", cudaEventQuery(b->event))                                  \
    X(synchronizeUnrecorded, "cudaEventSynchronize before any record", cudaEventSynchronize(b->event))                \
    X(waitUnrecorded, "a wait before any record", wait_unrecorded(b))                                                 \
    X(queryPending, "cudaEventQuery behind the hold", query_pending(b))                                               \
    X(recordThenWork, "work behind the record", record_then_work(b))                                                  \
    X(recordAgain, "recorded again in an idle stream", record_again(b))                                               \
    X(waitThenRecordAgain, "waited for, then recorded again", wait_then_record_again(b))                              \
    X(waitThenRecordBehindHold, "waited for, then recorded behind the hold", wait_then_record_behind_hold(b))         \
    X(recordLegacy, "recorded in the legacy stream", record_legacy(b))                                                \
    X(destroyPending, "destroyed while pending", destroy_pending(b))                                                  \
    X(destroyWaited, "destroyed while waited for", destroy_waited(b))                                                 \
    X(elapsed, "both recorded and complete", elapsed(b, cudaEventDefault, true, true, false))                         \
    X(elapsedFirstUnrecorded, "the first never recorded", elapsed(b, cudaEventDefault, false, true, false))           \
    X(elapsedSecondUnrecorded, "the second never recorded", elapsed(b, cudaEventDefault, true, false, false))         \
    X(elapsedUntimed, "the second without timing", elapsed(b, cudaEventDisableTiming, true, true, false))             \
    X(elapsedPending, "the second not complete", elapsed(b, cudaEventDefault, true, true, true))                      \
    X(elapsedNull, "to NULL", cudaEventElapsedTime(NULL, b->event, b->event))

CALLS(CUT_CALL_FUNCTION)

void cut_add_events(struct cut_list *list)
{
    static const struct cut_call_row rows[] = {CALLS(CUT_CALL_ROW)};
    cut_add_calls(list, "2.4", "", rows, CUT_COUNT(rows), false);
}
