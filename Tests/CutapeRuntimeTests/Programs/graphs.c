// Capture and graphs as programs use them: what a launch does, and what can be asked of a graph.
#include <cuda_runtime_api.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "want.h"

enum { SIZE = 64 };
static cudaStream_t stream;
static char *device, *host;

static void capture(void) {
    enum cudaStreamCaptureStatus status;
    enum cudaStreamCaptureMode mode = cudaStreamCaptureModeRelaxed;
    DO(cudaThreadExchangeStreamCaptureMode(&mode));
    WANT(mode == cudaStreamCaptureModeGlobal);
    DO(cudaThreadExchangeStreamCaptureMode(&mode));
    WANT(mode == cudaStreamCaptureModeRelaxed);
    WANT(cudaThreadExchangeStreamCaptureMode(NULL) == cudaErrorInvalidValue);
    DO(cudaStreamIsCapturing(stream, &status));
    WANT(status == cudaStreamCaptureStatusNone);
    DO(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));
    DO(cudaMemsetAsync(device, 7, SIZE, stream));
    unsigned long long id = 0;
    cudaGraph_t filled = NULL, graph = NULL;
    const cudaGraphNode_t *last = NULL;
    size_t count = 0;
#if CUT_MAJOR == 12
    DO(cudaStreamGetCaptureInfo_v2(stream, &status, &id, &filled, &last, &count));
#else
    const cudaGraphEdgeData *edges = NULL;
    DO(cudaStreamGetCaptureInfo(stream, &status, &id, &filled, &last, &edges, &count));
    WANT(edges != NULL && edges[0].type == 0);
#endif
    WANT(status == cudaStreamCaptureStatusActive && id != 0 && filled != NULL && count == 1);
    enum cudaGraphNodeType type;
    DO(cudaGraphNodeGetType(last[0], &type));
    WANT(type == cudaGraphNodeTypeMemset);
    DO(cudaMemcpyAsync(host, device, SIZE, cudaMemcpyDeviceToHost, stream));
    DO(cudaStreamEndCapture(stream, &graph));
    WANT(graph == filled && host[0] == 0);

    cudaGraphNode_t nodes[4] = {0}, roots[1];
    count = 4;
    DO(cudaGraphGetNodes(graph, nodes, &count));
    WANT(count == 2 && nodes[1] != NULL && nodes[2] == NULL);
    count = 1;
    DO(cudaGraphGetRootNodes(graph, roots, &count));
    WANT(count == 1 && roots[0] == nodes[0]);
    DO(cudaGraphGetNodes(graph, NULL, &count));
    WANT(count == 2 && cudaGraphGetNodes(graph, NULL, NULL) == cudaErrorInvalidValue);
    struct cudaMemcpy3DParms copy;
    DO(cudaGraphMemcpyNodeGetParams(nodes[1], &copy));
    WANT(copy.dstPtr.ptr == host && copy.srcPtr.ptr == device && copy.extent.width == SIZE && copy.extent.depth == 1);
    struct cudaMemsetParams fill;
    WANT(cudaGraphMemsetNodeGetParams(nodes[1], &fill) == cudaErrorInvalidValue);
    DO(cudaGraphMemsetNodeGetParams(nodes[0], &fill));
    WANT(fill.dst == device && fill.value == 7 && fill.elementSize == 1 && fill.width == SIZE && fill.height == 1);

    cudaGraphExec_t exec;
    DO(cudaGraphInstantiate(&exec, graph, 0));
    DO(cudaGraphLaunch(exec, stream));
    DO(cudaStreamSynchronize(stream));
    WANT(host[0] == 7 && host[SIZE - 1] == 7);
    fill.value = 9;
    DO(cudaGraphExecMemsetNodeSetParams(exec, nodes[0], &fill));
    DO(cudaGraphLaunch(exec, stream));
    DO(cudaStreamSynchronize(stream));
    WANT(host[0] == 9);
    cudaGraphExecUpdateResultInfo info;
    DO(cudaGraphExecUpdate(exec, graph, &info));
    WANT(info.result == cudaGraphExecUpdateSuccess);
    DO(cudaGraphExecDestroy(exec));
    DO(cudaGraphDestroy(graph));
}

static int called;
static void call(void *userData) { called += *(int *)userData; }

static void byHand(void) {
    cudaGraph_t graph;
    cudaGraphNode_t fill, copy, function, allocation, release, any;
    int amount = 5;
    DO(cudaGraphCreate(&graph, 0));
    struct cudaMemsetParams words = {.dst = device, .value = 0x01020304, .elementSize = 4, .width = SIZE / 4, .height = 1};
    DO(cudaGraphAddMemsetNode(&fill, graph, NULL, 0, &words));
    DO(cudaGraphAddMemcpyNode1D(&copy, graph, &fill, 1, host, device, SIZE, cudaMemcpyDeviceToHost));
    struct cudaHostNodeParams hostCall = {call, &amount};
    DO(cudaGraphAddHostNode(&function, graph, &copy, 1, &hostCall));
    WANT(cudaGraphAddHostNode(&function, graph, &copy, 1, NULL) == cudaErrorInvalidValue);
    WANT(cudaGraphAddEmptyNode(&any, graph, NULL, 1) == cudaErrorInvalidValue);

    struct cudaGraphNodeParams params = {.type = cudaGraphNodeTypeMemAlloc};
    params.alloc.poolProps = (struct cudaMemPoolProps){.allocType = cudaMemAllocationTypePinned,
                                                       .location = {cudaMemLocationTypeDevice, 0}};
    params.alloc.bytesize = SIZE;
#if CUT_MAJOR == 12
    DO(cudaGraphAddNode(&allocation, graph, NULL, 0, &params));
#else
    DO(cudaGraphAddNode(&allocation, graph, NULL, NULL, 0, &params));
#endif
    WANT(params.alloc.dptr != NULL);
    DO(cudaGraphAddMemFreeNode(&release, graph, &allocation, 1, params.alloc.dptr));
    void *freed = NULL;
    DO(cudaGraphMemFreeNodeGetParams(release, &freed));
    WANT(freed == params.alloc.dptr);
    struct cudaMemAllocNodeParams allocated;
    DO(cudaGraphMemAllocNodeGetParams(allocation, &allocated));
    WANT(allocated.bytesize == SIZE && allocated.dptr == freed);

#if CUT_MAJOR == 12
    DO(cudaGraphAddDependencies(graph, &release, &fill, 1));
    size_t count = 9;
    cudaGraphNode_t from[9], to[9];
    DO(cudaGraphGetEdges(graph, from, to, &count));
    WANT(count == 4);
    DO(cudaGraphNodeGetDependencies(fill, from, &count));
#else
    DO(cudaGraphAddDependencies(graph, &release, &fill, NULL, 1));
    size_t count = 9;
    cudaGraphNode_t from[9], to[9];
    cudaGraphEdgeData edges[9];
    DO(cudaGraphGetEdges(graph, from, to, edges, &count));
    WANT(count == 4 && edges[0].from_port == 0);
    DO(cudaGraphNodeGetDependencies(fill, from, NULL, &count));
#endif
    WANT(count == 1 && from[0] == release);

    cudaGraphExec_t exec;
    cudaGraphInstantiateParams how = {.flags = cudaGraphInstantiateFlagAutoFreeOnLaunch, .uploadStream = stream};
    DO(cudaGraphInstantiateWithParams(&exec, graph, &how));
    WANT(how.result_out == cudaGraphInstantiateSuccess);
    unsigned long long flags;
    DO(cudaGraphExecGetFlags(exec, &flags));
    WANT(flags == cudaGraphInstantiateFlagAutoFreeOnLaunch);
    unsigned int isEnabled = 0;
    DO(cudaGraphNodeGetEnabled(exec, fill, &isEnabled));
    WANT(isEnabled == 1);
    DO(cudaGraphLaunch(exec, stream));
    DO(cudaStreamSynchronize(stream));
    WANT(called == 5 && host[0] == 4 && host[SIZE - 1] == 1);
    DO(cudaGraphNodeSetEnabled(exec, fill, 0));
    DO(cudaGraphNodeGetEnabled(exec, fill, &isEnabled));
    WANT(isEnabled == 0);
    DO(cudaGraphExecDestroy(exec));
    WANT(cudaGraphDestroyNode(NULL) != cudaSuccess && cudaGetLastError() != cudaSuccess);
    DO(cudaGraphDestroy(graph));
}

static void child(void) {
    cudaGraph_t inner, outer, clone, owned;
    cudaGraphNode_t node, embedded, found;
    cudaEvent_t event, seen = NULL;
    DO(cudaEventCreate(&event));
    DO(cudaGraphCreate(&inner, 0));
    DO(cudaGraphAddEventRecordNode(&node, inner, NULL, 0, event));
    DO(cudaGraphEventRecordNodeGetEvent(node, &seen));
    WANT(seen == event && cudaGraphEventWaitNodeGetEvent(node, &seen) == cudaErrorInvalidValue);
    DO(cudaGraphClone(&clone, inner));
    DO(cudaGraphNodeFindInClone(&found, node, clone));
    WANT(found != node);
    DO(cudaGraphCreate(&outer, 0));
    DO(cudaGraphAddChildGraphNode(&embedded, outer, NULL, 0, inner));
    DO(cudaGraphChildGraphNodeGetGraph(embedded, &owned));
    WANT(owned != inner);
    DO(cudaGraphDestroy(inner));
    cudaGraphExec_t exec;
    DO(cudaGraphInstantiate(&exec, outer, 0));
    DO(cudaGraphLaunch(exec, stream));
    DO(cudaEventSynchronize(event));
    DO(cudaGraphExecDestroy(exec));
    DO(cudaGraphDestroy(outer));
    DO(cudaGraphDestroy(clone));
}

int main(void) {
    DO(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
    DO(cudaMalloc((void **)&device, SIZE));
    DO(cudaMallocHost((void **)&host, SIZE));
    memset(host, 0, SIZE);
    capture();
    byHand();
    child();
    DO(cudaDeviceSynchronize());
    puts("all as expected");
    return 0;
}
