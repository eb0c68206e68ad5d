// Asks the driver what a program may ask and moves bytes with it, through NVIDIA's own declarations, and lets it meet the
// runtime: ends with status 0 when every answer is what a program can use.
#include <cuda.h>
#include <cuda_runtime_api.h>
#include <stdio.h>
#include <string.h>

#include "want.h"

static void beforeInitialization(void) {
    int count, version;
    CUdeviceptr d;
    CUcontext context;
    WANT(cuDeviceGetCount(&count) == CUDA_ERROR_NOT_INITIALIZED);
    WANT(cuMemAlloc(&d, 64) == CUDA_ERROR_NOT_INITIALIZED);
    WANT(cuCtxGetCurrent(&context) == CUDA_ERROR_NOT_INITIALIZED);
    DO(cuDriverGetVersion(&version));
    WANT(version == 13000);
    const char *text;
    DO(cuGetErrorName(CUDA_ERROR_INVALID_CONTEXT, &text));
    WANT(strcmp(text, "CUDA_ERROR_INVALID_CONTEXT") == 0);
    DO(cuGetErrorString(CUDA_ERROR_INVALID_CONTEXT, &text));
    WANT(strcmp(text, "invalid device context") == 0);
    WANT(cuGetErrorName((CUresult)98, &text) == CUDA_ERROR_INVALID_VALUE && text == NULL);
    WANT(cuInit(1) == CUDA_ERROR_INVALID_VALUE);
    DO(cuInit(0));
    DO(cuInit(0));
}

static void devices(void) {
    int count, value;
    DO(cuDeviceGetCount(&count));
    WANT(count == 2);
    CUdevice device;
    DO(cuDeviceGet(&device, 1));
    WANT(device == 1 && cuDeviceGet(&device, 2) == CUDA_ERROR_INVALID_DEVICE);
    char name[64];
    DO(cuDeviceGetName(name, sizeof name, 0));
    WANT(strcmp(name, "cutape emulated device") == 0);
    DO(cuDeviceGetName(name, 7, 0));
    WANT(strcmp(name, "cutape") == 0);
    CUuuid first, second;
    DO(cuDeviceGetUuid(&first, 0));
    DO(cuDeviceGetUuid(&second, 1));
    WANT(memcmp(&first, &second, sizeof first) != 0);
    struct cudaDeviceProp properties;
    WANT(cudaGetDeviceProperties(&properties, 0) == cudaSuccess);
    WANT(memcmp(&first, &properties.uuid, sizeof first) == 0);
    size_t bytes;
    DO(cuDeviceTotalMem(&bytes, 0));
    WANT(bytes == properties.totalGlobalMem);
    DO(cuDeviceGetAttribute(&value, CU_DEVICE_ATTRIBUTE_WARP_SIZE, 0));
    WANT(value == 32);
    DO(cuDeviceGetAttribute(&value, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, 0));
    WANT(value == 9);
    WANT(cuDeviceGetAttribute(&value, CU_DEVICE_ATTRIBUTE_WARP_SIZE, 9) == CUDA_ERROR_INVALID_DEVICE);
    DO(cuDeviceGetPCIBusId(name, sizeof name, 1));
    DO(cuDeviceGetByPCIBusId(&device, name));
    WANT(device == 1);
    DO(cuDeviceCanAccessPeer(&value, 0, 1));
    WANT(value == 1);
}

static void contexts(void) {
    CUcontext none, primary, again, own, popped;
    CUdevice device;
    CUdeviceptr d;
    unsigned int flags;
    int isActive;
    DO(cuCtxGetCurrent(&none));
    WANT(none == NULL);
    WANT(cuCtxGetDevice(&device) == CUDA_ERROR_INVALID_CONTEXT);
    WANT(cuMemAlloc(&d, 64) == CUDA_ERROR_INVALID_CONTEXT);
    WANT(cuCtxSynchronize() == CUDA_ERROR_INVALID_CONTEXT);
    WANT(cuCtxPopCurrent(&popped) == CUDA_ERROR_INVALID_CONTEXT);
    DO(cuDevicePrimaryCtxGetState(1, &flags, &isActive));
    WANT(!isActive);
    DO(cuDevicePrimaryCtxRetain(&primary, 1));
    DO(cuDevicePrimaryCtxRetain(&again, 1));
    WANT(primary != NULL && primary == again);
    DO(cuDevicePrimaryCtxGetState(1, &flags, &isActive));
    WANT(isActive);
    DO(cuCtxGetCurrent(&none));
    WANT(none == NULL);
    DO(cuCtxSetCurrent(primary));
    DO(cuCtxGetDevice(&device));
    WANT(device == 1);
    DO(cuCtxCreate(&own, NULL, 0, 0));
    WANT(own != primary);
    DO(cuCtxGetDevice(&device));
    WANT(device == 0);
    DO(cuCtxGetCurrent(&again));
    WANT(again == own);
    DO(cuCtxPopCurrent(&popped));
    WANT(popped == own);
    DO(cuCtxPushCurrent(own));
    DO(cuCtxPopCurrent(NULL));
    DO(cuCtxGetCurrent(&again));
    WANT(again == primary);
    WANT(cuCtxDestroy(primary) == CUDA_ERROR_INVALID_CONTEXT);
    DO(cuCtxDestroy(own));
    WANT(cuCtxSetCurrent(own) == CUDA_ERROR_INVALID_CONTEXT);
    DO(cuDevicePrimaryCtxRelease(1));
    DO(cuDevicePrimaryCtxRelease(1));
    WANT(cuDevicePrimaryCtxRelease(1) == CUDA_ERROR_INVALID_CONTEXT);
    DO(cuCtxSetCurrent(NULL));
    WANT(cuCtxSynchronize() == CUDA_ERROR_INVALID_CONTEXT);
}

static void called(void *data) { *(int *)data += 1; }
static void CUDA_CB calledWith(CUstream stream, CUresult status, void *data) {
    if (stream != NULL && status == CUDA_SUCCESS) { called(data); }
}

static void memory(void) {
    CUcontext context;
    DO(cuDevicePrimaryCtxRetain(&context, 0));
    DO(cuCtxSetCurrent(context));
    CUdeviceptr d, e, base;
    size_t size, left, all;
    WANT(cuMemAlloc(&d, 0) == CUDA_ERROR_INVALID_VALUE);
    DO(cuMemGetInfo(&left, &all));
    WANT(left <= all);
    DO(cuMemAlloc(&d, 4096));
    DO(cuMemAlloc(&e, 4096));
    DO(cuMemGetAddressRange(&base, &size, d + 100));
    WANT(base == d && size == 4096);
    DO(cuMemGetAddressRange(NULL, &size, d));
    int *h;
    DO(cuMemHostAlloc((void **)&h, 4096, CU_MEMHOSTALLOC_PORTABLE));
    CUstream s;
    CUevent before, after;
    DO(cuStreamCreate(&s, CU_STREAM_NON_BLOCKING));
    DO(cuEventCreate(&before, CU_EVENT_DEFAULT));
    DO(cuEventCreate(&after, CU_EVENT_DEFAULT));
    DO(cuMemsetD32(d, 7, 1024));
    DO(cuCtxSynchronize());
    DO(cuEventRecord(before, s));
    DO(cuMemcpyAsync(e, d, 4096, s));
    DO(cuMemcpyDtoHAsync(h, e, 4096, s));
    DO(cuEventRecord(after, s));
    WANT(cuStreamQuery(s) == CUDA_ERROR_NOT_READY);
    DO(cuEventSynchronize(after));
    float milliseconds = -1;
    DO(cuEventElapsedTime(&milliseconds, before, after));
    WANT(milliseconds >= 0);
    WANT(h[0] == 7 && h[1023] == 7);
    unsigned int flags;
    CUcontext of;
    DO(cuStreamGetFlags(s, &flags));
    WANT(flags == CU_STREAM_NON_BLOCKING);
    DO(cuStreamGetCtx(s, &of));
    WANT(of == context);
    int calls = 0;
    DO(cuLaunchHostFunc(s, called, &calls));
    DO(cuStreamAddCallback(s, calledWith, &calls, 0));
    DO(cuStreamSynchronize(s));
    WANT(calls == 2);

    CUmemorytype type;
    CUdeviceptr start;
    unsigned int isManaged = 0;
    void *values[] = {&type, &start, &isManaged};
    CUpointer_attribute wanted[] = {
        CU_POINTER_ATTRIBUTE_MEMORY_TYPE, CU_POINTER_ATTRIBUTE_RANGE_START_ADDR, CU_POINTER_ATTRIBUTE_IS_MANAGED};
    DO(cuPointerGetAttributes(3, wanted, values, d + 8));
    WANT(type == CU_MEMORYTYPE_DEVICE && start == d && !isManaged);
    DO(cuPointerGetAttribute(&type, CU_POINTER_ATTRIBUTE_MEMORY_TYPE, (CUdeviceptr)h));
    WANT(type == CU_MEMORYTYPE_HOST);
    WANT(cuPointerGetAttribute(&type, CU_POINTER_ATTRIBUTE_MEMORY_TYPE, (CUdeviceptr)&calls) == CUDA_ERROR_INVALID_VALUE);
    DO(cuPointerGetAttributes(3, wanted, values, (CUdeviceptr)&calls));
    WANT(type == 0 && start == 0);

    CUarray array;
    CUDA_ARRAY_DESCRIPTOR shape = {.Width = 16, .Height = 4, .Format = CU_AD_FORMAT_FLOAT, .NumChannels = 1}, got;
    DO(cuArrayCreate(&array, &shape));
    DO(cuArrayGetDescriptor(&got, array));
    WANT(got.Width == 16 && got.Height == 4);
    for (int i = 0; i < 64; ++i) { h[i] = i; }
    CUDA_MEMCPY2D up = {
        .srcMemoryType = CU_MEMORYTYPE_HOST, .srcHost = h, .srcPitch = 64, .dstMemoryType = CU_MEMORYTYPE_ARRAY,
        .dstArray = array, .WidthInBytes = 64, .Height = 4};
    DO(cuMemcpy2D(&up));
    memset(h, 0, 4096);
    DO(cuMemcpyAtoH(h, array, 0, 64));
    WANT(h[15] == 15);
    WANT(cuMemcpy2D(NULL) == CUDA_ERROR_INVALID_VALUE);
    DO(cuArrayDestroy(array));
    DO(cuMemFreeHost(h));
    DO(cuMemFree(e));
    DO(cuMemFree(d));
    WANT(cuMemFree(d) == CUDA_ERROR_INVALID_VALUE);
    WANT(cudaPeekAtLastError() == cudaSuccess);
    DO(cuEventDestroy(before));
    DO(cuStreamDestroy(s));
    DO(cuCtxSetCurrent(NULL));
}

static void kernels(void) {
    CUcontext context;
    DO(cuDevicePrimaryCtxRetain(&context, 0));
    DO(cuCtxSetCurrent(context));
    CUmodule module;
    CUfunction function;
    WANT(cuModuleLoad(&module, "/nowhere/at.all") == CUDA_ERROR_FILE_NOT_FOUND);
    DO(cuModuleLoadData(&module, "not read"));
    DO(cuModuleGetFunction(&function, module, "_Z1kPf"));
    int registers;
    DO(cuFuncGetAttribute(&registers, CU_FUNC_ATTRIBUTE_NUM_REGS, function));
    WANT(registers > 0);
    DO(cuLaunchKernel(function, 1, 1, 1, 32, 1, 1, 0, NULL, NULL, NULL));
    WANT(cuLaunchKernel(function, 0, 1, 1, 32, 1, 1, 0, NULL, NULL, NULL) == CUDA_ERROR_INVALID_VALUE);
    WANT(cuLaunchKernel(NULL, 1, 1, 1, 32, 1, 1, 0, NULL, NULL, NULL) == CUDA_ERROR_INVALID_HANDLE);
    DO(cuModuleUnload(module));
    DO(cuCtxSetCurrent(NULL));
}

static void graphs(void) {
    CUcontext context;
    CUstream s;
    CUgraph graph, captured;
    CUgraphNode node, second, nodes[4], from[4], to[4];
    CUgraphExec exec;
    CUdeviceptr d;
    char *h;
    size_t count = 4;
    DO(cuDevicePrimaryCtxRetain(&context, 0));
    DO(cuCtxSetCurrent(context));
    DO(cuMemAlloc(&d, 64));
    DO(cuMemAllocHost((void **)&h, 64));
    DO(cuStreamCreate(&s, CU_STREAM_NON_BLOCKING));

    CUstreamCaptureStatus status;
    cuuint64_t id;
    const CUgraphNode *last;
    const CUgraphEdgeData *edges;
    DO(cuStreamBeginCapture(s, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL));
    DO(cuMemsetD8Async(d, 5, 64, s));
    DO(cuStreamGetCaptureInfo(s, &status, &id, &captured, &last, &edges, &count));
    WANT(status == CU_STREAM_CAPTURE_STATUS_ACTIVE && count == 1 && captured != NULL);
    DO(cuStreamEndCapture(s, &captured));
    DO(cuGraphDestroy(captured));

    DO(cuGraphCreate(&graph, 0));
    CUDA_MEMSET_NODE_PARAMS fill = {.dst = d, .value = 3, .elementSize = 1, .width = 64, .height = 1};
    DO(cuGraphAddMemsetNode(&node, graph, NULL, 0, &fill, context));
    CUDA_MEMCPY3D copy = {
        .srcMemoryType = CU_MEMORYTYPE_DEVICE, .srcDevice = d, .dstMemoryType = CU_MEMORYTYPE_HOST, .dstHost = h,
        .WidthInBytes = 64, .Height = 1, .Depth = 1};
    DO(cuGraphAddMemcpyNode(&second, graph, &node, 1, &copy, context));
    WANT(cuGraphAddMemcpyNode(&second, graph, &node, 1, NULL, context) == CUDA_ERROR_INVALID_VALUE);
    count = 4;
    DO(cuGraphGetNodes(graph, nodes, &count));
    WANT(count == 2 && nodes[0] == node && nodes[2] == NULL);
    count = 4;
    DO(cuGraphGetEdges(graph, from, to, NULL, &count));
    WANT(count == 1 && from[0] == node && to[0] == second);
    CUgraphNodeType type;
    DO(cuGraphNodeGetType(second, &type));
    WANT(type == CU_GRAPH_NODE_TYPE_MEMCPY);
    DO(cuGraphInstantiate(&exec, graph, 0));
    CUgraphExecUpdateResultInfo info;
    DO(cuGraphExecUpdate(exec, graph, &info));
    WANT(info.result == CU_GRAPH_EXEC_UPDATE_SUCCESS);
    DO(cuGraphLaunch(exec, s));
    DO(cuStreamSynchronize(s));
    WANT(h[0] == 3 && h[63] == 3);

    CUmemoryPool pool;
    cuuint64_t threshold = 4096, kept = 0;
    DO(cuDeviceGetDefaultMemPool(&pool, 0));
    DO(cuMemPoolSetAttribute(pool, CU_MEMPOOL_ATTR_RELEASE_THRESHOLD, &threshold));
    DO(cuMemPoolGetAttribute(pool, CU_MEMPOOL_ATTR_RELEASE_THRESHOLD, &kept));
    WANT(kept == threshold);
    CUmemAccess_flags access;
    CUmemLocation place = {.type = CU_MEM_LOCATION_TYPE_DEVICE, .id = 0};
    DO(cuMemPoolGetAccess(&access, pool, &place));
    WANT(access == CU_MEM_ACCESS_FLAGS_PROT_READWRITE);
    DO(cuCtxSetCurrent(NULL));
}

static void virtualMemory(void) {
    CUcontext context;
    CUdeviceptr space;
    CUmemGenericAllocationHandle handle;
    size_t unit;
    unsigned long long flags;
    char bytes[16] = {4}, back[16] = {0};
    CUmemAllocationProp properties = {
        .type = CU_MEM_ALLOCATION_TYPE_PINNED, .location = {.type = CU_MEM_LOCATION_TYPE_DEVICE, .id = 0}};
    CUmemAccessDesc access = {.location = properties.location, .flags = CU_MEM_ACCESS_FLAGS_PROT_READWRITE};
    DO(cuDevicePrimaryCtxRetain(&context, 0));
    DO(cuCtxSetCurrent(context));
    int isSupported;
    DO(cuDeviceGetAttribute(&isSupported, CU_DEVICE_ATTRIBUTE_VIRTUAL_MEMORY_MANAGEMENT_SUPPORTED, 0));
    WANT(isSupported);
    DO(cuMemGetAllocationGranularity(&unit, &properties, CU_MEM_ALLOC_GRANULARITY_MINIMUM));
    DO(cuMemAddressReserve(&space, 2 * unit, 0, 0, 0));
    DO(cuMemCreate(&handle, unit, &properties, 0));
    WANT(cuMemCreate(&handle, unit, NULL, 0) == CUDA_ERROR_INVALID_VALUE);
    DO(cuMemMap(space, unit, 0, handle, 0));
    DO(cuMemSetAccess(space, unit, &access, 1));
    DO(cuMemGetAccess(&flags, &properties.location, space));
    WANT(flags == CU_MEM_ACCESS_FLAGS_PROT_READWRITE);
    DO(cuMemcpyHtoD(space, bytes, 16));
    DO(cuMemcpyDtoH(back, space, 16));
    WANT(back[0] == 4);
    WANT(cuMemcpyHtoD(space + unit, bytes, 16) != CUDA_SUCCESS);
    DO(cuMemUnmap(space, unit));
    DO(cuMemRelease(handle));
    DO(cuMemAddressFree(space, 2 * unit));
    DO(cuCtxSetCurrent(NULL));
}

// The runtime and the driver speak of the same things.
static void together(void) {
    CUcontext current, primary;
    int device;
    void *d;
    char bytes[16], back[16];
    WANT(cudaSetDevice(1) == cudaSuccess);
    DO(cuCtxGetCurrent(&current));
    DO(cuDevicePrimaryCtxRetain(&primary, 1));
    WANT(current == primary && current != NULL);
    WANT(cudaMalloc(&d, 16) == cudaSuccess);
    memset(bytes, 3, sizeof bytes);
    DO(cuMemcpyHtoD((CUdeviceptr)d, bytes, 16));
    WANT(cudaMemcpy(back, d, 16, cudaMemcpyDeviceToHost) == cudaSuccess);
    WANT(memcmp(bytes, back, 16) == 0);
    DO(cuPointerGetAttribute(&device, CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL, (CUdeviceptr)d));
    WANT(device == 1);
    cudaStream_t s;
    CUevent e;
    WANT(cudaStreamCreate(&s) == cudaSuccess);
    DO(cuEventCreate(&e, CU_EVENT_DISABLE_TIMING));
    DO(cuEventRecord(e, s));
    WANT(cudaEventSynchronize(e) == cudaSuccess);
    DO(cuStreamDestroy(s));
    WANT(cudaFree(d) == cudaSuccess);
    DO(cuDevicePrimaryCtxRetain(&primary, 0));
    DO(cuCtxSetCurrent(primary));
    WANT(cudaGetDevice(&device) == cudaSuccess && device == 0);
    DO(cuCtxSetCurrent(NULL));
    DO(cuCtxGetCurrent(&current));
    WANT(current == NULL);
    WANT(cudaFree(NULL) == cudaSuccess);
    DO(cuCtxGetCurrent(&current));
    WANT(current == primary);
}

static void resolvers(void) {
    void *plain, *perThread, *found;
    CUdriverProcAddressQueryResult status;
    DO(cuGetProcAddress("cuGetProcAddress", &found, 12000, 0, &status));
    WANT(found == (void *)cuGetProcAddress && status == CU_GET_PROC_ADDRESS_SUCCESS);
    CUresult (*old)(const char *, void **, int, cuuint64_t);
    DO(cuGetProcAddress("cuGetProcAddress", (void **)&old, 11030, 0, NULL));
    WANT((void *)old != found);
    DO(cuGetProcAddress("cuMemcpyAsync", &plain, 4000, 0, &status));
    WANT(plain == (void *)cuMemcpyAsync);
    DO(cuGetProcAddress("cuMemcpyAsync", &perThread, 7000, 2, &status));
    WANT(perThread != plain && perThread != NULL);
    DO(cuGetProcAddress("cuMemcpyAsync", &found, 4000, 2, &status));
    WANT(found == plain);
    DO(cuGetProcAddress("cuMemcpyAsync", &found, 13000, 1, &status));
    WANT(found == plain);
    DO(old("cuMemAlloc", &found, 4000, 0));
    WANT(found == (void *)cuMemAlloc);
    DO(cuGetProcAddress("cuMemcpyBatchAsync", &found, 12000, 0, &status));
    WANT(found == NULL && status == CU_GET_PROC_ADDRESS_VERSION_NOT_SUFFICIENT);
    DO(cuGetProcAddress("cuNoSuchFunction", &found, 13000, 0, &status));
    WANT(found == NULL && status == CU_GET_PROC_ADDRESS_SYMBOL_NOT_FOUND);
    WANT(old("cuNoSuchFunction", &found, 4000, 0) == CUDA_ERROR_NOT_FOUND);
    WANT(cuGetProcAddress("cuInit", &found, 99000, 0, &status) == CUDA_ERROR_INVALID_VALUE);
    const void *table = &table;
    CUuuid id = {{0}};
    WANT(cuGetExportTable(&table, &id) == CUDA_ERROR_NOT_FOUND && table == NULL);
    enum cudaDriverEntryPointQueryResult answer;
    WANT(cudaGetDriverEntryPointByVersion("cuMemcpyAsync", &found, 4000, cudaEnableDefault, &answer) == cudaSuccess);
    WANT(found == plain && answer == cudaDriverEntryPointSuccess);
    WANT(cudaGetDriverEntryPointByVersion("cuNone", &found, 4000, cudaEnableDefault, &answer) == cudaSuccess);
    WANT(answer == cudaDriverEntryPointSymbolNotFound);
}

int main(void) {
    beforeInitialization();
    devices();
    contexts();
    memory();
    kernels();
    graphs();
    virtualMemory();
    together();
    resolvers();
    puts("all as expected");
    return 0;
}
