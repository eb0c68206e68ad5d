// Two streams upload to one buffer what differs in five bytes: which of them is there at the end depends on the order,
// and the bytes themselves show it. In the twin an event orders the streams.
//
// build: gcc 13
// twin: fixed
// record: --payload full
// finds: CT401 error at right after left
// fixed: nothing
#include "fixture.h"

int main(void) {
    char *first = pinned(4096, 5), *second = pinned(4096, 5);
    memcpy(second + 1000, "other", 5);
    char *device = zeroed(4096);
    cudaStream_t left, right;
    cudaEvent_t done;
    CHECK(cudaStreamCreateWithFlags(&left, cudaStreamNonBlocking));
    CHECK(cudaStreamCreateWithFlags(&right, cudaStreamNonBlocking));
    CHECK(cudaEventCreate(&done));
    CHECK(cudaMemcpyAsync(device, first, 4096, cudaMemcpyHostToDevice, left)); // @left
    CHECK(cudaEventRecord(done, left));
#ifdef FIXED
    CHECK(cudaStreamWaitEvent(right, done, 0));
#endif
    CHECK(cudaMemcpyAsync(device, second, 4096, cudaMemcpyHostToDevice, right)); // @right
    CHECK(cudaDeviceSynchronize());
    return 0;
}
