// The types of the CUDA runtime's prototypes, as far as the API table needs them.
//
// Handles and structures that are only passed on are left opaque; those that are passed by value or read have their
// members. The names, the order of members and the values are facts of CUDA 12 and 13; shim/tests compares them with
// the real headers. Do not include this together with those.
#ifndef CUTAPE_CUDA_H
#define CUTAPE_CUDA_H

#include <stddef.h>

typedef enum cudaError {
    cudaSuccess = 0,
    cudaErrorSharedObjectSymbolNotFound = 302, // what the shim answers when there is no function to forward to
    cudaErrorUnknown = 999,
} cudaError_t;

enum cudaMemcpyKind {
    cudaMemcpyHostToHost = 0,
    cudaMemcpyHostToDevice = 1,
    cudaMemcpyDeviceToHost = 2,
    cudaMemcpyDeviceToDevice = 3,
    cudaMemcpyDefault = 4,
};

// Handles.
typedef struct CUstream_st *cudaStream_t;
typedef struct CUevent_st *cudaEvent_t;
typedef struct CUfunc_st *cudaFunction_t;
typedef struct CUkern_st *cudaKernel_t;
typedef struct CUlib_st *cudaLibrary_t;
typedef struct CUgraph_st *cudaGraph_t;
typedef struct CUgraphExec_st *cudaGraphExec_t;
typedef struct CUgraphNode_st *cudaGraphNode_t;
typedef struct CUuserObject_st *cudaUserObject_t;
typedef struct CUmemPoolHandle_st *cudaMemPool_t;
typedef struct CUexternalMemory_st *cudaExternalMemory_t;
typedef struct CUexternalSemaphore_st *cudaExternalSemaphore_t;
typedef struct cudaArray *cudaArray_t;
typedef const struct cudaArray *cudaArray_const_t;
typedef struct cudaMipmappedArray *cudaMipmappedArray_t;
typedef const struct cudaMipmappedArray *cudaMipmappedArray_const_t;
typedef struct cudaGraphicsResource *cudaGraphicsResource_t;
typedef unsigned long long cudaTextureObject_t;
typedef unsigned long long cudaSurfaceObject_t;
typedef unsigned long long cudaGraphConditionalHandle;
typedef void (*cudaHostFn_t)(void *userData);
typedef void (*cudaStreamCallback_t)(cudaStream_t stream, cudaError_t status, void *userData);

// Structures that are passed by value, or read.
typedef struct dim3 {
    unsigned int x, y, z;
} dim3;

typedef struct uint3 {
    unsigned int x, y, z;
} uint3;

struct cudaExtent {
    size_t width, height, depth;
};

struct cudaPos {
    size_t x, y, z;
};

struct cudaPitchedPtr {
    void *ptr;
    size_t pitch, xsize, ysize;
};

struct cudaChannelFormatDesc {
    int x, y, z, w;
    unsigned int f; // an enumeration in the CUDA headers
};

struct cudaMemcpy3DParms {
    cudaArray_t srcArray;
    struct cudaPos srcPos;
    struct cudaPitchedPtr srcPtr;
    cudaArray_t dstArray;
    struct cudaPos dstPos;
    struct cudaPitchedPtr dstPtr;
    struct cudaExtent extent;
    enum cudaMemcpyKind kind;
};

struct cudaMemcpy3DPeerParms {
    cudaArray_t srcArray;
    struct cudaPos srcPos;
    struct cudaPitchedPtr srcPtr;
    int srcDevice;
    cudaArray_t dstArray;
    struct cudaPos dstPos;
    struct cudaPitchedPtr dstPtr;
    int dstDevice;
    struct cudaExtent extent;
};

struct cudaMemLocation {
    unsigned int type; // an enumeration in the CUDA headers
    int id;
};

struct cudaMemcpyAttributes {
    unsigned int srcAccessOrder; // an enumeration in the CUDA headers
    struct cudaMemLocation srcLocHint;
    struct cudaMemLocation dstLocHint;
    unsigned int flags;
};

struct cudaMemPoolProps {
    unsigned int allocType;   // an enumeration in the CUDA headers
    unsigned int handleTypes; // another
    struct cudaMemLocation location;
    void *win32SecurityAttributes;
    size_t maxSize;
    unsigned short usage;
    unsigned char reserved[54];
};

struct cudaMemAccessDesc {
    struct cudaMemLocation location;
    unsigned int flags; // an enumeration in the CUDA headers
};

struct cudaOffset3D {
    size_t x, y, z;
};

struct cudaMemcpy3DOperand {
    unsigned int type; // an enumeration in the CUDA headers: 1 pointer, 2 array
    union {
        struct {
            void *ptr;
            size_t rowLength, layerHeight;
            struct cudaMemLocation locHint;
        } ptr;
        struct {
            cudaArray_t array;
            struct cudaOffset3D offset;
        } array;
    } op;
};

struct cudaMemcpy3DBatchOp {
    struct cudaMemcpy3DOperand src;
    struct cudaMemcpy3DOperand dst;
    struct cudaExtent extent;
    unsigned int srcAccessOrder; // an enumeration in the CUDA headers
    unsigned int flags;
};

// What a launch is to do besides. Of the attributes that say which event it records the event is the first member.
enum { CUT_PROGRAMMATIC_EVENT = 7, CUT_LAUNCH_COMPLETION_EVENT = 12 };

typedef struct cudaLaunchAttribute_st {
    unsigned int id; // an enumeration in the CUDA headers
    unsigned int pad;
    union {
        char pad[64];
        cudaEvent_t event;
    } val;
} cudaLaunchAttribute;

typedef struct cudaLaunchConfig_st {
    dim3 gridDim;
    dim3 blockDim;
    size_t dynamicSmemBytes;
    cudaStream_t stream;
    struct cudaLaunchAttribute_st *attrs;
    unsigned int numAttrs;
} cudaLaunchConfig_t;

// Parameters of the nodes of graphs.
enum cudaGraphNodeType {
    cudaGraphNodeTypeKernel = 0,
    cudaGraphNodeTypeMemcpy = 1,
    cudaGraphNodeTypeMemset = 2,
    cudaGraphNodeTypeHost = 3,
    cudaGraphNodeTypeGraph = 4,
    cudaGraphNodeTypeEmpty = 5,
    cudaGraphNodeTypeWaitEvent = 6,
    cudaGraphNodeTypeEventRecord = 7,
    cudaGraphNodeTypeMemAlloc = 10,
    cudaGraphNodeTypeMemFree = 11,
};

struct cudaKernelNodeParams {
    void *func;
    dim3 gridDim;
    dim3 blockDim;
    unsigned int sharedMemBytes;
    void **kernelParams;
    void **extra;
};

struct cudaMemsetParams {
    void *dst;
    size_t pitch;
    unsigned int value;
    unsigned int elementSize;
    size_t width;
    size_t height;
};

struct cudaHostNodeParams {
    cudaHostFn_t fn;
    void *userData;
};

struct cudaMemAllocNodeParams {
    struct cudaMemPoolProps poolProps;
    const struct cudaMemAccessDesc *accessDescs;
    size_t accessDescCount;
    size_t bytesize;
    void *dptr;
};

struct cudaGraphNodeParams {
    enum cudaGraphNodeType type;
    int reserved0[3];
    union {
        long long reserved1[29];
        struct cudaKernelNodeParams kernel;
        struct {
            int flags;
            int reserved[3];
            struct cudaMemcpy3DParms copyParams;
        } memcpy;
        struct cudaMemsetParams memset;
        struct cudaHostNodeParams host;
        struct {
            cudaGraph_t graph;
            unsigned int ownership; // an enumeration in the CUDA headers
        } graph;
        struct {
            cudaEvent_t event;
        } eventWait, eventRecord;
        struct cudaMemAllocNodeParams alloc;
        struct {
            void *dptr;
        } free;
    };
    long long reserved2;
};

typedef struct cudaGraphInstantiateParams_st {
    unsigned long long flags;
    cudaStream_t uploadStream;
    cudaGraphNode_t errNode_out;
    unsigned int result_out; // an enumeration in the CUDA headers
} cudaGraphInstantiateParams;

typedef struct cudaGraphExecUpdateResultInfo_st {
    unsigned int result; // an enumeration in the CUDA headers
    cudaGraphNode_t errorNode;
    cudaGraphNode_t errorFromNode;
} cudaGraphExecUpdateResultInfo;

typedef struct cudaIpcMemHandle_st {
    char reserved[64];
} cudaIpcMemHandle_t;

typedef struct cudaIpcEventHandle_st {
    char reserved[64];
} cudaIpcEventHandle_t;

// Enumerations that are passed on by value. Their cases do not matter; that they are as wide as an int does.
#define CUT_OPAQUE_ENUM(name) enum name { cut_first_##name, cut_last_##name = 0x7fffffff }
CUT_OPAQUE_ENUM(cudaFlushGPUDirectRDMAWritesScope);
CUT_OPAQUE_ENUM(cudaFlushGPUDirectRDMAWritesTarget);
CUT_OPAQUE_ENUM(cudaMemAllocationHandleType);
CUT_OPAQUE_ENUM(cudaMemAllocationType);
CUT_OPAQUE_ENUM(cudaMemPoolAttr);
CUT_OPAQUE_ENUM(cudaMemoryAdvise);
CUT_OPAQUE_ENUM(cudaStreamCaptureMode);
CUT_OPAQUE_ENUM(cudaStreamCaptureStatus);
CUT_OPAQUE_ENUM(cudaDriverEntryPointQueryResult);
CUT_OPAQUE_ENUM(cudaJitOption);
CUT_OPAQUE_ENUM(cudaLibraryOption);
CUT_OPAQUE_ENUM(cudaLaunchAttributeID);
typedef enum cudaLaunchAttributeID cudaLaunchAttributeID;

// Structures that are only passed on by address.
typedef struct cudaGraphEdgeData_st cudaGraphEdgeData;
typedef union cudaLaunchAttributeValue cudaLaunchAttributeValue;
typedef struct CUuuid_st cudaUUID_t;
struct cudaExternalMemoryBufferDesc;
struct cudaExternalMemoryHandleDesc;
struct cudaExternalMemoryMipmappedArrayDesc;
struct cudaExternalSemaphoreHandleDesc;
struct cudaExternalSemaphoreSignalNodeParams;
struct cudaExternalSemaphoreSignalParams;
struct cudaExternalSemaphoreSignalParams_v1;
struct cudaExternalSemaphoreWaitNodeParams;
struct cudaExternalSemaphoreWaitParams;
struct cudaExternalSemaphoreWaitParams_v1;
struct cudaLaunchParams;
struct cudaMemPoolPtrExportData;
struct cudaResourceDesc;
struct cudaResourceViewDesc;
struct cudaTextureDesc;

// What the table calls the types of results.
typedef cudaError_t CUTReturns_error;
typedef void CUTReturns_nothing;
typedef const char *CUTReturns_text;
typedef void **CUTReturns_handle;
typedef unsigned int CUTReturns_word;
typedef char CUTReturns_byte;

#endif
