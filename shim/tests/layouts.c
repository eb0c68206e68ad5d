// Prints where the members of structures are, by our declarations or (CUT_REAL) by the CUDA headers.
#ifdef CUT_REAL
#include <cuda_runtime_api.h>
#else
#include "cutape_cuda.h"
#endif

#include <stddef.h>
#include <stdio.h>

#define SIZE(type) printf("%s %zu\n", #type, sizeof(type));
#define MEMBER(type, member) \
    printf("%s.%s %zu %zu\n", #type, #member, offsetof(type, member), sizeof(((type *)0)->member));
#define VALUE(name) printf("%s %d\n", #name, (int)name);

int main(void) {
    SIZE(dim3)
    MEMBER(dim3, y)
    MEMBER(dim3, z)
    SIZE(uint3)
    SIZE(struct cudaExtent)
    MEMBER(struct cudaExtent, width)
    MEMBER(struct cudaExtent, height)
    MEMBER(struct cudaExtent, depth)
    SIZE(struct cudaPos)
    MEMBER(struct cudaPos, y)
    MEMBER(struct cudaPos, z)
    SIZE(struct cudaPitchedPtr)
    MEMBER(struct cudaPitchedPtr, ptr)
    MEMBER(struct cudaPitchedPtr, pitch)
    MEMBER(struct cudaPitchedPtr, xsize)
    MEMBER(struct cudaPitchedPtr, ysize)
    SIZE(struct cudaChannelFormatDesc)
    MEMBER(struct cudaChannelFormatDesc, x)
    MEMBER(struct cudaChannelFormatDesc, w)
    MEMBER(struct cudaChannelFormatDesc, f)
    SIZE(struct cudaMemcpy3DParms)
    MEMBER(struct cudaMemcpy3DParms, srcArray)
    MEMBER(struct cudaMemcpy3DParms, srcPos)
    MEMBER(struct cudaMemcpy3DParms, srcPtr)
    MEMBER(struct cudaMemcpy3DParms, dstArray)
    MEMBER(struct cudaMemcpy3DParms, dstPos)
    MEMBER(struct cudaMemcpy3DParms, dstPtr)
    MEMBER(struct cudaMemcpy3DParms, extent)
    MEMBER(struct cudaMemcpy3DParms, kind)
    SIZE(struct cudaMemcpy3DPeerParms)
    MEMBER(struct cudaMemcpy3DPeerParms, srcDevice)
    MEMBER(struct cudaMemcpy3DPeerParms, dstArray)
    MEMBER(struct cudaMemcpy3DPeerParms, dstDevice)
    MEMBER(struct cudaMemcpy3DPeerParms, extent)
    SIZE(struct cudaMemLocation)
    MEMBER(struct cudaMemLocation, type)
    MEMBER(struct cudaMemLocation, id)
    SIZE(struct cudaMemcpyAttributes)
    MEMBER(struct cudaMemcpyAttributes, srcAccessOrder)
    MEMBER(struct cudaMemcpyAttributes, flags)
    SIZE(cudaLaunchConfig_t)
    MEMBER(cudaLaunchConfig_t, gridDim)
    MEMBER(cudaLaunchConfig_t, blockDim)
    MEMBER(cudaLaunchConfig_t, dynamicSmemBytes)
    MEMBER(cudaLaunchConfig_t, stream)
    SIZE(cudaIpcMemHandle_t)
    SIZE(cudaIpcEventHandle_t)
    SIZE(enum cudaMemoryAdvise)
    SIZE(enum cudaStreamCaptureMode)
    SIZE(enum cudaMemAllocationType)
    SIZE(cudaLaunchAttributeID)
    SIZE(cudaTextureObject_t)
    SIZE(cudaGraphConditionalHandle)
    VALUE(cudaErrorSharedObjectSymbolNotFound)
    VALUE(cudaErrorUnknown)
    VALUE(cudaMemcpyHostToHost)
    VALUE(cudaMemcpyHostToDevice)
    VALUE(cudaMemcpyDeviceToHost)
    VALUE(cudaMemcpyDeviceToDevice)
    VALUE(cudaMemcpyDefault)
    return 0;
}
