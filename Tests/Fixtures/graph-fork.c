// A capture that forks through events and joins again: two uploads run side by side in the graph, and the download comes
// after both. The racy program never lets the download wait for the second upload, though that stream joins in the end.
//
// build: gcc 13
// twin: fixed
// finds: CT505 error at launch after launch
// fixed: nothing
// prints: 4 nodes, 2 roots
// prints: 3 edges
#include "fixture.h"

enum { size = 4096 };

int main(void) {
    char *from = pinned(2 * size, 7), *to = pinned(2 * size, 0);
    char *memory = zeroed(2 * size), *last = zeroed(size);
    cudaStream_t stream, side;
    cudaEvent_t fork, join;
    CHECK(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
    CHECK(cudaStreamCreateWithFlags(&side, cudaStreamNonBlocking));
    CHECK(cudaEventCreateWithFlags(&fork, cudaEventDisableTiming));
    CHECK(cudaEventCreateWithFlags(&join, cudaEventDisableTiming));

    cudaGraph_t graph;
    CHECK(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));
    CHECK(cudaEventRecord(fork, stream));
    CHECK(cudaStreamWaitEvent(side, fork, 0));
    CHECK(cudaMemcpyAsync(memory, from, size, cudaMemcpyHostToDevice, stream));
    CHECK(cudaMemcpyAsync(memory + size, from + size, size, cudaMemcpyHostToDevice, side));
    CHECK(cudaEventRecord(join, side));
#ifdef FIXED
    CHECK(cudaStreamWaitEvent(stream, join, 0));
#endif
    CHECK(cudaMemcpyAsync(to, memory, 2 * size, cudaMemcpyDeviceToHost, stream));
#ifndef FIXED
    CHECK(cudaStreamWaitEvent(stream, join, 0));
#endif
    CHECK(cudaMemsetAsync(last, 0, size, stream));
    CHECK(cudaStreamEndCapture(stream, &graph));

    size_t nodes = 0, roots = 0, edges = 0;
    CHECK(cudaGraphGetNodes(graph, NULL, &nodes));
    CHECK(cudaGraphGetRootNodes(graph, NULL, &roots));
    CHECK(cudaGraphGetEdges(graph, NULL, NULL, NULL, &edges));
    printf("%zu nodes, %zu roots\n", nodes, roots);
    printf("%zu edges\n", edges);

    cudaGraphExec_t exec;
    CHECK(cudaGraphInstantiate(&exec, graph, 0));
    CHECK(cudaGraphLaunch(exec, stream)); // @launch
    CHECK(cudaStreamSynchronize(stream));
    CHECK(cudaGraphExecDestroy(exec));
    CHECK(cudaGraphDestroy(graph));
    return 0;
}
