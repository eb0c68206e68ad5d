// Upload, kernel, download: the first two on one stream, the download on another. Kernels are not executed, so the
// kernel counts as a writer only where the caller of `check` says so. With an event the program is right.
//
// build: nvcc 13
// twin: fixed
// check: --kernels=write
// finds: CT401 error at download after kernel
// fixed: nothing
#include "fixture.h"

__global__ void scale(float *values, float factor, int count) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < count) values[i] *= factor;
}

int main() {
    const int count = 1024;
    const size_t bytes = count * sizeof(float);
    char *from = pinned(bytes, 0), *to = pinned(bytes, 0);
    float *values = (float *)zeroed(bytes);
    cudaStream_t compute, copy;
    CHECK(cudaStreamCreate(&compute));
    CHECK(cudaStreamCreate(&copy));
    CHECK(cudaMemcpyAsync(values, from, bytes, cudaMemcpyHostToDevice, compute));
    scale<<<count / 256, 256, 0, compute>>>(values, 2.0f, count); // @kernel
    CHECK(cudaGetLastError());
#ifdef FIXED
    cudaEvent_t scaled;
    CHECK(cudaEventCreate(&scaled));
    CHECK(cudaEventRecord(scaled, compute));
    CHECK(cudaStreamWaitEvent(copy, scaled, 0));
#endif
    CHECK(cudaMemcpyAsync(to, values, bytes, cudaMemcpyDeviceToHost, copy)); // @download
    CHECK(cudaDeviceSynchronize());
    return 0;
}
