// Two streams upload to one buffer, and nothing orders them. That both bring the same bytes is luck: the race is one.
//
// build: gcc 13
// record: --payload full
// finds: CT401 error at right after left
#include "fixture.h"

int main(void) {
    char *first = pinned(4096, 5), *second = pinned(8192, 5);
    char *device = zeroed(8192);
    cudaStream_t left, right;
    CHECK(cudaStreamCreateWithFlags(&left, cudaStreamNonBlocking));
    CHECK(cudaStreamCreateWithFlags(&right, cudaStreamNonBlocking));
    CHECK(cudaMemcpyAsync(device, first, 4096, cudaMemcpyHostToDevice, left)); // @left
    CHECK(cudaMemcpyAsync(device, second, 8192, cudaMemcpyHostToDevice, right)); // @right
    CHECK(cudaDeviceSynchronize());
    return 0;
}
