// Asks the runtime what a program may ask, through NVIDIA's own declarations: ends with status 0 when every answer is
// what a program can use.
#include <cuda_runtime_api.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "want.h"

int main(void) {
    int count, device, value, least, greatest, version;
    DO(cudaGetDeviceCount(&count));
    WANT(count == 2);
    DO(cudaSetDevice(1));
    DO(cudaGetDevice(&device));
    WANT(device == 1);
    DO(cudaSetDevice(0));

    struct cudaDeviceProp properties;
    memset(&properties, 0xff, sizeof properties);
    DO(cudaGetDeviceProperties(&properties, 1));
    WANT(strcmp(properties.name, "cutape emulated device") == 0);
    WANT(properties.major == 9 && properties.warpSize == 32 && properties.unifiedAddressing == 1);
    WANT(properties.memoryPoolsSupported == 1 && properties.integrated == 0);
    WANT(cudaGetDeviceProperties(&properties, 2) == cudaErrorInvalidDevice);
    WANT(cudaGetLastError() == cudaErrorInvalidDevice);
    WANT(cudaGetDeviceProperties(NULL, 0) == cudaErrorInvalidValue);
    WANT(cudaGetLastError() == cudaErrorInvalidValue);
    DO(cudaDeviceGetAttribute(&value, cudaDevAttrComputeCapabilityMajor, 0));
    WANT(value == properties.major);
    DO(cudaDeviceGetAttribute(&value, cudaDevAttrMultiProcessorCount, 0));
    WANT(value == properties.multiProcessorCount);
    DO(cudaRuntimeGetVersion(&version));
    WANT(version / 1000 == CUDART_VERSION / 1000);
    DO(cudaDriverGetVersion(&version));
    WANT(version >= CUDART_VERSION);
    DO(cudaDeviceGetStreamPriorityRange(&least, &greatest));
    WANT(greatest <= least);
    DO(cudaDeviceCanAccessPeer(&value, 0, 1));
    WANT(value == 1);
    char bus[32];
    DO(cudaDeviceGetPCIBusId(bus, sizeof bus, 1));
    WANT(strcmp(bus, "0000:02:00.0") == 0);

    size_t before, after, total;
    void *d, *h, *m, *host = malloc(64);
    DO(cudaMemGetInfo(&before, &total));
    WANT(total == properties.totalGlobalMem && before <= total);
    DO(cudaMalloc(&d, 1 << 20));
    DO(cudaMemGetInfo(&after, &total));
    WANT(before - after == 1 << 20);
    DO(cudaMallocHost(&h, 64));
    DO(cudaMallocManaged(&m, 64, cudaMemAttachGlobal));
    struct cudaPointerAttributes attributes;
    DO(cudaPointerGetAttributes(&attributes, (char *)d + 100));
    WANT(attributes.type == cudaMemoryTypeDevice && attributes.hostPointer == NULL);
    WANT(attributes.devicePointer == (char *)d + 100);
    DO(cudaPointerGetAttributes(&attributes, h));
    WANT(attributes.type == cudaMemoryTypeHost && attributes.hostPointer == h);
    DO(cudaPointerGetAttributes(&attributes, m));
    WANT(attributes.type == cudaMemoryTypeManaged && attributes.device == 0);
    DO(cudaPointerGetAttributes(&attributes, host));
    WANT(attributes.type == cudaMemoryTypeUnregistered && attributes.hostPointer == host);
    unsigned int flags;
    DO(cudaHostGetFlags(&flags, h));
    WANT(flags & cudaHostAllocMapped);
    WANT(cudaHostGetFlags(&flags, d) == cudaErrorInvalidValue);
    memset(m, 3, 64);

    cudaStream_t stream;
    int priority;
    DO(cudaStreamCreateWithPriority(&stream, cudaStreamNonBlocking, -2));
    DO(cudaStreamGetFlags(stream, &flags));
    DO(cudaStreamGetPriority(stream, &priority));
    WANT(flags == cudaStreamNonBlocking && priority == -2);
    unsigned long long id, other;
    DO(cudaStreamGetId(stream, &id));
    DO(cudaStreamGetId(NULL, &other));
    WANT(id != other);
    enum cudaStreamCaptureStatus status;
    DO(cudaStreamIsCapturing(stream, &status));
    WANT(status == cudaStreamCaptureStatusNone);
    DO(cudaStreamDestroy(stream));
    WANT(cudaStreamGetFlags(stream, &flags) != cudaSuccess);

    cudaArray_t array;
    struct cudaChannelFormatDesc format = cudaCreateChannelDesc(8, 8, 8, 8, cudaChannelFormatKindUnsigned);
    WANT(format.w == 8 && format.f == cudaChannelFormatKindUnsigned);
    DO(cudaMallocArray(&array, &format, 16, 4, 0));
    struct cudaExtent extent;
    DO(cudaArrayGetInfo(NULL, &extent, &flags, array));
    WANT(extent.width == 16 && extent.height == 4 && extent.depth == 0);

    struct cudaPitchedPtr pitched;
    DO(cudaMalloc3D(&pitched, (struct cudaExtent){100, 3, 2}));
    WANT(pitched.pitch >= 100 && pitched.xsize == 100 && pitched.ysize == 3 && pitched.ptr != NULL);
    WANT(cudaMalloc(NULL, 4) == cudaErrorInvalidValue);
    WANT(strcmp(cudaGetErrorName(cudaErrorInvalidValue), "cudaErrorInvalidValue") == 0);
    WANT(strcmp(cudaGetErrorString(cudaSuccess), "no error") == 0);
    WANT(strcmp(cudaGetErrorName((cudaError_t)77777), "unrecognized error code") == 0);

    int blocks;
    DO(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, (const void *)main, 256, 0));
    WANT(blocks == 8);
    struct cudaFuncAttributes function;
    DO(cudaFuncGetAttributes(&function, (const void *)main));
    WANT(function.maxThreadsPerBlock == 1024);
    puts("all as expected");
    return 0;
}
