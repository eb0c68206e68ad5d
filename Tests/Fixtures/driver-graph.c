// The driver API: a captured upload and download is launched twice, between which the source changes; memory comes from
// a pool, in the order of a stream. The racy program launches while the memory is being set in another stream.
//
// build: driver 13
// twin: fixed
// finds: CT505 error at launch after set
// fixed: nothing
// prints: a graph of 3 nodes
// prints: 1 2
#include "driver.h"

int main(void) {
    CUdevice device;
    CUcontext context;
    CUmemoryPool pool;
    CUstream stream, other;
    CUdeviceptr memory;
    CUgraph graph;
    CUgraphExec exec;
    CUstreamCaptureStatus status;
    size_t nodes = 0;
    char *from, *to;
    DRIVE(cuInit(0));
    DRIVE(cuDeviceGet(&device, 0));
    DRIVE(cuDevicePrimaryCtxRetain(&context, device));
    DRIVE(cuCtxSetCurrent(context));
    DRIVE(cuMemAllocHost((void **)&from, 4096));
    DRIVE(cuMemAllocHost((void **)&to, 8192));
    DRIVE(cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING));
    DRIVE(cuStreamCreate(&other, CU_STREAM_NON_BLOCKING));
    CUmemPoolProps properties = {
        .allocType = CU_MEM_ALLOCATION_TYPE_PINNED, .location = {.type = CU_MEM_LOCATION_TYPE_DEVICE, .id = device}};
    DRIVE(cuMemPoolCreate(&pool, &properties));
    DRIVE(cuMemAllocFromPoolAsync(&memory, 4096, pool, stream));
    DRIVE(cuStreamSynchronize(stream));

    DRIVE(cuStreamBeginCapture(stream, CU_STREAM_CAPTURE_MODE_GLOBAL));
    DRIVE(cuMemsetD8Async(memory, 0, 4096, stream));
    DRIVE(cuMemcpyHtoDAsync(memory, from, 4096, stream));
    DRIVE(cuMemcpyDtoHAsync(to, memory, 4096, stream));
    DRIVE(cuStreamIsCapturing(stream, &status));
    if (status != CU_STREAM_CAPTURE_STATUS_ACTIVE) return 1;
    DRIVE(cuStreamEndCapture(stream, &graph));
    DRIVE(cuGraphGetNodes(graph, NULL, &nodes));
    printf("a graph of %zu nodes\n", nodes);
    DRIVE(cuGraphInstantiate(&exec, graph, 0));

    DRIVE(cuMemsetD32Async(memory, 9, 1024, other)); // @set
#ifdef FIXED
    DRIVE(cuStreamSynchronize(other));
#endif
    memset(from, 1, 4096);
    DRIVE(cuGraphLaunch(exec, stream)); // @launch
    DRIVE(cuStreamSynchronize(stream));
    int first = to[0];
    memset(from, 2, 4096);
    DRIVE(cuGraphLaunch(exec, stream));
    DRIVE(cuStreamSynchronize(stream));
    printf("%d %d\n", first, to[0]);

    DRIVE(cuStreamSynchronize(other));
    DRIVE(cuGraphExecDestroy(exec));
    DRIVE(cuGraphDestroy(graph));
    DRIVE(cuMemFreeAsync(memory, stream));
    DRIVE(cuStreamSynchronize(stream));
    DRIVE(cuMemPoolDestroy(pool));
    DRIVE(cuMemFreeHost(from));
    DRIVE(cuMemFreeHost(to));
    DRIVE(cuDevicePrimaryCtxRelease(device));
    return 0;
}
