// A near miss. The kernel may have written what the download reads, on a stream that nothing orders with it. A kernel's
// accesses are not known, so without `--kernels=write` this is no race, and the bytes are not called uninitialised.
//
// build: nvcc 13
// near: CT401
// finds: nothing
#include "fixture.h"

__global__ void fill(int *values, int value) { values[threadIdx.x] = value; }

int main() {
    const size_t bytes = 256 * sizeof(int);
    char *to = pinned(bytes, 0);
    int *values = nullptr;
    cudaStream_t first, second;
    CHECK(cudaMalloc((void **)&values, bytes));
    CHECK(cudaStreamCreate(&first));
    CHECK(cudaStreamCreate(&second));
    fill<<<1, 256, 0, first>>>(values, 3);
    CHECK(cudaGetLastError());
    CHECK(cudaMemcpyAsync(to, values, bytes, cudaMemcpyDeviceToHost, second));
    CHECK(cudaDeviceSynchronize());
    return 0;
}
