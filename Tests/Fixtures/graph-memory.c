// Memory of graphs: allocated and freed in one graph, allocated in one and freed outside, by the next launch or by
// another graph, and what is refused on the way.
//
// build: gcc 13
// finds: nothing
// prints: freed inside: 3 launches
// prints: freed outside: 2 launches
// prints: freed by the next launch: 2 launches
// prints: freed by another graph: 2 launches
// prints: captured: 2 launches
#include "fixture.h"

enum { size = 4096 };

// A graph that allocates, sets the memory to `value` and copies it to `to`. Gives the address.
static char *allocating(cudaGraph_t graph, int value, char *to, cudaGraphNode_t *last) {
    struct cudaMemAllocNodeParams memory = {.bytesize = size};
    memory.poolProps.allocType = cudaMemAllocationTypePinned;
    memory.poolProps.location.type = cudaMemLocationTypeDevice;
    cudaGraphNode_t allocate, set;
    CHECK(cudaGraphAddMemAllocNode(&allocate, graph, NULL, 0, &memory));
    struct cudaMemsetParams fill = {.dst = memory.dptr, .value = value, .elementSize = 1, .width = size, .height = 1};
    CHECK(cudaGraphAddMemsetNode(&set, graph, &allocate, 1, &fill));
    CHECK(cudaGraphAddMemcpyNode1D(last, graph, &set, 1, to, memory.dptr, size, cudaMemcpyDeviceToHost));
    return memory.dptr;
}

// Launches; whether the bytes came.
static int launch(cudaGraphExec_t exec, cudaStream_t stream, char *to, int value) {
    memset(to, 0, size);
    CHECK(cudaGraphLaunch(exec, stream));
    CHECK(cudaStreamSynchronize(stream));
    return filled(to, size, value);
}

int main(void) {
    char *to = pinned(size, 0);
    cudaStream_t stream;
    CHECK(cudaStreamCreate(&stream));
    cudaGraph_t graph;
    cudaGraphExec_t exec, none;
    cudaGraphNode_t last, freed;

    CHECK(cudaGraphCreate(&graph, 0));
    char *memory = allocating(graph, 'a', to, &last);
    CHECK(cudaGraphAddMemFreeNode(&freed, graph, &last, 1, memory));
    FAILS(cudaErrorInvalidValue, cudaGraphAddMemFreeNode(&freed, graph, &last, 1, memory));
    CHECK(cudaGraphInstantiate(&exec, graph, 0));
    FAILS(cudaErrorNotSupported, cudaGraphInstantiate(&none, graph, 0));
    int right = 0;
    for (int i = 0; i < 3; i++) right += launch(exec, stream, to, 'a');
    printf("freed inside: %d launches\n", right);
    CHECK(cudaGraphExecDestroy(exec));
    CHECK(cudaGraphDestroy(graph));

    CHECK(cudaGraphCreate(&graph, 0));
    memory = allocating(graph, 'b', to, &last);
    CHECK(cudaGraphInstantiate(&exec, graph, 0));
    right = launch(exec, stream, to, 'b');
    FAILS(cudaErrorInvalidValue, cudaGraphLaunch(exec, stream));
    CHECK(cudaMemcpyAsync(to, memory, size, cudaMemcpyDeviceToHost, stream));
    CHECK(cudaFreeAsync(memory, stream));
    right += launch(exec, stream, to, 'b');
    CHECK(cudaFree(memory));
    printf("freed outside: %d launches\n", right);
    CHECK(cudaGraphExecDestroy(exec));

    CHECK(cudaGraphInstantiate(&exec, graph, cudaGraphInstantiateFlagAutoFreeOnLaunch));
    right = launch(exec, stream, to, 'b');
    right += launch(exec, stream, to, 'b');
    printf("freed by the next launch: %d launches\n", right);
    CHECK(cudaFreeAsync(memory, stream));
    CHECK(cudaGraphExecDestroy(exec));

    // The other graph reads the memory before it frees it.
    cudaGraph_t taking;
    cudaGraphExec_t take;
    CHECK(cudaGraphInstantiate(&exec, graph, 0));
    CHECK(cudaGraphCreate(&taking, 0));
    CHECK(cudaGraphAddMemcpyNode1D(&last, taking, NULL, 0, to, memory, size, cudaMemcpyDeviceToHost));
    CHECK(cudaGraphAddMemFreeNode(&freed, taking, &last, 1, memory));
    CHECK(cudaGraphInstantiate(&take, taking, 0));
    right = 0;
    for (int i = 0; i < 2; i++) {
        CHECK(cudaGraphLaunch(exec, stream));
        right += launch(take, stream, to, 'b');
    }
    printf("freed by another graph: %d launches\n", right);
    CHECK(cudaGraphExecDestroy(take));
    CHECK(cudaGraphDestroy(taking));
    CHECK(cudaGraphExecDestroy(exec));
    CHECK(cudaGraphDestroy(graph));

    CHECK(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal));
    CHECK(cudaMallocAsync((void **)&memory, size, stream));
    CHECK(cudaMemsetAsync(memory, 'c', size, stream));
    CHECK(cudaMemcpyAsync(to, memory, size, cudaMemcpyDeviceToHost, stream));
    CHECK(cudaFreeAsync(memory, stream));
    CHECK(cudaStreamEndCapture(stream, &graph));
    CHECK(cudaGraphInstantiate(&exec, graph, 0));
    right = launch(exec, stream, to, 'c');
    right += launch(exec, stream, to, 'c');
    printf("captured: %d launches\n", right);
    CHECK(cudaGraphExecDestroy(exec));
    CHECK(cudaGraphDestroy(graph));
    return 0;
}
