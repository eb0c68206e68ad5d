// The driver API as a bandwidth test uses it: uploads, downloads and copies between devices by cuMemcpyAsync, timed by
// events, and both directions at once on two streams that events order. Misuse gives the codes of CUresult.
//
// build: driver 13
// finds: nothing
// prints: uploaded, copied, downloaded
// prints: both directions at once
#include "driver.h"

enum { SIZE = 1 << 20, LOOPS = 4 };

static CUdeviceptr on(CUcontext context) {
    CUdeviceptr memory;
    DRIVE(cuCtxSetCurrent(context));
    DRIVE(cuMemAlloc(&memory, SIZE));
    DRIVE(cuMemsetD8(memory, 0, SIZE));
    DRIVE(cuCtxSynchronize());
    return memory;
}

static char *host(int value) {
    void *memory;
    DRIVE(cuMemHostAlloc(&memory, SIZE, CU_MEMHOSTALLOC_PORTABLE));
    memset(memory, value, SIZE);
    return memory;
}

// Milliseconds that `LOOPS` copies take.
static float timed(CUdeviceptr to, CUdeviceptr from, CUstream stream) {
    CUevent start, end;
    float milliseconds;
    DRIVE(cuEventCreate(&start, CU_EVENT_DEFAULT));
    DRIVE(cuEventCreate(&end, CU_EVENT_DEFAULT));
    DRIVE(cuEventRecord(start, stream));
    for (int i = 0; i < LOOPS; i++) DRIVE(cuMemcpyAsync(to, from, SIZE, stream));
    DRIVE(cuEventRecord(end, stream));
    DRIVE(cuEventSynchronize(end));
    DRIVE(cuEventElapsedTime(&milliseconds, start, end));
    DRIVE(cuEventDestroy(start));
    DRIVE(cuEventDestroy(end));
    return milliseconds;
}

int main(void) {
    int count;
    CUcontext contexts[2], current;
    CUdeviceptr none;
    REFUSED(CUDA_ERROR_NOT_INITIALIZED, cuMemAlloc(&none, SIZE));
    DRIVE(cuInit(0));
    REFUSED(CUDA_ERROR_INVALID_CONTEXT, cuMemAlloc(&none, SIZE));
    DRIVE(cuDeviceGetCount(&count));
    if (count < 2) return 98;
    for (int device = 0; device < 2; device++) DRIVE(cuDevicePrimaryCtxRetain(&contexts[device], device));
    CUdeviceptr first = on(contexts[0]), second = on(contexts[1]);
    DRIVE(cuCtxEnablePeerAccess(contexts[0], 0));
    REFUSED(CUDA_ERROR_PEER_ACCESS_ALREADY_ENABLED, cuCtxEnablePeerAccess(contexts[0], 0));
    DRIVE(cuCtxSetCurrent(contexts[0]));
    REFUSED(CUDA_ERROR_INVALID_VALUE, cuMemAlloc(&none, 0));

    char *from = host(5), *to = host(0), *back = host(0);
    CUstream up, down;
    DRIVE(cuStreamCreate(&up, CU_STREAM_NON_BLOCKING));
    DRIVE(cuStreamCreate(&down, CU_STREAM_NON_BLOCKING));
    if (timed(first, (CUdeviceptr)from, up) < 0) return 1;
    if (timed(second, first, up) < 0) return 1;
    if (timed((CUdeviceptr)to, second, up) < 0) return 1;
    if (all_are(to, SIZE, 5)) puts("uploaded, copied, downloaded");

    CUevent started, ended;
    DRIVE(cuEventCreate(&started, CU_EVENT_DISABLE_TIMING));
    DRIVE(cuEventCreate(&ended, CU_EVENT_DISABLE_TIMING));
    DRIVE(cuEventRecord(started, up));
    DRIVE(cuStreamWaitEvent(down, started, 0));
    DRIVE(cuMemcpyHtoDAsync(first, from, SIZE, up));
    DRIVE(cuMemcpyDtoHAsync(back, second, SIZE, down));
    DRIVE(cuEventRecord(ended, down));
    DRIVE(cuStreamWaitEvent(up, ended, 0));
    DRIVE(cuStreamSynchronize(up));
    if (all_are(back, SIZE, 5)) puts("both directions at once");

    DRIVE(cuCtxPushCurrent(contexts[1]));
    DRIVE(cuMemFree(second));
    DRIVE(cuCtxPopCurrent(&current));
    DRIVE(cuMemFree(first));
    DRIVE(cuMemFreeHost(from));
    DRIVE(cuMemFreeHost(to));
    DRIVE(cuMemFreeHost(back));
    DRIVE(cuEventDestroy(started));
    DRIVE(cuEventDestroy(ended));
    DRIVE(cuStreamDestroy(up));
    DRIVE(cuStreamDestroy(down));
    for (int device = 0; device < 2; device++) DRIVE(cuDevicePrimaryCtxRelease(device));
    return 0;
}
