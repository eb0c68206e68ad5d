// Memory pools, hints and questions about capture, as frameworks use them at their start.
#include <cuda_runtime_api.h>
#include <stdint.h>
#include <stdio.h>

#include "want.h"

int main(void) {
    cudaMemPool_t first, second, own;
    DO(cudaDeviceGetDefaultMemPool(&first, 0));
    DO(cudaDeviceGetDefaultMemPool(&second, 1));
    WANT(first != second);
    uint64_t threshold = UINT64_MAX, used = 7;
    DO(cudaMemPoolSetAttribute(first, cudaMemPoolAttrReleaseThreshold, &threshold));
    DO(cudaMemPoolGetAttribute(first, cudaMemPoolAttrUsedMemCurrent, &used));
    WANT(used == 0);
    struct cudaMemPoolProps properties = {.allocType = cudaMemAllocationTypePinned,
                                          .location = {cudaMemLocationTypeDevice, 0}};
    DO(cudaMemPoolCreate(&own, &properties));
    WANT(own != first);
    cudaStream_t stream;
    DO(cudaStreamCreate(&stream));
    char *a, *b, bytes[64];
    DO(cudaMallocAsync((void **)&a, 64, stream));
    DO(cudaMallocFromPoolAsync((void **)&b, 64, own, stream));
    DO(cudaMemsetAsync(a, 3, 64, stream));
    DO(cudaMemcpyAsync(b, a, 64, cudaMemcpyDefault, stream));
    DO(cudaMemcpyAsync(bytes, b, 64, cudaMemcpyDeviceToHost, stream));
    DO(cudaStreamSynchronize(stream));
    WANT(bytes[0] == 3 && bytes[63] == 3);
    DO(cudaFreeAsync(a, stream));
    DO(cudaFreeAsync(b, stream));
    WANT(cudaFreeAsync(a, stream) == cudaErrorInvalidValue);
    DO(cudaMemPoolDestroy(own));

    char *managed;
    DO(cudaMallocManaged((void **)&managed, 64, cudaMemAttachGlobal));
#if CUT_MAJOR >= 13
    struct cudaMemLocation device = {cudaMemLocationTypeDevice, 0};
    DO(cudaMemAdvise(managed, 64, cudaMemAdviseSetReadMostly, device));
    DO(cudaMemPrefetchAsync(managed, 64, device, 0, stream));
    WANT(cudaMemPrefetchAsync(bytes, 64, device, 0, stream) == cudaErrorInvalidValue);
    enum cudaStreamCaptureStatus status;
    DO(cudaStreamGetCaptureInfo(stream, &status, NULL, NULL, NULL, NULL, NULL));
#else
    DO(cudaMemAdvise(managed, 64, cudaMemAdviseSetReadMostly, 0));
    DO(cudaMemPrefetchAsync(managed, 64, 0, stream));
    WANT(cudaMemPrefetchAsync(bytes, 64, 0, stream) == cudaErrorInvalidValue);
    enum cudaStreamCaptureStatus status;
    DO(cudaStreamGetCaptureInfo(stream, &status, NULL, NULL, NULL, NULL));
#endif
    WANT(status == cudaStreamCaptureStatusNone);
    enum cudaStreamCaptureMode mode = cudaStreamCaptureModeRelaxed;
    DO(cudaThreadExchangeStreamCaptureMode(&mode));
    puts("all as expected");
    return 0;
}
