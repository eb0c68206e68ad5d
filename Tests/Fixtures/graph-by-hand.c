// A graph by hand: every kind of node that needs no kernel, edges, a clone, a child graph, and what may be changed in an
// executable graph and what may not. The program checks each result.
//
// build: gcc 13
// finds: CT107 error at outside
// finds: CT504 error at elsewhere
// prints: from host to host: z
// prints: retargeted: y
// prints: disabled: w
// prints: updated: x
// prints: cloned: z
// prints: host function ran 5 times
#include "fixture.h"

enum { size = 4096 };

static int calls;

static void count(void *data) {
    (void)data;
    calls++;
}

// The byte that all of `bytes` are; '?' when they differ.
static char only(const char *bytes) { return filled(bytes, size, bytes[0]) ? bytes[0] : '?'; }

static void launch(const char *what, cudaGraphExec_t exec, cudaStream_t stream, char *to) {
    memset(to, 0, size);
    CHECK(cudaGraphLaunch(exec, stream));
    CHECK(cudaStreamSynchronize(stream));
    printf("%s: %c\n", what, only(to));
}

int main(void) {
    char *from = pinned(size, 'z'), *other = pinned(size, 'y'), *to = pinned(size, 0);
    char *memory = zeroed(2 * size);
    cudaStream_t stream;
    cudaEvent_t done;
    CHECK(cudaStreamCreate(&stream));
    CHECK(cudaEventCreate(&done));

    // from -> memory (child graph) -> memory + size -> to, an event and a host function.
    cudaGraph_t graph, inner;
    cudaGraphNode_t clear, upload, child, across, download, record, call, inInner;
    CHECK(cudaGraphCreate(&graph, 0));
    CHECK(cudaGraphCreate(&inner, 0));
    struct cudaMemsetParams zero = {.dst = memory, .value = 0, .elementSize = 1, .width = 2 * size, .height = 1};
    CHECK(cudaGraphAddMemsetNode(&clear, graph, NULL, 0, &zero));
    CHECK(cudaGraphAddMemcpyNode1D(&inInner, inner, NULL, 0, memory, from, size, cudaMemcpyHostToDevice));
    CHECK(cudaGraphAddChildGraphNode(&child, graph, &clear, 1, inner));
    CHECK(cudaGraphDestroy(inner));
    CHECK(cudaGraphAddEmptyNode(&upload, graph, &child, 1));
    CHECK(cudaGraphAddMemcpyNode1D(&across, graph, NULL, 0, memory + size, memory, size, cudaMemcpyDeviceToDevice));
    CHECK(cudaGraphAddDependencies(graph, &upload, &across, NULL, 1));
    CHECK(cudaGraphAddMemcpyNode1D(&download, graph, &across, 1, to, memory + size, size, cudaMemcpyDeviceToHost));
    CHECK(cudaGraphAddEventRecordNode(&record, graph, &download, 1, done));
    struct cudaHostNodeParams host = {.fn = count};
    CHECK(cudaGraphAddHostNode(&call, graph, &record, 1, &host));

    // What a graph refuses: no bytes, too many, an edge that is there, a node of another graph.
    cudaGraphNode_t none;
    FAILS(cudaErrorInvalidValue,
          cudaGraphAddMemcpyNode1D(&none, graph, NULL, 0, memory, from, 0, cudaMemcpyHostToDevice));
    struct cudaMemsetParams more = zero;
    more.width++;
    FAILS(cudaErrorInvalidValue, cudaGraphAddMemsetNode(&none, graph, NULL, 0, &more)); // @outside
    FAILS(cudaErrorInvalidValue, cudaGraphAddDependencies(graph, &upload, &across, NULL, 1));
    FAILS(cudaErrorInvalidValue, cudaGraphAddDependencies(graph, &inInner, &across, NULL, 1));

    cudaGraphExec_t exec;
    CHECK(cudaGraphInstantiate(&exec, graph, 0));
    launch("from host to host", exec, stream, to);
    CHECK(cudaEventQuery(done));

    // A copy may read other memory of the same kind, but not write memory of another.
    CHECK(cudaGraphExecMemcpyNodeSetParams1D(exec, across, memory + size, memory, size, cudaMemcpyDeviceToDevice));
    void *there = memory + size;
    FAILS(cudaErrorInvalidValue, // @elsewhere
          cudaGraphExecMemcpyNodeSetParams1D(exec, download, memory, there, size, cudaMemcpyDeviceToDevice));
    cudaGraph_t changed;
    CHECK(cudaGraphCreate(&changed, 0));
    CHECK(cudaGraphAddMemcpyNode1D(&none, changed, NULL, 0, memory, other, size, cudaMemcpyHostToDevice));
    CHECK(cudaGraphExecChildGraphNodeSetParams(exec, child, changed));
    launch("retargeted", exec, stream, to);

    // What a disabled node does not write stays.
    CHECK(cudaGraphNodeSetEnabled(exec, across, 0));
    CHECK(cudaGraphNodeSetEnabled(exec, clear, 0));
    unsigned isEnabled = 1;
    CHECK(cudaGraphNodeGetEnabled(exec, across, &isEnabled));
    FAILS(cudaErrorInvalidValue, cudaGraphNodeSetEnabled(exec, call, 0));
    CHECK(cudaMemset(memory + size, 'w', size));
    CHECK(cudaDeviceSynchronize());
    launch("disabled", exec, stream, to);
    CHECK(cudaGraphNodeSetEnabled(exec, across, 1));
    if (isEnabled) return 1;

    // An update takes the parameters of a graph of the same shape, and refuses another.
    cudaGraphExecUpdateResultInfo info;
    memset(from, 'x', size);
    CHECK(cudaGraphExecUpdate(exec, graph, &info));
    launch("updated", exec, stream, to);
    FAILS(cudaErrorGraphExecUpdateFailure, cudaGraphExecUpdate(exec, changed, &info));
    if (info.result != cudaGraphExecUpdateErrorTopologyChanged) return 1;

    // A clone is a graph of its own.
    cudaGraph_t clone;
    cudaGraphExec_t second;
    cudaGraphNode_t same;
    memset(from, 'z', size);
    CHECK(cudaGraphClone(&clone, graph));
    CHECK(cudaGraphNodeFindInClone(&same, call, clone));
    CHECK(cudaGraphDestroyNode(call));
    enum cudaGraphNodeType type;
    CHECK(cudaGraphNodeGetType(same, &type));
    if (type != cudaGraphNodeTypeHost) return 1;
    CHECK(cudaGraphInstantiate(&second, clone, 0));
    launch("cloned", second, stream, to);
    printf("host function ran %d times\n", calls);

    CHECK(cudaGraphExecDestroy(exec));
    CHECK(cudaGraphExecDestroy(second));
    CHECK(cudaGraphDestroy(graph));
    CHECK(cudaGraphDestroy(clone));
    CHECK(cudaGraphDestroy(changed));
    return 0;
}
