// The words of the calls of capture and graphs: lists of nodes, parameters of nodes. cutape_draft.h says how they are run.
//
// A list of nodes comes behind the fixed words, so its count is fitted only there, while measuring. Nothing that CUDA
// would refuse is read: a null pointer counts as a list of none, or parameters of zeros.
#ifndef CUTAPE_GRAPHS_H
#define CUTAPE_GRAPHS_H

#include "cutape_draft.h"

// How many of the nodes that a node, or a stream, comes after are recorded.
CUT_INLINE void cut_dependencyCount(
    CUTDraft *_Nonnull draft, const cudaGraphNode_t _Nullable *_Nullable nodes, size_t count
) {
    if (count > 0) { cut_require(draft, nodes); }
    cut_word(draft, draft->dependencies);
}

CUT_INLINE void cut_dependencies(
    CUTDraft *_Nonnull draft, const cudaGraphNode_t _Nullable *_Nullable nodes, size_t count
) {
    if (draft->phase == CUT_MEASURE) {
        uint64_t room = draft->maxWords - draft->index;
        if (!nodes) { count = 0; }
        if (count > room) { draft->form |= CUT_FORM_TRUNCATED; }
        draft->dependencies = count < room ? count : room;
    }
    for (uint64_t index = 0; draft->phase == CUT_WRITE && index < draft->dependencies; ++index) {
        cut_setWord(draft, draft->index + (uint32_t)index, (uint64_t)nodes[index]);
    }
    draft->index += (uint32_t)draft->dependencies;
}

// A list that the call hands out: room for `capacity` nodes, filled when it has succeeded. Its count is 0 before that.
CUT_INLINE void cut_outNodes(CUTDraft *_Nonnull draft, uint64_t capacity) {
    cut_fitItems(draft, capacity, 1);
    cut_word(draft, 0);
    draft->index += (uint32_t)draft->tail;
}

CUT_INLINE void cut_fillOutNodes(
    CUTDraft *_Nonnull draft, const cudaGraphNode_t _Nullable *_Nonnull nodes, uint64_t count
) {
    uint32_t first = draft->index - (uint32_t)draft->tail;
    // More than there is room for: not known.
    cut_setWord(draft, first - 1, count <= draft->tail ? count : UINT64_MAX);
    for (uint64_t index = 0; index < count && index < draft->tail; ++index) {
        cut_setWord(draft, first + (uint32_t)index, (uint64_t)nodes[index]);
    }
}

// Capture.

CUT_INLINE void cut_write_cudaStreamBeginCaptureToGraph(
    CUTDraft *_Nonnull draft, cudaStream_t _Nullable stream, cudaGraph_t _Nullable graph,
    const cudaGraphNode_t _Nullable *_Nullable dependencies, const cudaGraphEdgeData *_Nullable data, size_t count,
    enum cudaStreamCaptureMode mode
) {
    (void)data;
    cut_word(draft, (uint64_t)stream);
    cut_word(draft, (uint64_t)graph);
    cut_dependencyCount(draft, dependencies, count);
    cut_word(draft, mode);
    cut_dependencies(draft, dependencies, count);
}

CUT_INLINE void cut_write_cudaStreamUpdateCaptureDependencies_12(
    CUTDraft *_Nonnull draft, cudaStream_t _Nullable stream, cudaGraphNode_t _Nullable *_Nullable dependencies,
    size_t count, unsigned int flags
) {
    cut_word(draft, (uint64_t)stream);
    cut_dependencyCount(draft, dependencies, count);
    cut_word(draft, flags);
    cut_dependencies(draft, dependencies, count);
}

CUT_INLINE void cut_write_cudaStreamUpdateCaptureDependencies_13(
    CUTDraft *_Nonnull draft, cudaStream_t _Nullable stream, cudaGraphNode_t _Nullable *_Nullable dependencies,
    const cudaGraphEdgeData *_Nullable data, size_t count, unsigned int flags
) {
    (void)data;
    cut_write_cudaStreamUpdateCaptureDependencies_12(draft, stream, dependencies, count, flags);
}

CUT_INLINE void cut_write_cudaStreamUpdateCaptureDependencies_v2_12(
    CUTDraft *_Nonnull draft, cudaStream_t _Nullable stream, cudaGraphNode_t _Nullable *_Nullable dependencies,
    const cudaGraphEdgeData *_Nullable data, size_t count, unsigned int flags
) {
    (void)data;
    cut_write_cudaStreamUpdateCaptureDependencies_12(draft, stream, dependencies, count, flags);
}

// The mode that the thread asks for and the one that it had change places in one variable.
CUT_INLINE void cut_write_cudaThreadExchangeStreamCaptureMode(
    CUTDraft *_Nonnull draft, enum cudaStreamCaptureMode *_Nullable mode
) {
    cut_require(draft, mode);
    cut_word(draft, draft->phase == CUT_WRITE && mode ? *mode : UINT64_MAX);
    cut_resultWord(draft, mode, sizeof *mode);
}

enum {
    CUT_CAPTURE_ACTIVE = 1,        // cudaStreamCaptureStatusActive
    CUT_CAPTURE_DEPENDENCIES = 16, // as many nodes that a stream's next call comes after are recorded
};

// The graph and its nodes are handed out only while the stream captures.
CUT_INLINE void cut_captureInfo(
    CUTDraft *_Nonnull draft, cudaStream_t _Nullable stream, enum cudaStreamCaptureStatus *_Nullable status,
    cudaGraph_t _Nullable *_Nullable graph, const cudaGraphNode_t _Nullable *_Nullable *_Nullable nodes,
    size_t *_Nullable count
) {
    const int isActive = draft->phase == CUT_FINISH && draft->record && status && (int)*status == CUT_CAPTURE_ACTIVE;
    cut_require(draft, status);
    cut_word(draft, (uint64_t)stream);
    cut_resultWord(draft, status, sizeof *status);
    cut_resultWord(draft, draft->phase != CUT_FINISH || isActive ? graph : 0, sizeof *graph);
    cut_outNodes(draft, nodes && count ? CUT_CAPTURE_DEPENDENCIES : 0);
    if (isActive && nodes && *nodes && count) { cut_fillOutNodes(draft, *nodes, *count); }
}

CUT_INLINE void cut_write_cudaStreamGetCaptureInfo_13(
    CUTDraft *_Nonnull draft, cudaStream_t _Nullable stream, enum cudaStreamCaptureStatus *_Nullable status,
    const void *_Nullable id, cudaGraph_t _Nullable *_Nullable graph,
    const cudaGraphNode_t _Nullable *_Nullable *_Nullable nodes,
    const cudaGraphEdgeData *_Nullable *_Nullable data, size_t *_Nullable count
) {
    (void)id, (void)data;
    cut_captureInfo(draft, stream, status, graph, nodes, count);
}

CUT_INLINE void cut_write_cudaStreamGetCaptureInfo_v2_12(
    CUTDraft *_Nonnull draft, cudaStream_t _Nullable stream, enum cudaStreamCaptureStatus *_Nullable status,
    const void *_Nullable id, cudaGraph_t _Nullable *_Nullable graph,
    const cudaGraphNode_t _Nullable *_Nullable *_Nullable nodes, size_t *_Nullable count
) {
    (void)id;
    cut_captureInfo(draft, stream, status, graph, nodes, count);
}

CUT_INLINE void cut_write_cudaStreamGetCaptureInfo_v3_12(
    CUTDraft *_Nonnull draft, cudaStream_t _Nullable stream, enum cudaStreamCaptureStatus *_Nullable status,
    const void *_Nullable id, cudaGraph_t _Nullable *_Nullable graph,
    const cudaGraphNode_t _Nullable *_Nullable *_Nullable nodes,
    const cudaGraphEdgeData *_Nullable *_Nullable data, size_t *_Nullable count
) {
    (void)id, (void)data;
    cut_captureInfo(draft, stream, status, graph, nodes, count);
}

// What a node does, as fixed words. The pointers of a kernel come behind all lists.

CUT_INLINE const void *_Nullable cut_kernelWords(
    CUTDraft *_Nonnull draft, const struct cudaKernelNodeParams *_Nullable p
) {
    struct cudaKernelNodeParams kernel = {0};
    cut_require(draft, p);
    if (draft->phase != CUT_FINISH && p) { kernel = *p; }
    cut_word(draft, (uint64_t)kernel.func);
    cut_dimensions(draft, kernel.gridDim, kernel.blockDim);
    cut_word(draft, kernel.sharedMemBytes);
    return kernel.func;
}

// `extra` has the arguments packed in one buffer: they count as not known.
CUT_INLINE void *_Nullable *_Nullable cut_kernelArguments(
    CUTDraft *_Nonnull draft, const struct cudaKernelNodeParams *_Nullable p
) {
    return draft->phase != CUT_FINISH && p && !p->extra ? p->kernelParams : 0;
}

// A copy of one dimension: what it writes, what it reads.
CUT_INLINE void cut_linearWords(
    CUTDraft *_Nonnull draft, const void *_Nullable to, const void *_Nullable from, size_t bytes, enum cudaMemcpyKind kind
) {
    cut_word(draft, (uint64_t)to);
    cut_word(draft, (uint64_t)from);
    cut_word(draft, bytes);
    cut_kind(draft, kind);
}

// The same, where one of the two is a variable: from this byte of it on.
CUT_INLINE void cut_symbolWords(
    CUTDraft *_Nonnull draft, const void *_Nullable to, const void *_Nullable from, size_t bytes, size_t offset,
    enum cudaMemcpyKind kind
) {
    cut_linearWords(draft, to, from, bytes, kind);
    cut_word(draft, offset);
}

CUT_INLINE void cut_fillWords(CUTDraft *_Nonnull draft, const struct cudaMemsetParams *_Nullable p) {
    struct cudaMemsetParams fill = {0};
    cut_require(draft, p);
    if (draft->phase == CUT_WRITE && p) { fill = *p; }
    cut_word(draft, (uint64_t)fill.dst);
    cut_word(draft, fill.pitch);
    cut_word(draft, fill.value);
    cut_word(draft, fill.elementSize);
    cut_word(draft, fill.width);
    cut_word(draft, fill.height);
}

CUT_INLINE void cut_hostWords(CUTDraft *_Nonnull draft, const struct cudaHostNodeParams *_Nullable p) {
    struct cudaHostNodeParams host = {0};
    cut_require(draft, p);
    if (draft->phase == CUT_WRITE && p) { host = *p; }
    cut_word(draft, (uint64_t)host.fn);
    cut_word(draft, (uint64_t)host.userData);
}

CUT_INLINE void cut_allocationWords(CUTDraft *_Nonnull draft, const struct cudaMemAllocNodeParams *_Nullable p) {
    cut_require(draft, p);
    const int isRead = draft->phase == CUT_WRITE && p;
    cut_word(draft, isRead ? p->bytesize : 0);
    cut_word(draft, isRead ? (uint64_t)p->poolProps.location.id : 0);
    cut_resultWord(draft, p ? &p->dptr : 0, sizeof p->dptr);
}

// The words of a node that may be of any type: as many as it has, and none for a type that is not modelled.
CUT_INLINE void cut_anyNodeWords(CUTDraft *_Nonnull draft, const struct cudaGraphNodeParams *_Nullable p) {
    static const struct cudaGraphNodeParams none;
    const struct cudaGraphNodeParams *node = draft->phase != CUT_MEASURE && p ? p : &none;
    switch (draft->nodeType) {
    case cudaGraphNodeTypeKernel: cut_kernelWords(draft, &node->kernel); break;
    case cudaGraphNodeTypeMemcpy: cut_word(draft, cut_copy3D(draft, &node->memcpy.copyParams)); break;
    case cudaGraphNodeTypeMemset: cut_fillWords(draft, &node->memset); break;
    case cudaGraphNodeTypeHost: cut_hostWords(draft, &node->host); break;
    case cudaGraphNodeTypeGraph: cut_word(draft, (uint64_t)node->graph.graph); break;
    case cudaGraphNodeTypeWaitEvent: cut_word(draft, (uint64_t)node->eventWait.event); break;
    case cudaGraphNodeTypeEventRecord: cut_word(draft, (uint64_t)node->eventRecord.event); break;
    case cudaGraphNodeTypeMemAlloc: cut_allocationWords(draft, &node->alloc); break;
    case cudaGraphNodeTypeMemFree: cut_word(draft, (uint64_t)node->free.dptr); break;
    default: break;
    }
}

// Type, count of words and count of pointers; then the lists, of which the first is done by the caller's `nodes`.
CUT_INLINE void cut_anyNode(
    CUTDraft *_Nonnull draft, const struct cudaGraphNodeParams *_Nullable p,
    const cudaGraphNode_t _Nullable *_Nullable nodes, size_t count
) {
    cut_require(draft, p);
    if (draft->phase == CUT_MEASURE) { draft->nodeType = p ? p->type : UINT32_MAX; }
    const int isKernel = draft->nodeType == cudaGraphNodeTypeKernel;
    CUTDraft measured = {.phase = CUT_MEASURE, .nodeType = draft->nodeType};
    cut_anyNodeWords(&measured, 0);
    cut_word(draft, draft->nodeType);
    cut_word(draft, measured.index);
    if (isKernel) {
        cut_pointerCount(draft);
    } else {
        cut_word(draft, 0);
    }
    cut_dependencies(draft, nodes, count);
    cut_anyNodeWords(draft, p);
    if (isKernel) {
        void **arguments = cut_kernelArguments(draft, &p->kernel);
        cut_findPointers(draft, p->kernel.func, arguments);
        cut_pointers(draft, arguments);
    }
}

// Adding nodes.

CUT_INLINE void cut_addNode(
    CUTDraft *_Nonnull draft, cudaGraphNode_t _Nullable *_Nullable node, cudaGraph_t _Nullable graph,
    const cudaGraphNode_t _Nullable *_Nullable nodes, size_t count
) {
    cut_resultWord(draft, node, sizeof *node);
    cut_word(draft, (uint64_t)graph);
    cut_dependencyCount(draft, nodes, count);
}

// CUT_ADD(name, (parameters), words) defines the writer of a function that adds a node.
#define CUT_ADD(name, parameters, ...) \
    CUT_INLINE void cut_write_##name( \
        CUTDraft *_Nonnull draft, cudaGraphNode_t _Nullable *_Nullable node, cudaGraph_t _Nullable graph, \
        const cudaGraphNode_t _Nullable *_Nullable nodes, size_t nodeCount CUT_MORE parameters \
    ) { \
        cut_addNode(draft, node, graph, nodes, nodeCount); \
        __VA_ARGS__ \
        cut_dependencies(draft, nodes, nodeCount); \
    }
#define CUT_MORE(...) __VA_OPT__(, ) __VA_ARGS__

// CUT_SET(name, (parameters), words) defines the writers of the functions that set a node in its graph, and in an
// executable graph.
#define CUT_SET(name, parameters, ...) \
    CUT_INLINE void cut_write_cudaGraph##name( \
        CUTDraft *_Nonnull draft, cudaGraphNode_t _Nullable node CUT_MORE parameters \
    ) { \
        cut_word(draft, (uint64_t)node); \
        __VA_ARGS__ \
    } \
    CUT_INLINE void cut_write_cudaGraphExec##name( \
        CUTDraft *_Nonnull draft, cudaGraphExec_t _Nullable exec, cudaGraphNode_t _Nullable node CUT_MORE parameters \
    ) { \
        cut_word(draft, (uint64_t)exec); \
        cut_word(draft, (uint64_t)node); \
        __VA_ARGS__ \
    }

CUT_ADD(cudaGraphAddEmptyNode, (), )

CUT_ADD(cudaGraphAddChildGraphNode, (cudaGraph_t _Nullable child), cut_word(draft, (uint64_t)child);)

CUT_ADD(cudaGraphAddEventRecordNode, (cudaEvent_t _Nullable event), cut_word(draft, (uint64_t)event);)

CUT_ADD(cudaGraphAddEventWaitNode, (cudaEvent_t _Nullable event), cut_word(draft, (uint64_t)event);)

CUT_ADD(cudaGraphAddMemFreeNode, (void *_Nullable pointer), cut_word(draft, (uint64_t)pointer);)

CUT_ADD(
    cudaGraphAddMemAllocNode, (struct cudaMemAllocNodeParams *_Nullable p), cut_allocationWords(draft, p);)

CUT_ADD(cudaGraphAddHostNode, (const struct cudaHostNodeParams *_Nullable p), cut_hostWords(draft, p);)

CUT_ADD(cudaGraphAddMemsetNode, (const struct cudaMemsetParams *_Nullable p), cut_fillWords(draft, p);)

CUT_ADD(
    cudaGraphAddMemcpyNode, (const struct cudaMemcpy3DParms *_Nullable p),
    cut_require(draft, p); cut_kind(draft, cut_copy3D(draft, p));)

CUT_ADD(
    cudaGraphAddMemcpyNode1D,
    (void *_Nullable dst, const void *_Nullable src, size_t bytes, enum cudaMemcpyKind kind),
    cut_linearWords(draft, dst, src, bytes, kind);)

CUT_ADD(
    cudaGraphAddMemcpyNodeToSymbol,
    (const void *_Nullable symbol, const void *_Nullable src, size_t bytes, size_t offset, enum cudaMemcpyKind kind),
    cut_symbolWords(draft, symbol, src, bytes, offset, kind);)

CUT_ADD(
    cudaGraphAddMemcpyNodeFromSymbol,
    (void *_Nullable dst, const void *_Nullable symbol, size_t bytes, size_t offset, enum cudaMemcpyKind kind),
    cut_symbolWords(draft, dst, symbol, bytes, offset, kind);)

CUT_INLINE void cut_write_cudaGraphAddKernelNode(
    CUTDraft *_Nonnull draft, cudaGraphNode_t _Nullable *_Nullable node, cudaGraph_t _Nullable graph,
    const cudaGraphNode_t _Nullable *_Nullable nodes, size_t count, const struct cudaKernelNodeParams *_Nullable p
) {
    cut_addNode(draft, node, graph, nodes, count);
    const void *kernel = cut_kernelWords(draft, p);
    cut_pointerCount(draft);
    cut_dependencies(draft, nodes, count);
    cut_findPointers(draft, kernel, cut_kernelArguments(draft, p));
    cut_pointers(draft, cut_kernelArguments(draft, p));
}

CUT_INLINE void cut_write_cudaGraphAddNode_12(
    CUTDraft *_Nonnull draft, cudaGraphNode_t _Nullable *_Nullable node, cudaGraph_t _Nullable graph,
    const cudaGraphNode_t _Nullable *_Nullable nodes, size_t count, struct cudaGraphNodeParams *_Nullable p
) {
    cut_addNode(draft, node, graph, nodes, count);
    cut_anyNode(draft, p, nodes, count);
}

CUT_INLINE void cut_write_cudaGraphAddNode_13(
    CUTDraft *_Nonnull draft, cudaGraphNode_t _Nullable *_Nullable node, cudaGraph_t _Nullable graph,
    const cudaGraphNode_t _Nullable *_Nullable nodes, const cudaGraphEdgeData *_Nullable data, size_t count,
    struct cudaGraphNodeParams *_Nullable p
) {
    (void)data;
    cut_write_cudaGraphAddNode_12(draft, node, graph, nodes, count, p);
}

CUT_INLINE void cut_write_cudaGraphAddNode_v2_12(
    CUTDraft *_Nonnull draft, cudaGraphNode_t _Nullable *_Nullable node, cudaGraph_t _Nullable graph,
    const cudaGraphNode_t _Nullable *_Nullable nodes, const cudaGraphEdgeData *_Nullable data, size_t count,
    struct cudaGraphNodeParams *_Nullable p
) {
    (void)data;
    cut_write_cudaGraphAddNode_12(draft, node, graph, nodes, count, p);
}

// Setting nodes.

CUT_SET(HostNodeSetParams, (const struct cudaHostNodeParams *_Nullable p), cut_hostWords(draft, p);)

CUT_SET(MemsetNodeSetParams, (const struct cudaMemsetParams *_Nullable p), cut_fillWords(draft, p);)

CUT_SET(
    MemcpyNodeSetParams, (const struct cudaMemcpy3DParms *_Nullable p),
    cut_require(draft, p); cut_kind(draft, cut_copy3D(draft, p));)

CUT_SET(
    KernelNodeSetParams, (const struct cudaKernelNodeParams *_Nullable p),
    const void *kernel = cut_kernelWords(draft, p); cut_findPointers(draft, kernel, cut_kernelArguments(draft, p));
    cut_pointerCount(draft); cut_pointers(draft, cut_kernelArguments(draft, p));)

CUT_SET(NodeSetParams, (struct cudaGraphNodeParams *_Nullable p), cut_anyNode(draft, p, 0, 0);)

// Edges, and nodes that are handed out.

CUT_INLINE void cut_edges(
    CUTDraft *_Nonnull draft, cudaGraph_t _Nullable graph, const cudaGraphNode_t _Nullable *_Nullable from,
    const cudaGraphNode_t _Nullable *_Nullable to, size_t count
) {
    if (count > 0) {
        cut_require(draft, from);
        cut_require(draft, to);
    }
    cut_word(draft, (uint64_t)graph);
    cut_fitItems(draft, from && to ? count : 0, 2);
    cut_word(draft, draft->tail);
    for (uint64_t index = 0; draft->phase == CUT_WRITE && index < draft->tail; ++index) {
        cut_setWord(draft, draft->index + (uint32_t)index * 2, (uint64_t)from[index]);
        cut_setWord(draft, draft->index + (uint32_t)index * 2 + 1, (uint64_t)to[index]);
    }
    draft->index += (uint32_t)draft->tail * 2;
}

// CUT_EDGES(name) defines the writers of all forms of a function of edges.
#define CUT_EDGES(name) \
    CUT_INLINE void cut_write_##name##_12( \
        CUTDraft *_Nonnull draft, cudaGraph_t _Nullable graph, const cudaGraphNode_t _Nullable *_Nullable from, \
        const cudaGraphNode_t _Nullable *_Nullable to, size_t count \
    ) { \
        cut_edges(draft, graph, from, to, count); \
    } \
    CUT_EDGES_WITH_DATA(name##_13) \
    CUT_EDGES_WITH_DATA(name##_v2_12)
#define CUT_EDGES_WITH_DATA(name) \
    CUT_INLINE void cut_write_##name( \
        CUTDraft *_Nonnull draft, cudaGraph_t _Nullable graph, const cudaGraphNode_t _Nullable *_Nullable from, \
        const cudaGraphNode_t _Nullable *_Nullable to, const cudaGraphEdgeData *_Nullable data, size_t count \
    ) { \
        (void)data; \
        cut_edges(draft, graph, from, to, count); \
    }
CUT_EDGES(cudaGraphAddDependencies)
CUT_EDGES(cudaGraphRemoveDependencies)

// The count is how many there is room for before the call, and how many there are after it. It is recorded by itself too:
// a program may ask for it alone, and CUDA refuses a call without it.
CUT_INLINE void cut_write_cudaGraphGetNodes(
    CUTDraft *_Nonnull draft, cudaGraph_t _Nullable graph, cudaGraphNode_t _Nullable *_Nullable nodes,
    size_t *_Nullable count
) {
    cut_require(draft, count);
    cut_word(draft, (uint64_t)graph);
    cut_resultWord(draft, count, sizeof *count);
    cut_outNodes(draft, draft->phase == CUT_MEASURE && nodes && count ? *count : 0);
    if (draft->phase == CUT_FINISH && draft->record && nodes && count) {
        cut_fillOutNodes(draft, nodes, *count);
    }
}

CUT_INLINE void cut_write_cudaGraphGetRootNodes(
    CUTDraft *_Nonnull draft, cudaGraph_t _Nullable graph, cudaGraphNode_t _Nullable *_Nullable nodes,
    size_t *_Nullable count
) {
    cut_write_cudaGraphGetNodes(draft, graph, nodes, count);
}

CUT_INLINE void cut_write_cudaGraphInstantiateWithParams(
    CUTDraft *_Nonnull draft, cudaGraphExec_t _Nullable *_Nullable exec, cudaGraph_t _Nullable graph,
    cudaGraphInstantiateParams *_Nullable p
) {
    const int isRead = draft->phase == CUT_WRITE && p;
    cut_require(draft, p);
    cut_resultWord(draft, exec, sizeof *exec);
    cut_word(draft, (uint64_t)graph);
    cut_word(draft, isRead ? p->flags : 0);
    cut_word(draft, isRead ? (uint64_t)p->uploadStream : 0);
}

#endif
