// The last error (2.14): what keeps it, what resets it, whose it is.

#include "conformance.h"

#include <pthread.h>

// A call that fails and does no harm.
static cudaError_t fail(struct cut_bench *b)
{
    return cudaMemcpy(b->device, b->device2, CUT_BENCH_BYTES + 1, cudaMemcpyDeviceToDevice);
}

static cudaError_t peek(struct cut_bench *b)
{
    fail(b);
    cut_code(b->row, "peek1", cudaPeekAtLastError());
    cut_code(b->row, "peek2", cudaPeekAtLastError());
    cut_code(b->row, "get1", cudaGetLastError());
    cut_code(b->row, "get2", cudaGetLastError());
    return cudaPeekAtLastError();
}

// A success between does not reset it.
static cudaError_t success_between(struct cut_bench *b)
{
    fail(b);
    cut_code(b->row, "success", cudaMemcpy(b->device, b->device2, 64, cudaMemcpyDeviceToDevice));
    return cudaGetLastError();
}

// A second failure replaces the first.
static cudaError_t two_failures(struct cut_bench *b)
{
    fail(b);
    cut_code(b->row, "second", cudaEventQuery(NULL));
    return cudaGetLastError();
}

static cudaError_t not_ready(struct cut_bench *b)
{
    cut_hold(b->row, b->stream);
    cut_code(b->row, "query", cudaStreamQuery(b->stream));
    return cudaGetLastError();
}

static void *get_elsewhere(void *code)
{
    *(cudaError_t *)code = cudaGetLastError();
    return NULL;
}

static cudaError_t other_thread(struct cut_bench *b)
{
    pthread_t thread;
    cudaError_t code = cudaErrorUnknown;
    fail(b);
    if (pthread_create(&thread, NULL, get_elsewhere, &code) == 0)
        pthread_join(thread, NULL);
    cut_code(b->row, "own", cudaGetLastError());
    return code;
}

// A failed copy leaves the stream as it was: what follows is made.
static cudaError_t copy_after_failure(struct cut_bench *b)
{
    cut_code(b->row, "failure",
             cudaMemcpyAsync(b->device, b->device2, CUT_BENCH_BYTES + 1, cudaMemcpyDefault, b->stream));
    cudaMemcpyAsync(b->device, b->device2, CUT_BENCH_BYTES, cudaMemcpyDefault, b->stream);
    cudaError_t code = cudaStreamSynchronize(b->stream);
    cut_describe_buffer(b->row, "bytes", &(struct cut_buffer){b->device, CUT_BENCH_BYTES, CUT_DEVICE});
    return code;
}

static void CUDART_CB call_cuda(void *code)
{
    *(volatile cudaError_t *)code = cudaStreamQuery(NULL);
}

static cudaError_t call_in_callback(struct cut_bench *b)
{
    volatile cudaError_t code = cudaErrorUnknown;
    cut_code(b->row, "launch", cudaLaunchHostFunc(b->stream, call_cuda, (void *)&code));
    cut_code(b->row, "synchronize", cudaStreamSynchronize(b->stream));
    return code;
}

static cudaError_t set_device(int device)
{
    cudaError_t code = cudaSetDevice(device);
    cudaSetDevice(0);
    return code;
}

#define CALLS(X)                                                                                                   \
    X(peek, "cudaPeekAtLastError, then cudaGetLastError, twice each", peek(b))                                     \
    X(successBetween, "a success after the failure", success_between(b))                                           \
    X(twoFailures, "two failures", two_failures(b))                                                                \
    X(notReady, "after cudaErrorNotReady", not_ready(b))                                                           \
    X(otherThread, "in another thread", other_thread(b))                                                           \
    X(copyAfterFailure, "a copy behind a failed one", copy_after_failure(b))                                       \
    X(setDevice, "cudaSetDevice(99)", set_device(99))                                                              \
    X(setDeviceNegative, "cudaSetDevice(-1)", set_device(-1))

#define RISKY(X) X(callInCallback, "cudaStreamQuery in a host function", call_in_callback(b))

CALLS(CUT_CALL_FUNCTION)
RISKY(CUT_CALL_FUNCTION)

void cut_add_errors(struct cut_list *list)
{
    static const struct cut_call_row rows[] = {CALLS(CUT_CALL_ROW)}, risky[] = {RISKY(CUT_CALL_ROW)};
    cut_add_calls(list, "2.14", "", rows, CUT_COUNT(rows), false);
    cut_add_calls(list, "2.14", "", risky, CUT_COUNT(risky), true);
}
