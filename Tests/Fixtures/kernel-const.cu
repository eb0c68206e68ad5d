// A near miss, with `--kernels=write`: two streams read one buffer through a pointer to const while a copy reads it on a
// third. Each kernel writes to memory of its own.
//
// build: nvcc 13
// near: CT401
// check: --kernels=write
// finds: nothing
#include "fixture.h"

__global__ void sum(const int *from, int *to, int count) {
    for (int i = 0; i < count; i++) atomicAdd(to, from[i]);
}

int main() {
    const int count = 256;
    const size_t bytes = count * sizeof(int);
    char *host = pinned(bytes, 0);
    int *values = (int *)zeroed(bytes);
    cudaStream_t streams[3];
    for (int i = 0; i < 3; i++) CHECK(cudaStreamCreateWithFlags(&streams[i], cudaStreamNonBlocking));
    for (int i = 0; i < 2; i++) {
        int *total = (int *)zeroed(sizeof(int));
        sum<<<1, 1, 0, streams[i]>>>(values, total, count);
        CHECK(cudaGetLastError());
    }
    CHECK(cudaMemcpyAsync(host, values, bytes, cudaMemcpyDeviceToHost, streams[2]));
    CHECK(cudaDeviceSynchronize());
    return 0;
}
