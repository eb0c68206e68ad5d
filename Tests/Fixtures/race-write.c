// Two streams upload to one buffer. In the racy program the two halves overlap by four bytes; the twin's halves touch.
//
// build: gcc 13
// twin: fixed
// finds: CT401 error at right after left
// fixed: nothing
#include "fixture.h"

int main(void) {
    char *host = pinned(4096, 5);
    char *device = zeroed(4096);
    cudaStream_t left, right;
    CHECK(cudaStreamCreateWithFlags(&left, cudaStreamNonBlocking));
    CHECK(cudaStreamCreateWithFlags(&right, cudaStreamNonBlocking));
#ifndef FIXED
    size_t half = 2052;
#else
    size_t half = 2048;
#endif
    CHECK(cudaMemcpyAsync(device, host, half, cudaMemcpyHostToDevice, left)); // @left
    CHECK(cudaMemcpyAsync(device + 2048, host, 2048, cudaMemcpyHostToDevice, right)); // @right
    CHECK(cudaDeviceSynchronize());
    return 0;
}
