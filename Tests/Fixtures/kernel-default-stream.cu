// The kernel runs on the default stream because its launch names none; the download is on a non-blocking stream.
//
// build: nvcc 13
// twin: fixed
// check: --kernels=write
// finds: CT402 error at download after kernel
// fixed: nothing
#include "fixture.h"

__global__ void fill(int *values, int value) { values[threadIdx.x] = value; }

int main() {
    const size_t bytes = 256 * sizeof(int);
    char *to = pinned(bytes, 0);
    int *values = (int *)zeroed(bytes);
    cudaStream_t stream;
    CHECK(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
#ifndef FIXED
    fill<<<1, 256>>>(values, 3); // @kernel
#else
    fill<<<1, 256, 0, stream>>>(values, 3);
#endif
    CHECK(cudaGetLastError());
    CHECK(cudaMemcpyAsync(to, values, bytes, cudaMemcpyDeviceToHost, stream)); // @download
    CHECK(cudaDeviceSynchronize());
    return 0;
}
