// Prints the size of every CUDA struct that the stand-in runtime declares, and where each field is. Built twice, with
// the declarations of the runtime and with NVIDIA's, it must print the same.
#ifdef CUT_OWN
#include "cut_cuda.h"
#else
#include <cuda_runtime_api.h>
#endif
#include <stddef.h>
#include <stdio.h>

#define S(type) printf("%s %zu\n", #type, sizeof(type));
#define F(field) printf("  %s %zu %zu\n", #field, offsetof(T, field), sizeof(((T *)0)->field));

int main(void) {
    S(dim3) S(struct cudaPitchedPtr) S(struct cudaExtent) S(struct cudaPos) S(struct cudaChannelFormatDesc)
    S(struct cudaMemLocation) S(struct cudaMemcpyAttributes) S(cudaLaunchConfig_t)
    {
        typedef struct cudaPitchedPtr T;
        F(ptr) F(pitch) F(xsize) F(ysize)
    }
    {
        typedef struct cudaChannelFormatDesc T;
        F(x) F(y) F(z) F(w) F(f)
    }
    {
        typedef struct cudaMemcpy3DParms T;
        S(T) F(srcArray) F(srcPos) F(srcPtr) F(dstArray) F(dstPos) F(dstPtr) F(extent) F(kind)
    }
    {
        typedef struct cudaMemcpy3DPeerParms T;
        S(T) F(srcArray) F(srcPos) F(srcPtr) F(srcDevice) F(dstArray) F(dstPos) F(dstPtr) F(dstDevice) F(extent)
    }
    {
        typedef struct cudaMemcpyAttributes T;
        F(srcAccessOrder) F(srcLocHint) F(dstLocHint) F(flags)
    }
    {
        typedef cudaLaunchConfig_t T;
        F(gridDim) F(blockDim) F(dynamicSmemBytes) F(stream) F(attrs) F(numAttrs)
    }
    {
        typedef struct cudaPointerAttributes T;
        S(T) F(type) F(device) F(devicePointer) F(hostPointer)
    }
    {
        typedef struct cudaFuncAttributes T;
        S(T) F(sharedSizeBytes) F(constSizeBytes) F(localSizeBytes) F(maxThreadsPerBlock) F(numRegs) F(ptxVersion)
        F(binaryVersion) F(cacheModeCA) F(maxDynamicSharedSizeBytes) F(preferredShmemCarveout)
        F(clusterDimMustBeSet) F(requiredClusterWidth) F(requiredClusterDepth)
        F(clusterSchedulingPolicyPreference) F(nonPortableClusterSizeAllowed) F(reserved)
    }
    {
        typedef struct cudaDeviceProp T;
        S(T) F(name) F(uuid) F(luid) F(luidDeviceNodeMask) F(totalGlobalMem) F(sharedMemPerBlock) F(regsPerBlock)
        F(warpSize) F(memPitch) F(maxThreadsPerBlock) F(maxThreadsDim) F(maxGridSize) F(totalConstMem) F(major)
        F(minor) F(textureAlignment) F(texturePitchAlignment) F(multiProcessorCount) F(integrated)
        F(canMapHostMemory) F(maxTexture1D) F(maxTexture1DMipmap) F(maxTexture2D) F(maxTexture2DMipmap)
        F(maxTexture2DLinear) F(maxTexture2DGather) F(maxTexture3D) F(maxTexture3DAlt) F(maxTextureCubemap)
        F(maxTexture1DLayered) F(maxTexture2DLayered) F(maxTextureCubemapLayered) F(maxSurface1D) F(maxSurface2D)
        F(maxSurface3D) F(maxSurface1DLayered) F(maxSurface2DLayered) F(maxSurfaceCubemap)
        F(maxSurfaceCubemapLayered) F(surfaceAlignment) F(concurrentKernels) F(ECCEnabled) F(pciBusID)
        F(pciDeviceID) F(pciDomainID) F(tccDriver) F(asyncEngineCount) F(unifiedAddressing) F(memoryBusWidth)
        F(l2CacheSize) F(persistingL2CacheMaxSize) F(maxThreadsPerMultiProcessor) F(streamPrioritiesSupported)
        F(globalL1CacheSupported) F(localL1CacheSupported) F(sharedMemPerMultiprocessor)
        F(regsPerMultiprocessor) F(managedMemory) F(isMultiGpuBoard) F(multiGpuBoardGroupID)
        F(hostNativeAtomicSupported) F(pageableMemoryAccess) F(concurrentManagedAccess)
        F(computePreemptionSupported) F(canUseHostPointerForRegisteredMem) F(cooperativeLaunch)
        F(sharedMemPerBlockOptin) F(pageableMemoryAccessUsesHostPageTables) F(directManagedMemAccessFromHost)
        F(maxBlocksPerMultiProcessor) F(accessPolicyMaxWindowSize) F(reservedSharedMemPerBlock)
        F(hostRegisterSupported) F(sparseCudaArraySupported) F(hostRegisterReadOnlySupported)
        F(timelineSemaphoreInteropSupported) F(memoryPoolsSupported) F(gpuDirectRDMASupported)
        F(gpuDirectRDMAFlushWritesOptions) F(gpuDirectRDMAWritesOrdering) F(memoryPoolSupportedHandleTypes)
        F(deferredMappingCudaArraySupported) F(ipcEventSupported) F(clusterLaunch) F(unifiedFunctionPointers)
        F(reserved)
#if CUT_MAJOR < 13
        F(clockRate) F(deviceOverlap) F(kernelExecTimeoutEnabled) F(computeMode) F(maxTexture1DLinear)
        F(memoryClockRate) F(singleToDoublePrecisionPerfRatio) F(cooperativeMultiDeviceLaunch)
#else
        F(deviceNumaConfig) F(deviceNumaId) F(mpsEnabled) F(hostNumaId) F(gpuPciDeviceID) F(gpuPciSubsystemID)
        F(hostNumaMultinodeIpcSupported)
#endif
    }
    return 0;
}
