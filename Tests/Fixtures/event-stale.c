// The event is recorded one line too early: before the upload that it should cover.
//
// build: gcc 13
// twin: fixed
// finds: CT409 error at download after upload
// fixed: nothing
#include "fixture.h"

int main(void) {
    char *from = pinned(4096, 5), *to = pinned(4096, 0);
    char *device = zeroed(4096);
    cudaStream_t first, second;
    cudaEvent_t uploaded;
    CHECK(cudaStreamCreate(&first));
    CHECK(cudaStreamCreate(&second));
    CHECK(cudaEventCreate(&uploaded));
#ifndef FIXED
    CHECK(cudaEventRecord(uploaded, first));
#endif
    CHECK(cudaMemcpyAsync(device, from, 4096, cudaMemcpyHostToDevice, first)); // @upload
#ifdef FIXED
    CHECK(cudaEventRecord(uploaded, first));
#endif
    CHECK(cudaStreamWaitEvent(second, uploaded, 0));
    CHECK(cudaMemcpyAsync(to, device, 4096, cudaMemcpyDeviceToHost, second)); // @download
    CHECK(cudaDeviceSynchronize());
    return 0;
}
