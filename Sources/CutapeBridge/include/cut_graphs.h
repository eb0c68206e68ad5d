// What the exported functions of graphs ask the Swift side for; what changes something goes through cut_perform.
//
// Graphs, nodes, executable graphs and streams are handles. Codes are cudaError_t and are not kept as a last error.
// Lists follow the CUDA functions: without an array, `count` becomes the number of entries; with one, `count` is its
// room, what is too much of it is set to 0, and `count` becomes the number of entries that were filled.
#ifndef CUT_GRAPHS_H
#define CUT_GRAPHS_H

#include "cut_bridge.h"

// One side of a copy node: an array, or a pitched pointer.
typedef struct CUTPlace {
    uint64_t array;
    uint64_t x, y, z;
    uint64_t pointer, pitch, xsize, ysize;
} CUTPlace;

// A node: what its type does not have is 0.
typedef struct CUTNodeInfo {
    int32_t type; // cudaGraphNodeType
    // Copies.
    int32_t kind;
    CUTPlace source;
    // Copies and memsets. The width is in bytes, but in elements for memsets and where an array takes part in a copy.
    CUTPlace destination;
    uint64_t width, height, depth;
    uint32_t value, elementSize;
    // Kernels; `function` is the callback of a host function too.
    uint64_t function;
    uint32_t grid[3], block[3], sharedMemory;
    uint64_t userData;
    uint64_t event;
    // Allocation and free nodes.
    uint64_t address, size;
    int32_t device;
} CUTNodeInfo;

typedef struct CUTCaptureInfo {
    int32_t status; // cudaStreamCaptureStatus
    uint64_t id;    // unique over all captures of the process
    uint64_t graph;
    // The nodes that the next captured call comes after; valid until the next query of this stream.
    const uint64_t *_Nullable dependencies;
    size_t dependencyCount;
} CUTCaptureInfo;

typedef struct CUTUpdateInfo {
    int32_t result; // cudaGraphExecUpdateResult
    uint64_t errorNode;
} CUTUpdateInfo;

/// The nodes of a graph in the order of addition, or only those that come after no other.
int32_t cut_listNodes(uint64_t graph, int areRoots, uint64_t *_Nullable nodes, size_t *_Nonnull count)
    CUT_SWIFT_NAME("listNodes(_:_:_:_:)");
int32_t cut_listEdges(uint64_t graph, uint64_t *_Nullable from, uint64_t *_Nullable to, size_t *_Nonnull count)
    CUT_SWIFT_NAME("listEdges(_:_:_:_:)");
/// The nodes that come right before a node, or right after it.
int32_t cut_listNeighbours(uint64_t node, int areDependents, uint64_t *_Nullable nodes, size_t *_Nonnull count)
    CUT_SWIFT_NAME("listNeighbours(_:_:_:_:)");
int32_t cut_describeNode(uint64_t node, CUTNodeInfo *_Nonnull info)
    CUT_SWIFT_NAME("describeNode(_:_:)");
/// Gives cudaErrorStreamCaptureImplicit for the legacy stream while a blocking stream captures.
int32_t cut_describeCapture(uint64_t stream, uint8_t variant, CUTCaptureInfo *_Nonnull info)
    CUT_SWIFT_NAME("describeCapture(_:_:_:)");
int32_t cut_isNodeEnabled(uint64_t exec, uint64_t node, uint32_t *_Nonnull isEnabled)
    CUT_SWIFT_NAME("isNodeEnabled(_:_:_:)");
int32_t cut_execFlags(uint64_t exec, uint64_t *_Nonnull flags)
    CUT_SWIFT_NAME("execFlags(_:_:)");
/// Why cudaGraphExecUpdate of `exec` from `graph` fails, or would fail.
void cut_explainUpdate(uint64_t exec, uint64_t graph, CUTUpdateInfo *_Nonnull info)
    CUT_SWIFT_NAME("explainUpdate(_:_:_:)");

#endif
