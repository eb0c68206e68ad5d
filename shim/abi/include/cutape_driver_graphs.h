// The words of the driver's copies of two and three dimensions, of its capture and its graphs, as cutape_graphs.h has those
// of the runtime.
//
// Most functions of graphs have the parameters of the runtime's, so their words are written by the same code.
#ifndef CUTAPE_DRIVER_GRAPHS_H
#define CUTAPE_DRIVER_GRAPHS_H

#include "cutape_cuda_driver.h"
#include "cutape_graphs.h"

// Copies. The structure names the kind of memory of each side, and with it which of its pointers counts.

CUT_INLINE uint64_t cut_addressOf(CUmemorytype type, const void *_Nullable host, CUdeviceptr device) {
    return type == CU_MEMORYTYPE_HOST ? (uint64_t)host : type == CU_MEMORYTYPE_ARRAY ? 0 : device;
}

// cudaMemcpyKind of a copy between two kinds of memory; an unknown one is no direction.
CUT_INLINE uint32_t cut_direction(CUmemorytype destination, CUmemorytype source) {
    if (destination < CU_MEMORYTYPE_HOST || destination > CU_MEMORYTYPE_UNIFIED) { return UINT32_MAX; }
    if (source < CU_MEMORYTYPE_HOST || source > CU_MEMORYTYPE_UNIFIED) { return UINT32_MAX; }
    if (destination == CU_MEMORYTYPE_UNIFIED || source == CU_MEMORYTYPE_UNIFIED) { return cudaMemcpyDefault; }
    if (source == CU_MEMORYTYPE_HOST) {
        return destination == CU_MEMORYTYPE_HOST ? cudaMemcpyHostToHost : cudaMemcpyHostToDevice;
    }
    return destination == CU_MEMORYTYPE_HOST ? cudaMemcpyDeviceToHost : cudaMemcpyDeviceToDevice;
}

CUT_INLINE void cut_write_cuMemcpy2D_v2(CUTDraft *_Nonnull draft, const CUDA_MEMCPY2D *_Nullable pCopy) {
    cut_require(draft, pCopy);
    static const CUDA_MEMCPY2D none;
    const CUDA_MEMCPY2D *copy = draft->phase == CUT_WRITE && pCopy ? pCopy : &none;
    cut_word(draft, copy->srcMemoryType == CU_MEMORYTYPE_ARRAY ? (uint64_t)copy->srcArray : 0);
    cut_word(draft, copy->srcXInBytes);
    cut_word(draft, copy->srcY);
    cut_word(draft, cut_addressOf(copy->srcMemoryType, copy->srcHost, copy->srcDevice));
    cut_word(draft, copy->srcPitch);
    cut_word(draft, copy->dstMemoryType == CU_MEMORYTYPE_ARRAY ? (uint64_t)copy->dstArray : 0);
    cut_word(draft, copy->dstXInBytes);
    cut_word(draft, copy->dstY);
    cut_word(draft, cut_addressOf(copy->dstMemoryType, copy->dstHost, copy->dstDevice));
    cut_word(draft, copy->dstPitch);
    cut_word(draft, copy->WidthInBytes);
    cut_word(draft, copy->Height);
    cut_kind(draft, cut_direction(copy->dstMemoryType, copy->srcMemoryType));
}

CUT_INLINE void cut_write_cuMemcpy2DUnaligned_v2(CUTDraft *_Nonnull draft, const CUDA_MEMCPY2D *_Nullable pCopy) {
    cut_write_cuMemcpy2D_v2(draft, pCopy);
}

CUT_INLINE void cut_write_cuMemcpy2DAsync_v2(
    CUTDraft *_Nonnull draft, const CUDA_MEMCPY2D *_Nullable pCopy, CUstream _Nullable stream
) {
    cut_write_cuMemcpy2D_v2(draft, pCopy);
    cut_word(draft, (uint64_t)stream);
}

// CUT_COPY3D(name, type) defines the writer of a structure; that of copies between contexts has all of the other's members.
#define CUT_COPY3D(name, type) \
    CUT_INLINE void cut_write_##name(CUTDraft *_Nonnull draft, const type *_Nullable pCopy) { \
        cut_require(draft, pCopy); \
        static const type none; \
        const type *copy = draft->phase == CUT_WRITE && pCopy ? pCopy : &none; \
        cut_word(draft, copy->srcMemoryType == CU_MEMORYTYPE_ARRAY ? (uint64_t)copy->srcArray : 0); \
        cut_word(draft, copy->srcXInBytes); \
        cut_word(draft, copy->srcY); \
        cut_word(draft, copy->srcZ); \
        cut_word(draft, cut_addressOf(copy->srcMemoryType, copy->srcHost, copy->srcDevice)); \
        cut_word(draft, copy->srcPitch); \
        cut_word(draft, copy->srcHeight); \
        cut_word(draft, copy->dstMemoryType == CU_MEMORYTYPE_ARRAY ? (uint64_t)copy->dstArray : 0); \
        cut_word(draft, copy->dstXInBytes); \
        cut_word(draft, copy->dstY); \
        cut_word(draft, copy->dstZ); \
        cut_word(draft, cut_addressOf(copy->dstMemoryType, copy->dstHost, copy->dstDevice)); \
        cut_word(draft, copy->dstPitch); \
        cut_word(draft, copy->dstHeight); \
        cut_word(draft, copy->WidthInBytes); \
        cut_word(draft, copy->Height); \
        cut_word(draft, copy->Depth); \
        cut_kind(draft, cut_direction(copy->dstMemoryType, copy->srcMemoryType)); \
    }
CUT_COPY3D(cuMemcpy3D_v2, CUDA_MEMCPY3D)
CUT_COPY3D(cuMemcpy3DPeer, CUDA_MEMCPY3D_PEER)

CUT_INLINE void cut_write_cuMemcpy3DPeerAsync(
    CUTDraft *_Nonnull draft, const CUDA_MEMCPY3D_PEER *_Nullable pCopy, CUstream _Nullable stream
) {
    cut_write_cuMemcpy3DPeer(draft, pCopy);
    cut_word(draft, (uint64_t)stream);
}

CUT_INLINE void cut_write_cuMemcpy3DAsync_v2(
    CUTDraft *_Nonnull draft, const CUDA_MEMCPY3D *_Nullable pCopy, CUstream _Nullable stream
) {
    cut_write_cuMemcpy3D_v2(draft, pCopy);
    cut_word(draft, (uint64_t)stream);
}

// Capture.

#define cut_write_cuStreamBeginCaptureToGraph cut_write_cudaStreamBeginCaptureToGraph
#define cut_write_cuStreamUpdateCaptureDependencies cut_write_cudaStreamUpdateCaptureDependencies_12
#define cut_write_cuStreamUpdateCaptureDependencies_v2 cut_write_cudaStreamUpdateCaptureDependencies_13
#define cut_write_cuThreadExchangeStreamCaptureMode cut_write_cudaThreadExchangeStreamCaptureMode
#define cut_write_cuStreamGetCaptureInfo_v2 cut_write_cudaStreamGetCaptureInfo_v2_12
#define cut_write_cuStreamGetCaptureInfo_v3 cut_write_cudaStreamGetCaptureInfo_13

// Nodes, edges, and what is handed out.

#define cut_write_cuGraphAddEmptyNode cut_write_cudaGraphAddEmptyNode
#define cut_write_cuGraphAddChildGraphNode cut_write_cudaGraphAddChildGraphNode
#define cut_write_cuGraphAddEventRecordNode cut_write_cudaGraphAddEventRecordNode
#define cut_write_cuGraphAddEventWaitNode cut_write_cudaGraphAddEventWaitNode
#define cut_write_cuGraphAddMemAllocNode cut_write_cudaGraphAddMemAllocNode
#define cut_write_cuGraphAddHostNode cut_write_cudaGraphAddHostNode
#define cut_write_cuGraphHostNodeSetParams cut_write_cudaGraphHostNodeSetParams
#define cut_write_cuGraphExecHostNodeSetParams cut_write_cudaGraphExecHostNodeSetParams
#define cut_write_cuGraphMemsetNodeSetParams cut_write_cudaGraphMemsetNodeSetParams
#define cut_write_cuGraphAddDependencies cut_write_cudaGraphAddDependencies_12
#define cut_write_cuGraphAddDependencies_v2 cut_write_cudaGraphAddDependencies_13
#define cut_write_cuGraphRemoveDependencies cut_write_cudaGraphRemoveDependencies_12
#define cut_write_cuGraphRemoveDependencies_v2 cut_write_cudaGraphRemoveDependencies_13
#define cut_write_cuGraphGetNodes cut_write_cudaGraphGetNodes
#define cut_write_cuGraphGetRootNodes cut_write_cudaGraphGetRootNodes
#define cut_write_cuGraphInstantiateWithParams cut_write_cudaGraphInstantiateWithParams

CUT_ADD(cuGraphAddMemFreeNode, (CUdeviceptr pointer), cut_word(draft, pointer);)

// The context in which a node runs does not matter for what it touches.
CUT_ADD(
    cuGraphAddMemsetNode, (const CUDA_MEMSET_NODE_PARAMS *_Nullable p, CUcontext _Nullable context),
    (void)context; cut_fillWords(draft, p);)

CUT_INLINE void cut_write_cuGraphExecMemsetNodeSetParams(
    CUTDraft *_Nonnull draft, CUgraphExec _Nullable exec, CUgraphNode _Nullable node,
    const CUDA_MEMSET_NODE_PARAMS *_Nullable p, CUcontext _Nullable context
) {
    (void)context;
    cut_write_cudaGraphExecMemsetNodeSetParams(draft, exec, node, p);
}

CUT_ADD(
    cuGraphAddMemcpyNode, (const CUDA_MEMCPY3D *_Nullable p, CUcontext _Nullable context),
    (void)context; cut_write_cuMemcpy3D_v2(draft, p);)

CUT_INLINE void cut_write_cuGraphMemcpyNodeSetParams(
    CUTDraft *_Nonnull draft, CUgraphNode _Nullable node, const CUDA_MEMCPY3D *_Nullable p
) {
    cut_word(draft, (uint64_t)node);
    cut_write_cuMemcpy3D_v2(draft, p);
}

CUT_INLINE void cut_write_cuGraphExecMemcpyNodeSetParams(
    CUTDraft *_Nonnull draft, CUgraphExec _Nullable exec, CUgraphNode _Nullable node, const CUDA_MEMCPY3D *_Nullable p,
    CUcontext _Nullable context
) {
    (void)context;
    cut_word(draft, (uint64_t)exec);
    cut_write_cuGraphMemcpyNodeSetParams(draft, node, p);
}

// The parameters of a kernel as the runtime's structure has them. The first version has no `kern`.
CUT_INLINE struct cudaKernelNodeParams cut_kernelOf(const CUDA_KERNEL_NODE_PARAMS_v1 *_Nonnull p, CUkernel _Nullable kernel) {
    return (struct cudaKernelNodeParams){
        .func = p->func ? (void *)p->func : (void *)kernel,
        .gridDim = {p->gridDimX, p->gridDimY, p->gridDimZ},
        .blockDim = {p->blockDimX, p->blockDimY, p->blockDimZ},
        .sharedMemBytes = p->sharedMemBytes,
        .kernelParams = p->kernelParams,
        .extra = p->extra};
}

// CUT_KERNEL_NODES(suffix, type, asKernel) defines the writers of the functions of kernel nodes that take `type`; asKernel(p)
// is what it says.
#define CUT_KERNEL_NODES(suffix, type, asKernel) \
    CUT_INLINE void cut_write_cuGraphAddKernelNode##suffix( \
        CUTDraft *_Nonnull draft, CUgraphNode _Nullable *_Nullable node, CUgraph _Nullable graph, \
        const CUgraphNode _Nullable *_Nullable nodes, size_t count, const type *_Nullable p \
    ) { \
        const struct cudaKernelNodeParams kernel = p ? asKernel(p) : (struct cudaKernelNodeParams){0}; \
        cut_write_cudaGraphAddKernelNode(draft, node, graph, nodes, count, p ? &kernel : 0); \
    } \
    CUT_INLINE void cut_write_cuGraphKernelNodeSetParams##suffix( \
        CUTDraft *_Nonnull draft, CUgraphNode _Nullable node, const type *_Nullable p \
    ) { \
        const struct cudaKernelNodeParams kernel = p ? asKernel(p) : (struct cudaKernelNodeParams){0}; \
        cut_write_cudaGraphKernelNodeSetParams(draft, node, p ? &kernel : 0); \
    } \
    CUT_INLINE void cut_write_cuGraphExecKernelNodeSetParams##suffix( \
        CUTDraft *_Nonnull draft, CUgraphExec _Nullable exec, CUgraphNode _Nullable node, const type *_Nullable p \
    ) { \
        const struct cudaKernelNodeParams kernel = p ? asKernel(p) : (struct cudaKernelNodeParams){0}; \
        cut_write_cudaGraphExecKernelNodeSetParams(draft, exec, node, p ? &kernel : 0); \
    }
#define CUT_KERNEL_OF_V1(p) cut_kernelOf(p, 0)
#define CUT_KERNEL_OF_V2(p) cut_kernelOf(&p->v1, p->kern)
CUT_KERNEL_NODES(, CUDA_KERNEL_NODE_PARAMS_v1, CUT_KERNEL_OF_V1)
CUT_KERNEL_NODES(_v2, CUDA_KERNEL_NODE_PARAMS, CUT_KERNEL_OF_V2)

// A copy as the runtime's structure has it. All that the driver counts are bytes; the decoder knows.
CUT_INLINE struct cudaMemcpy3DParms cut_copyOf(const CUDA_MEMCPY3D *_Nonnull p) {
    return (struct cudaMemcpy3DParms){
        .srcArray = p->srcMemoryType == CU_MEMORYTYPE_ARRAY ? (cudaArray_t)p->srcArray : 0,
        .srcPos = {p->srcXInBytes, p->srcY, p->srcZ},
        .srcPtr = {(void *)cut_addressOf(p->srcMemoryType, p->srcHost, p->srcDevice), p->srcPitch, 0, p->srcHeight},
        .dstArray = p->dstMemoryType == CU_MEMORYTYPE_ARRAY ? (cudaArray_t)p->dstArray : 0,
        .dstPos = {p->dstXInBytes, p->dstY, p->dstZ},
        .dstPtr = {(void *)cut_addressOf(p->dstMemoryType, p->dstHost, p->dstDevice), p->dstPitch, 0, p->dstHeight},
        .extent = {p->WidthInBytes, p->Height, p->Depth},
        .kind = cut_direction(p->dstMemoryType, p->srcMemoryType)};
}

// A node of any type as the runtime has it: what differs is put into `room`. An allocation is handed out where it is.
CUT_INLINE struct cudaGraphNodeParams *_Nullable cut_nodeOf(
    CUTDraft *_Nonnull draft, CUgraphNodeParams *_Nullable p, struct cudaGraphNodeParams *_Nonnull room
) {
    if (!p) { return 0; }
    const uint32_t type = draft->phase == CUT_MEASURE ? (uint32_t)p->common.type : draft->nodeType;
    if (type == cudaGraphNodeTypeKernel) {
        *room = (struct cudaGraphNodeParams){.type = type, .kernel = CUT_KERNEL_OF_V2((&p->kernel))};
        return room;
    }
    if (type == cudaGraphNodeTypeMemcpy) {
        *room = (struct cudaGraphNodeParams){.type = type};
        room->memcpy.copyParams = cut_copyOf(&p->memcpy.copyParams);
        return room;
    }
    return &p->common;
}

CUT_INLINE void cut_write_cuGraphAddNode(
    CUTDraft *_Nonnull draft, CUgraphNode _Nullable *_Nullable node, CUgraph _Nullable graph,
    const CUgraphNode _Nullable *_Nullable nodes, size_t count, CUgraphNodeParams *_Nullable p
) {
    struct cudaGraphNodeParams room;
    cut_write_cudaGraphAddNode_12(draft, node, graph, nodes, count, cut_nodeOf(draft, p, &room));
}

CUT_INLINE void cut_write_cuGraphAddNode_v2(
    CUTDraft *_Nonnull draft, CUgraphNode _Nullable *_Nullable node, CUgraph _Nullable graph,
    const CUgraphNode _Nullable *_Nullable nodes, const CUgraphEdgeData *_Nullable data, size_t count,
    CUgraphNodeParams *_Nullable p
) {
    (void)data;
    cut_write_cuGraphAddNode(draft, node, graph, nodes, count, p);
}

CUT_INLINE void cut_write_cuGraphNodeSetParams(
    CUTDraft *_Nonnull draft, CUgraphNode _Nullable node, CUgraphNodeParams *_Nullable p
) {
    struct cudaGraphNodeParams room;
    cut_write_cudaGraphNodeSetParams(draft, node, cut_nodeOf(draft, p, &room));
}

CUT_INLINE void cut_write_cuGraphExecNodeSetParams(
    CUTDraft *_Nonnull draft, CUgraphExec _Nullable exec, CUgraphNode _Nullable node, CUgraphNodeParams *_Nullable p
) {
    struct cudaGraphNodeParams room;
    cut_write_cudaGraphExecNodeSetParams(draft, exec, node, cut_nodeOf(draft, p, &room));
}

#endif
