// The bench: streams, an event and two buffers of each common class; streams of which one is held; and the probes that
// are one call on a bench.

#include "conformance.h"

#include <stdlib.h>
#include <string.h>

// Makes `*bytes` a buffer of the bench.
static bool make_buffer(struct cut_bench *bench, unsigned char **bytes, enum cut_class class, enum cut_pattern pattern)
{
    struct cut_buffer buffer;
    bool isMade = cut_allocate(bench->row, &buffer, class, CUT_BENCH_BYTES, pattern);
    *bytes = buffer.bytes;
    return isMade;
}

bool cut_bench_open(struct cut_bench *bench, struct cut_row *row)
{
    memset(bench, 0, sizeof *bench);
    bench->row = row;
    return CUT_PREPARE(row, cudaStreamCreate(&bench->stream)) && CUT_PREPARE(row, cudaStreamCreate(&bench->stream2)) &&
           CUT_PREPARE(row, cudaStreamCreateWithFlags(&bench->nonBlocking, cudaStreamNonBlocking)) &&
           CUT_PREPARE(row, cudaEventCreate(&bench->event)) &&
           make_buffer(bench, &bench->device, CUT_DEVICE, CUT_OLD) &&
           make_buffer(bench, &bench->device2, CUT_DEVICE, CUT_NEW) &&
           make_buffer(bench, &bench->pinned, CUT_PINNED, CUT_OLD) &&
           make_buffer(bench, &bench->pinned2, CUT_PINNED, CUT_NEW) &&
           make_buffer(bench, &bench->pageable, CUT_PAGEABLE, CUT_OLD) &&
           make_buffer(bench, &bench->pageable2, CUT_PAGEABLE, CUT_NEW);
}

void cut_bench_close(struct cut_bench *bench)
{
    cut_release();
    cudaStream_t streams[] = {bench->stream, bench->stream2, bench->nonBlocking};
    for (size_t i = 0; i < CUT_COUNT(streams); i++) {
        if (streams[i])
            cudaStreamDestroy(streams[i]);
    }
    if (bench->event)
        cudaEventDestroy(bench->event);
    cut_free(&(struct cut_buffer){bench->device, CUT_BENCH_BYTES, CUT_DEVICE});
    cut_free(&(struct cut_buffer){bench->device2, CUT_BENCH_BYTES, CUT_DEVICE});
    cut_free(&(struct cut_buffer){bench->pinned, CUT_BENCH_BYTES, CUT_PINNED});
    cut_free(&(struct cut_buffer){bench->pinned2, CUT_BENCH_BYTES, CUT_PINNED});
    free(bench->pageable);
    free(bench->pageable2);
}

const char *const cut_held_names[CUT_HELD_COUNT] = {"own", "blocking", "nonBlocking"};

bool cut_open_streams(struct cut_row *row, struct cut_streams *streams, enum cut_held held, bool isAsync)
{
    unsigned flags = held == CUT_NON_BLOCKING ? cudaStreamNonBlocking : cudaStreamDefault;
    *streams = (struct cut_streams){NULL, NULL};
    return CUT_PREPARE(row, cudaStreamCreate(&streams->own)) &&
           CUT_PREPARE(row, cudaStreamCreateWithFlags(&streams->other, flags)) &&
           CUT_PREPARE(row, cudaDeviceSynchronize()) &&
           cut_hold(row, held != CUT_OWN ? streams->other : isAsync ? streams->own : NULL);
}

void cut_close_streams(struct cut_streams *streams)
{
    cut_release();
    if (streams->own)
        cudaStreamDestroy(streams->own);
    if (streams->other)
        cudaStreamDestroy(streams->other);
}

static void run_call(struct cut_row *row, const struct cut_probe *probe)
{
    struct cut_bench bench;
    if (cut_bench_open(&bench, row))
        cut_code(row, "code", probe->call(&bench));
    cut_bench_close(&bench);
}

void cut_add_calls(struct cut_list *list, const char *section, const char *prefix, const struct cut_call_row *rows,
                   size_t count, bool isAlone)
{
    for (size_t i = 0; i < count; i++) {
        struct cut_probe probe = {.section = section,
                                  .what = rows[i].what,
                                  .run = run_call,
                                  .call = rows[i].call,
                                  .isAlone = isAlone};
        cut_add(list, probe, "%s/%s%s", section, prefix, rows[i].name);
    }
}
