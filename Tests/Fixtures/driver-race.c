// The driver API: one stream uploads, another downloads the same bytes. Nothing makes the download wait in the racy
// program; the twin orders the streams by an event.
//
// build: driver 13
// twin: fixed
// finds: CT401 error at download after upload
// fixed: nothing
// fixed-prints: 5
// racy-prints: 0
#include "driver.h"

int main(void) {
    CUcontext context;
    CUdeviceptr device;
    CUstream up, down;
    char *from, *to;
    DRIVE(cuInit(0));
    DRIVE(cuCtxCreate(&context, NULL, 0, 0));
    DRIVE(cuMemAlloc(&device, 4096));
    DRIVE(cuMemAllocHost((void **)&from, 4096));
    DRIVE(cuMemAllocHost((void **)&to, 4096));
    memset(from, 5, 4096);
    DRIVE(cuMemsetD8(device, 0, 4096));
    DRIVE(cuCtxSynchronize());
    DRIVE(cuStreamCreate(&up, CU_STREAM_NON_BLOCKING));
    DRIVE(cuStreamCreate(&down, CU_STREAM_NON_BLOCKING));

    DRIVE(cuMemcpyHtoDAsync(device, from, 4096, up)); // @upload
#ifdef FIXED
    CUevent uploaded;
    DRIVE(cuEventCreate(&uploaded, CU_EVENT_DISABLE_TIMING));
    DRIVE(cuEventRecord(uploaded, up));
    DRIVE(cuStreamWaitEvent(down, uploaded, 0));
#endif
    DRIVE(cuMemcpyDtoHAsync(to, device, 4096, down)); // @download
    DRIVE(cuStreamSynchronize(down));
    printf("%d\n", to[0]);
    DRIVE(cuStreamSynchronize(up));
    DRIVE(cuMemFree(device));
    DRIVE(cuCtxDestroy(context));
    return 0;
}
