// A pipeline is captured once and launched again and again: each launch reads what its pinned source holds then. Nothing
// is copied by the capture itself.
//
// build: gcc 13
// finds: nothing
// prints: captured: 3 nodes, nothing ran
// prints: 4 launches
#include "fixture.h"

enum { size = 4096, launches = 4 };

int main(void) {
    char *from = pinned(size, 1), *to = pinned(size, 0);
    char *memory = zeroed(2 * size);
    cudaStream_t stream;
    CHECK(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));

    cudaGraph_t graph;
    cudaGraphExec_t exec;
    size_t nodes = 0;
    CHECK(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal));
    CHECK(cudaMemcpyAsync(memory, from, size, cudaMemcpyHostToDevice, stream));
    CHECK(cudaMemcpyAsync(memory + size, memory, size, cudaMemcpyDeviceToDevice, stream));
    CHECK(cudaMemcpyAsync(to, memory + size, size, cudaMemcpyDeviceToHost, stream));
    CHECK(cudaStreamEndCapture(stream, &graph));
    CHECK(cudaGraphGetNodes(graph, NULL, &nodes));
    CHECK(cudaStreamSynchronize(stream));
    printf("captured: %zu nodes, %s\n", nodes, filled(to, size, 0) ? "nothing ran" : "something ran");
    CHECK(cudaGraphInstantiate(&exec, graph, 0));
    CHECK(cudaGraphDestroy(graph));

    int right = 0;
    for (int i = 0; i < launches; i++) {
        memset(from, 'a' + i, size);
        CHECK(cudaGraphLaunch(exec, stream));
        CHECK(cudaStreamSynchronize(stream));
        right += filled(to, size, 'a' + i);
    }
    printf("%d launches\n", right);
    CHECK(cudaGraphExecDestroy(exec));
    return 0;
}
