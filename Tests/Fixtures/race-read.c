// An upload on one stream and a download of the same bytes on another, with nothing between. The twin orders them by an
// event.
//
// build: gcc 13
// twin: fixed
// finds: CT401 error at download after upload
// fixed: nothing
#include "fixture.h"

int main(void) {
    char *from = pinned(4096, 5), *to = pinned(4096, 0);
    char *device = zeroed(4096);
    cudaStream_t first, second;
    CHECK(cudaStreamCreate(&first));
    CHECK(cudaStreamCreate(&second));
    CHECK(cudaMemcpyAsync(device, from, 4096, cudaMemcpyHostToDevice, first)); // @upload
#ifdef FIXED
    cudaEvent_t uploaded;
    CHECK(cudaEventCreateWithFlags(&uploaded, cudaEventDisableTiming));
    CHECK(cudaEventRecord(uploaded, first));
    CHECK(cudaStreamWaitEvent(second, uploaded, 0));
#endif
    CHECK(cudaMemcpyAsync(to, device, 4096, cudaMemcpyDeviceToHost, second)); // @download
    CHECK(cudaDeviceSynchronize());
    return 0;
}
