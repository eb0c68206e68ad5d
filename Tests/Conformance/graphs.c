// Graphs that copy (2.5): what a captured copy reads and when, how launches are ordered, what a node refuses.

#include "conformance.h"

// Captures one copy of `size` bytes and instantiates it. The code of the first call that fails.
static cudaError_t capture_copy(struct cut_bench *b, void *to, const void *from, size_t size, cudaGraphExec_t *exec)
{
    cudaGraph_t graph = NULL;
    *exec = NULL;
    cudaError_t code = cudaStreamBeginCapture(b->stream, cudaStreamCaptureModeRelaxed);
    if (!cut_prepared(b->row, "cudaStreamBeginCapture", code))
        return code;
    cudaMemcpyAsync(to, from, size, cudaMemcpyDefault, b->stream);
    code = cudaStreamEndCapture(b->stream, &graph);
    if (code == cudaSuccess)
        code = cudaGraphInstantiate(exec, graph, 0);
    if (graph)
        cudaGraphDestroy(graph);
    return code;
}

// The source changes between capture and launch, and between two launches: a launch reads what is there then.
static cudaError_t copy_per_launch(struct cut_bench *b, unsigned char *from)
{
    cudaGraphExec_t exec;
    cudaError_t code = capture_copy(b, b->device, from, CUT_BENCH_BYTES, &exec);
    if (code != cudaSuccess)
        return code;
    struct cut_buffer source = {from, CUT_BENCH_BYTES, CUT_PINNED}, target = {b->device, CUT_BENCH_BYTES, CUT_DEVICE};
    for (enum cut_pattern pattern = CUT_OLD; pattern <= CUT_NEW; pattern++) {
        cut_fill(&source, pattern);
        cut_code(b->row, pattern == CUT_OLD ? "launch1" : "launch2", cudaGraphLaunch(exec, b->stream));
        cudaStreamSynchronize(b->stream);
        cut_describe_buffer(b->row, pattern == CUT_OLD ? "bytes1" : "bytes2", &target);
    }
    return cudaGraphExecDestroy(exec);
}

// Nothing is copied by the capture itself.
static cudaError_t capture_only(struct cut_bench *b)
{
    cudaGraphExec_t exec;
    cudaError_t code = capture_copy(b, b->device, b->device2, CUT_BENCH_BYTES, &exec);
    struct cut_buffer target = {b->device, CUT_BENCH_BYTES, CUT_DEVICE};
    cudaDeviceSynchronize();
    cut_describe_buffer(b->row, "bytes", &target);
    if (exec)
        cudaGraphExecDestroy(exec);
    return code;
}

// A launch waits for what is before it in its stream.
static cudaError_t launch_behind_hold(struct cut_bench *b)
{
    cudaGraphExec_t exec;
    cudaError_t code = capture_copy(b, b->pinned, b->device2, CUT_BENCH_BYTES, &exec);
    if (code != cudaSuccess)
        return code;
    cut_hold(b->row, b->stream);
    code = cudaGraphLaunch(exec, b->stream);
    cut_returned(b->row, "call");
    cut_text(b->row, "atReturn", cut_describe(b->pinned, CUT_BENCH_BYTES));
    cut_release();
    cut_text(b->row, "bytes", cut_describe(b->pinned, CUT_BENCH_BYTES));
    cudaGraphExecDestroy(exec);
    return code;
}

// The same exec in another stream waits for its earlier launch.
static cudaError_t launch_twice(struct cut_bench *b)
{
    cudaGraphExec_t exec;
    cudaError_t code = capture_copy(b, b->pinned, b->device2, CUT_BENCH_BYTES, &exec);
    if (code != cudaSuccess)
        return code;
    cut_hold(b->row, b->stream);
    cut_code(b->row, "launch1", cudaGraphLaunch(exec, b->stream));
    cut_code(b->row, "launch2", cudaGraphLaunch(exec, b->nonBlocking));
    code = cudaStreamSynchronize(b->nonBlocking);
    cut_returned(b->row, "call");
    cut_release();
    cudaGraphExecDestroy(exec);
    return code;
}

// The target is freed between instantiation and launch.
static cudaError_t launch_after_free(struct cut_bench *b)
{
    cudaGraphExec_t exec;
    cudaError_t code = capture_copy(b, b->device, b->device2, CUT_BENCH_BYTES, &exec);
    if (code != cudaSuccess)
        return code;
    cudaFree(b->device2);
    b->device2 = NULL;
    code = cudaGraphLaunch(exec, b->stream);
    cut_code(b->row, "synchronize", cudaStreamSynchronize(b->stream));
    return code;
}

// Adds a linear copy node of `size` bytes from `offset`; checked when it is added.
static cudaError_t add_copy(struct cut_bench *b, size_t offset, size_t size, enum cudaMemcpyKind kind)
{
    cudaGraph_t graph;
    cudaGraphNode_t node;
    if (!CUT_PREPARE(b->row, cudaGraphCreate(&graph, 0)))
        return cudaErrorUnknown;
    cudaError_t code = cudaGraphAddMemcpyNode1D(&node, graph, NULL, 0, b->device, b->device2 + offset, size, kind);
    if (code == cudaSuccess) {
        cudaGraphExec_t exec = NULL;
        cut_code(b->row, "instantiate", cudaGraphInstantiate(&exec, graph, 0));
        if (exec)
            cudaGraphExecDestroy(exec);
    }
    cudaGraphDestroy(graph);
    return code;
}

#define CALLS(X)                                                                                                       \
    X(captureOnly, "a captured copy is not made", capture_only(b))                                                     \
    X(pinnedPerLaunch, "a captured copy from pinned memory", copy_per_launch(b, b->pinned))                            \
    X(pageablePerLaunch, "a captured copy from pageable memory", copy_per_launch(b, b->pageable))                      \
    X(launchBehindHold, "cudaGraphLaunch in the held stream", launch_behind_hold(b))                                   \
    X(launchTwice, "one exec in two streams", launch_twice(b))                                                         \
    X(launchAfterFree, "the source was freed", launch_after_free(b))                                                   \
    X(addCopy, "a copy node", add_copy(b, 0, CUT_BENCH_BYTES, cudaMemcpyDeviceToDevice))                               \
    X(addCopyZero, "a copy node of no bytes", add_copy(b, 0, 0, cudaMemcpyDeviceToDevice))                             \
    X(addCopyOutside, "a copy node one byte too long", add_copy(b, 0, CUT_BENCH_BYTES + 1, cudaMemcpyDeviceToDevice))  \
    X(addCopyOffset, "a copy node at an offset, one byte too long",                                                    \
      add_copy(b, 16, CUT_BENCH_BYTES - 15, cudaMemcpyDeviceToDevice))                                                 \
    X(addCopyBadKind, "a copy node of kind 5", add_copy(b, 0, 64, (enum cudaMemcpyKind)5))                             \
    X(launchNull, "cudaGraphLaunch of NULL", cudaGraphLaunch(NULL, b->stream))

CALLS(CUT_CALL_FUNCTION)

void cut_add_graphs(struct cut_list *list)
{
    static const struct cut_call_row rows[] = {CALLS(CUT_CALL_ROW)};
    cut_add_calls(list, "2.5", "graph/", rows, CUT_COUNT(rows), true);
}
