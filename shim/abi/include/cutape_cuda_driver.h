// The types of the driver's prototypes, as far as the API table needs them: see cutape_cuda.h. Facts of cuda.h 13.0;
// shim/tests compares them with the real header.
//
// What has the same members under the same names in both interfaces is declared once, for the runtime.
#ifndef CUTAPE_CUDA_DRIVER_H
#define CUTAPE_CUDA_DRIVER_H

#include "cutape_cuda.h"

#include <stddef.h>
#include <stdint.h>

typedef enum cudaError_enum {
    CUDA_SUCCESS = 0,
    CUDA_ERROR_SHARED_OBJECT_SYMBOL_NOT_FOUND = 302, // what the shim answers when there is no function to forward to
    CUDA_ERROR_UNKNOWN = 999,
} CUresult;

typedef int CUdevice;
typedef unsigned long long CUdeviceptr;
typedef uint32_t cuuint32_t;
typedef uint64_t cuuint64_t;

// Handles.
typedef struct CUctx_st *CUcontext;
typedef struct CUmod_st *CUmodule;
typedef struct CUfunc_st *CUfunction;
typedef struct CUkern_st *CUkernel;
typedef struct CUlib_st *CUlibrary;
typedef struct CUarray_st *CUarray;
typedef struct CUmipmappedArray_st *CUmipmappedArray;
typedef struct CUstream_st *CUstream;
typedef struct CUevent_st *CUevent;
typedef struct CUgreenCtx_st *CUgreenCtx;
typedef cudaMemPool_t CUmemoryPool;
typedef cudaGraph_t CUgraph;
typedef cudaGraphNode_t CUgraphNode;
typedef cudaGraphExec_t CUgraphExec;
typedef cudaUserObject_t CUuserObject;
typedef cudaGraphConditionalHandle CUgraphConditionalHandle;
typedef struct CUgraphicsResource_st *CUgraphicsResource;
typedef struct CUextMemory_st *CUexternalMemory;
typedef struct CUextSemaphore_st *CUexternalSemaphore;
typedef unsigned long long CUmemGenericAllocationHandle;
typedef void (*CUhostFn)(void *userData);
typedef void (*CUstreamCallback)(CUstream hStream, CUresult status, void *userData);

// Structures that are passed by value, or read.
typedef enum CUmemorytype_enum {
    CU_MEMORYTYPE_HOST = 1,
    CU_MEMORYTYPE_DEVICE = 2,
    CU_MEMORYTYPE_ARRAY = 3,
    CU_MEMORYTYPE_UNIFIED = 4,
} CUmemorytype;

typedef struct CUDA_MEMCPY2D_st {
    size_t srcXInBytes, srcY;
    CUmemorytype srcMemoryType;
    const void *srcHost;
    CUdeviceptr srcDevice;
    CUarray srcArray;
    size_t srcPitch;
    size_t dstXInBytes, dstY;
    CUmemorytype dstMemoryType;
    void *dstHost;
    CUdeviceptr dstDevice;
    CUarray dstArray;
    size_t dstPitch;
    size_t WidthInBytes, Height;
} CUDA_MEMCPY2D;

typedef struct CUDA_MEMCPY3D_st {
    size_t srcXInBytes, srcY, srcZ, srcLOD;
    CUmemorytype srcMemoryType;
    const void *srcHost;
    CUdeviceptr srcDevice;
    CUarray srcArray;
    void *reserved0;
    size_t srcPitch, srcHeight;
    size_t dstXInBytes, dstY, dstZ, dstLOD;
    CUmemorytype dstMemoryType;
    void *dstHost;
    CUdeviceptr dstDevice;
    CUarray dstArray;
    void *reserved1;
    size_t dstPitch, dstHeight;
    size_t WidthInBytes, Height, Depth;
} CUDA_MEMCPY3D;

typedef struct CUDA_MEMCPY3D_PEER_st {
    size_t srcXInBytes, srcY, srcZ, srcLOD;
    CUmemorytype srcMemoryType;
    const void *srcHost;
    CUdeviceptr srcDevice;
    CUarray srcArray;
    CUcontext srcContext;
    size_t srcPitch, srcHeight;
    size_t dstXInBytes, dstY, dstZ, dstLOD;
    CUmemorytype dstMemoryType;
    void *dstHost;
    CUdeviceptr dstDevice;
    CUarray dstArray;
    CUcontext dstContext;
    size_t dstPitch, dstHeight;
    size_t WidthInBytes, Height, Depth;
} CUDA_MEMCPY3D_PEER;

typedef struct CUDA_ARRAY_DESCRIPTOR_st {
    size_t Width, Height;
    unsigned int Format; // an enumeration in the CUDA header: CUarray_format
    unsigned int NumChannels;
} CUDA_ARRAY_DESCRIPTOR;

typedef struct CUDA_ARRAY3D_DESCRIPTOR_st {
    size_t Width, Height, Depth;
    unsigned int Format;
    unsigned int NumChannels;
    unsigned int Flags;
} CUDA_ARRAY3D_DESCRIPTOR;

typedef struct cudaMemLocation CUmemLocation;
typedef struct cudaMemcpyAttributes CUmemcpyAttributes;
typedef struct cudaMemcpy3DBatchOp CUDA_MEMCPY3D_BATCH_OP;
typedef struct cudaMemPoolProps CUmemPoolProps;
typedef struct cudaMemAccessDesc CUmemAccessDesc;

typedef struct CUmemAllocationProp_st {
    unsigned int type;                 // enumerations in the CUDA header
    unsigned int requestedHandleTypes;
    CUmemLocation location;
    void *win32HandleMetaData;
    struct {
        unsigned char compressionType;
        unsigned char gpuDirectRDMACapable;
        unsigned short usage;
        unsigned char reserved[4];
    } allocFlags;
} CUmemAllocationProp;

typedef struct CUlaunchConfig_st {
    unsigned int gridDimX, gridDimY, gridDimZ;
    unsigned int blockDimX, blockDimY, blockDimZ;
    unsigned int sharedMemBytes;
    CUstream hStream;
    struct CUlaunchAttribute_st *attrs;
    unsigned int numAttrs;
} CUlaunchConfig;

// Parameters of the nodes of graphs.
typedef struct cudaMemsetParams CUDA_MEMSET_NODE_PARAMS;
typedef struct cudaHostNodeParams CUDA_HOST_NODE_PARAMS;
typedef struct cudaMemAllocNodeParams CUDA_MEM_ALLOC_NODE_PARAMS;
typedef struct cudaGraphExecUpdateResultInfo_st CUgraphExecUpdateResultInfo;
typedef struct cudaGraphInstantiateParams_st CUDA_GRAPH_INSTANTIATE_PARAMS; // whose members have other names

typedef struct CUDA_KERNEL_NODE_PARAMS_st {
    CUfunction func;
    unsigned int gridDimX, gridDimY, gridDimZ;
    unsigned int blockDimX, blockDimY, blockDimZ;
    unsigned int sharedMemBytes;
    void **kernelParams;
    void **extra;
} CUDA_KERNEL_NODE_PARAMS_v1;

typedef struct CUDA_KERNEL_NODE_PARAMS_v2_st {
    CUDA_KERNEL_NODE_PARAMS_v1 v1; // in the CUDA header its members
    CUkernel kern;                 // instead of `func`
    CUcontext ctx;
} CUDA_KERNEL_NODE_PARAMS;

// A node of any type: two types are not as in the runtime's structure.
typedef union CUgraphNodeParams {
    struct cudaGraphNodeParams common;
    struct {
        int type, reserved0[3];
        union {
            CUDA_KERNEL_NODE_PARAMS kernel;
            struct {
                int flags, reserved;
                CUcontext copyCtx;
                CUDA_MEMCPY3D copyParams;
            } memcpy;
        };
    };
} CUgraphNodeParams;

typedef struct CUipcEventHandle_st {
    char reserved[64];
} CUipcEventHandle;

typedef struct CUipcMemHandle_st {
    char reserved[64];
} CUipcMemHandle;

// Enumerations that are passed on by value: as wide as an int.
#define CUT_DRIVER_ENUM(name) typedef enum name##_enum { cut_first_##name, cut_last_##name = 0x7fffffff } name
typedef enum cudaMemoryAdvise CUmem_advise;
typedef enum cudaMemPoolAttr CUmemPool_attribute;
typedef enum cudaMemAllocationHandleType CUmemAllocationHandleType;
typedef enum cudaMemAllocationType CUmemAllocationType;
typedef enum cudaStreamCaptureMode CUstreamCaptureMode;
typedef enum cudaStreamCaptureStatus CUstreamCaptureStatus;
typedef cudaLaunchAttributeID CUkernelNodeAttrID;
CUT_DRIVER_ENUM(CUdriverProcAddressQueryResult);
CUT_DRIVER_ENUM(CUflushGPUDirectRDMAWritesTarget);
CUT_DRIVER_ENUM(CUflushGPUDirectRDMAWritesScope);
CUT_DRIVER_ENUM(CUgraphExecUpdateResult);
CUT_DRIVER_ENUM(CUmemRangeHandleType);
CUT_DRIVER_ENUM(CUpointer_attribute);

// Structures that are only passed on by address.
typedef cudaGraphEdgeData CUgraphEdgeData;
typedef cudaLaunchAttributeValue CUkernelNodeAttrValue;
typedef struct CUDA_BATCH_MEM_OP_NODE_PARAMS_st CUDA_BATCH_MEM_OP_NODE_PARAMS;
typedef struct CUDA_EXT_SEM_SIGNAL_NODE_PARAMS_st CUDA_EXT_SEM_SIGNAL_NODE_PARAMS;
typedef struct CUDA_EXT_SEM_WAIT_NODE_PARAMS_st CUDA_EXT_SEM_WAIT_NODE_PARAMS;
typedef struct CUDA_EXTERNAL_MEMORY_MIPMAPPED_ARRAY_DESC_st CUDA_EXTERNAL_MEMORY_MIPMAPPED_ARRAY_DESC;
typedef struct CUDA_LAUNCH_PARAMS_st CUDA_LAUNCH_PARAMS;
typedef struct CUDA_EXTERNAL_MEMORY_BUFFER_DESC_st CUDA_EXTERNAL_MEMORY_BUFFER_DESC;
typedef struct CUDA_EXTERNAL_MEMORY_HANDLE_DESC_st CUDA_EXTERNAL_MEMORY_HANDLE_DESC;
typedef struct CUDA_EXTERNAL_SEMAPHORE_HANDLE_DESC_st CUDA_EXTERNAL_SEMAPHORE_HANDLE_DESC;
typedef struct CUDA_EXTERNAL_SEMAPHORE_SIGNAL_PARAMS_st CUDA_EXTERNAL_SEMAPHORE_SIGNAL_PARAMS;
typedef struct CUDA_EXTERNAL_SEMAPHORE_WAIT_PARAMS_st CUDA_EXTERNAL_SEMAPHORE_WAIT_PARAMS;
typedef struct CUarrayMapInfo_st CUarrayMapInfo;
typedef struct CUctxCreateParams_st CUctxCreateParams;
typedef struct CUexecAffinityParam_st CUexecAffinityParam;
typedef struct CUmemDecompressParams_st CUmemDecompressParams;
typedef struct CUmemPoolPtrExportData_st CUmemPoolPtrExportData;
typedef struct CUmulticastObjectProp_st CUmulticastObjectProp;
typedef union CUstreamBatchMemOpParams_union CUstreamBatchMemOpParams;

typedef CUresult CUTReturns_result;

#endif
