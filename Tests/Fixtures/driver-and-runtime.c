// The driver and the runtime speak of the same memory, streams and events: what the runtime allocates and uploads, the
// driver copies on, in a stream and behind an event of the runtime. In the racy program the driver's copy is in a stream
// of its own that waits for nothing.
//
// build: driver 13
// twin: fixed
// finds: CT401 error at copy after upload
// fixed: nothing
#include "driver.h"
#include "fixture.h"

int main(void) {
    char *from = pinned(4096, 7), *to = pinned(4096, 0);
    char *first = zeroed(4096), *second = zeroed(4096);
    cudaStream_t stream;
    CUstream other;
    cudaEvent_t uploaded;
    CUcontext current;
    DRIVE(cuCtxGetCurrent(&current));
    if (current == NULL) return 1;
    CHECK(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
    DRIVE(cuStreamCreate(&other, CU_STREAM_NON_BLOCKING));
    CHECK(cudaEventCreate(&uploaded));

    CHECK(cudaMemcpyAsync(first, from, 4096, cudaMemcpyHostToDevice, stream)); // @upload
    CHECK(cudaEventRecord(uploaded, stream));
#ifdef FIXED
    DRIVE(cuStreamWaitEvent(other, uploaded, 0));
#endif
    DRIVE(cuMemcpyDtoDAsync((CUdeviceptr)second, (CUdeviceptr)first, 4096, other)); // @copy
    DRIVE(cuStreamSynchronize(other));
    CHECK(cudaMemcpyAsync(to, second, 4096, cudaMemcpyDeviceToHost, other));
    CHECK(cudaStreamSynchronize(other));
    CHECK(cudaStreamSynchronize(stream));
#ifdef FIXED
    if (!filled(to, 4096, 7)) return 2;
#endif
    DRIVE(cuMemFree((CUdeviceptr)second));
    CHECK(cudaFree(first));
    CHECK(cudaFreeHost(from));
    CHECK(cudaFreeHost(to));
    return 0;
}
