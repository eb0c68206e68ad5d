// Calls every function of the driver once, with arguments of zero: linked with the fake driver. With `watched`, uploads
// and downloads, and touches the host's side of both; with `memory` and `graphs`, calls what takes structures.
#include "cutape_cuda.h"
#include "cutape_cuda_driver.h"
#include "cutape_map.h"
#include "fake_cudart.h"
#include "rows.h"

#include <string.h>

#define CUT_PROTOTYPE(symbol, returns, parameters) CUTReturns_##returns symbol(CUT_DECLARATIONS(parameters));
#define CUT_PROTOTYPES_none(name, ...) CUT_PROTOTYPE(name, __VA_ARGS__)
#define CUT_PROTOTYPES_ptsz(name, ...) CUT_PROTOTYPE(name, __VA_ARGS__) CUT_PROTOTYPE(name##_ptsz, __VA_ARGS__)
#define CUT_PROTOTYPES_ptds(name, ...) CUT_PROTOTYPE(name, __VA_ARGS__) CUT_PROTOTYPE(name##_ptds, __VA_ARGS__)
#define CUT_API(id, name, majors, also, effect, returns, body, parameters, fields) \
    CUT_ROW_##body(majors, CUT_PROTOTYPES_##also(name, returns, parameters))
#include "cutape_api.def"

#define CUT_ZERO(type, name, role) (type){0}
#define CUT_CALL(symbol, parameters) symbol(CUT_EACH_COMMA(CUT_ZERO, parameters));
#define CUT_CALLS_none(name, parameters) CUT_CALL(name, parameters)
#define CUT_CALLS_ptsz(name, parameters) CUT_CALL(name, parameters) CUT_CALL(name##_ptsz, parameters)
#define CUT_CALLS_ptds(name, parameters) CUT_CALL(name, parameters) CUT_CALL(name##_ptds, parameters)

static volatile char memory[2][64];

static void watched(void) {
    cuMemcpyHtoDAsync_v2(0x1000, (const void *)memory[0], 64, 0);
    memory[0][7] = 1;
    cuMemcpyDtoHAsync_v2((void *)memory[1], 0x1000, 64, 0);
    (void)memory[1][0];
}

static void structures(void) {
    CUmemoryPool pool = (CUmemoryPool)0x77; // where it is handed out
    CUmemPoolProps properties = {.allocType = 1, .location = {1, 2}};
    cuMemPoolCreate(&pool, &properties);
    CUmemAccessDesc access[2] = {{{1, 3}, 3}, {{1, 4}, 0}};
    cuMemPoolSetAccess(pool, access, 2);
    uint64_t threshold = 1ull << 33;
    cuMemPoolSetAttribute(pool, 4, &threshold);
    CUmemLocation location = {2, 0};
    cuMemSetMemPool(&location, 1, pool);
    CUdeviceptr pointers[2] = {0x1000, 0x2000};
    size_t sizes[2] = {64, 65}, indexes[2] = {0, 1};
    CUmemLocation locations[2] = {{1, 5}, {2, 0}};
    cuMemPrefetchBatchAsync(pointers, sizes, 2, locations, indexes, 2, 0, (CUstream)8);
    CUmemGenericAllocationHandle memory = 0x88;
    CUmemAllocationProp kind = {.type = 1, .location = {1, 6}};
    cuMemCreate(&memory, 0x200000, &kind, 0);
    cuMemSetAccess(0x1000, 0x200000, access, 1);
    CUDA_MEMCPY3D_BATCH_OP box = {
        .src = {.type = 1, .op.ptr = {(void *)1, 2, 3, {0, 0}}}, .dst = {.type = 2, .op.array = {(cudaArray_t)4, {5, 6, 7}}},
        .extent = {8, 9, 10}, .srcAccessOrder = 2};
    cuMemcpy3DBatchAsync_v2(1, &box, 0, (CUstream)8);
}

#define NODE(number) ((CUgraphNode)(number))

static void fillGraphs(const char *symbol, void **arguments) {
    if (strcmp(symbol, "cuModuleGetFunction") == 0) { **(CUfunction **)arguments[0] = (CUfunction)0x66; }
    if (strcmp(symbol, "cuStreamGetCaptureInfo_v3") == 0) {
        static CUgraphNode nodes[1] = {NODE(0xd)};
        **(int **)arguments[1] = 1;
        **(CUgraph **)arguments[3] = (CUgraph)9;
        **(const CUgraphNode ***)arguments[4] = nodes;
        **(size_t **)arguments[6] = 1;
    }
    if (strcmp(symbol, "cuGraphAddNode_v2") == 0) { (*(CUgraphNodeParams **)arguments[5])->common.alloc.dptr = (void *)0x5000; }
}

// The structures in which the two interfaces differ, and one that is alike.
static void graphs(void) {
    cudaFakeSetHook(fillGraphs);
    CUgraph graph = (CUgraph)9;
    CUgraphExec exec = (CUgraphExec)0xe;
    CUgraphNode nodes[2] = {NODE(0xa), NODE(0xb)}, node = NODE(0x77); // where it is handed out
    CUDA_MEMCPY3D copy = {
        .srcXInBytes = 1, .srcY = 2, .srcZ = 3, .srcMemoryType = CU_MEMORYTYPE_HOST, .srcHost = (void *)4,
        .srcDevice = 99, .srcPitch = 5, .srcHeight = 6, .dstXInBytes = 7, .dstY = 8, .dstZ = 9,
        .dstMemoryType = CU_MEMORYTYPE_ARRAY, .dstDevice = 98, .dstArray = (CUarray)10, .dstPitch = 11, .dstHeight = 12,
        .WidthInBytes = 13, .Height = 14, .Depth = 15};
    cuGraphAddMemcpyNode(&node, graph, nodes, 2, &copy, 0);
    cuGraphExecMemcpyNodeSetParams(exec, node, &copy, 0);
    CUgraphNodeParams any = {.memcpy.copyParams = copy};
    any.common.type = cudaGraphNodeTypeMemcpy;
    cuGraphAddNode(&node, graph, nodes, 2, &any);
    any = (CUgraphNodeParams){.common = {.type = cudaGraphNodeTypeMemAlloc, .alloc = {.bytesize = 64}}};
    cuGraphAddNode_v2(&node, graph, 0, 0, 0, &any);
    cuGraphAddNode(&node, graph, 0, 0, 0);

    CUfunction function;
    cuModuleGetFunction(&function, 0, "_Z5scalePKfPfi");
    void *source = (void *)0x111, *target = (void *)0x222;
    int count = 3;
    void *list[] = {&source, &target, &count};
    CUDA_KERNEL_NODE_PARAMS kernel = {{function, 1, 2, 3, 4, 5, 6, 7, list, 0}, 0, 0};
    cuGraphAddKernelNode_v2(&node, graph, nodes, 1, &kernel);
    kernel.v1.func = 0, kernel.kern = (CUkernel)function;
    any = (CUgraphNodeParams){.kernel = kernel};
    cuGraphNodeSetParams(node, &any);
    CUDA_MEMSET_NODE_PARAMS fill = {(void *)1, 2, 3, 4, 5, 6};
    cuGraphExecMemsetNodeSetParams(exec, node, &fill, 0);

    CUstreamCaptureStatus status;
    const CUgraphNode *dependencies;
    size_t dependencyCount;
    cuStreamGetCaptureInfo_v3((CUstream)5, &status, 0, &graph, &dependencies, 0, &dependencyCount);
}

int main(int count, char **arguments) {
    static const struct {
        const char *name;
        void (*run)(void);
    } modes[] = {{"watched", watched}, {"memory", structures}, {"graphs", graphs}};
    for (unsigned mode = 0; mode < sizeof modes / sizeof modes[0]; ++mode) {
        if (count < 2 || strcmp(arguments[1], modes[mode].name) != 0) { continue; }
        modes[mode].run();
        return 0;
    }
#define CUT_API(id, name, majors, also, effect, returns, body, parameters, fields) \
    CUT_ROW_##body(majors, CUT_CALLS_##also(name, parameters))
#include "cutape_api.def"
    return 0;
}
