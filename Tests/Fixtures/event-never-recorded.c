// The download waits for an event, and nobody records it: such a wait waits for nothing. The race that follows is told
// once, by the reason.
//
// build: gcc 13
// twin: fixed
// finds: CT408 error at wait
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
    CHECK(cudaMemcpyAsync(device, from, 4096, cudaMemcpyHostToDevice, first));
#ifdef FIXED
    CHECK(cudaEventRecord(uploaded, first));
#endif
    CHECK(cudaStreamWaitEvent(second, uploaded, 0)); // @wait
    CHECK(cudaMemcpyAsync(to, device, 4096, cudaMemcpyDeviceToHost, second));
    CHECK(cudaDeviceSynchronize());
    return 0;
}
