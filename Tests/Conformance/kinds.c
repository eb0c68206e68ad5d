// Every kind with every pair of memory classes (2.13): the code and whether the bytes arrived.
//
// Most pairs contradict the kind, which the documentation calls undefined; a crash is the outcome of its row.

#include "conformance.h"

enum { BYTES = 4096 };

static const char *const kindNames[] = {"hostToHost", "hostToDevice", "deviceToHost", "deviceToDevice", "default"};

// arguments: kind, destination class, source class, whether asynchronous
static void run(struct cut_row *row, const struct cut_probe *probe)
{
    enum cudaMemcpyKind kind = (enum cudaMemcpyKind)probe->arguments[0];
    struct cut_buffer to = {0}, from = {0};
    cudaStream_t stream = NULL;
    if (cut_allocate(row, &to, probe->arguments[1], BYTES, CUT_OLD) &&
        cut_allocate(row, &from, probe->arguments[2], BYTES, CUT_NEW) && CUT_PREPARE(row, cudaStreamCreate(&stream))) {
        cut_code(row, "code", probe->arguments[3] ? cudaMemcpyAsync(to.bytes, from.bytes, BYTES, kind, stream)
                                                  : cudaMemcpy(to.bytes, from.bytes, BYTES, kind));
        cudaError_t code = cudaDeviceSynchronize();
        cut_code(row, "synchronize", code);
        if (code == cudaSuccess)
            cut_describe_buffer(row, "bytes", &to);
    }
    cut_free(&to);
    cut_free(&from);
    if (stream)
        cudaStreamDestroy(stream);
}

void cut_add_kinds(struct cut_list *list)
{
    for (int isAsync = 0; isAsync < 2; isAsync++) {
        for (int kind = 0; kind < (int)CUT_COUNT(kindNames); kind++) {
            for (int to = 0; to < CUT_CLASS_COUNT; to++) {
                for (int from = 0; from < CUT_CLASS_COUNT; from++) {
                    struct cut_probe probe = {
                        .section = "2.13",
                        .what = "a copy to the first class from the second with a kind that may contradict them",
                        .run = run,
                        .arguments = {kind, to, from, isAsync},
                    };
                    cut_add(list, probe, "2.13/%s/%s/%s-%s", isAsync ? "memcpyAsync" : "memcpy", kindNames[kind],
                            cut_class_names[to], cut_class_names[from]);
                }
            }
        }
    }
}
