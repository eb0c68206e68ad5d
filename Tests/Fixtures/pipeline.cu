// The program of `tools/demo`. An image goes up, a kernel brightens it, it is scrolled down by eight rows, and the rows
// that moved come back on a second stream. Two things are wrong: the scroll copies the image onto itself, and nothing
// makes the second stream wait for the first.
//
// build: nvcc 13
// twin: fixed
// finds: CT101 error at scroll
// finds: CT401 error at download after scroll
// fixed: nothing
#include "fixture.h"

enum { width = 256, height = 64, step = 8 };

__global__ void brighten(unsigned char *pixels, int count) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < count) pixels[i] = min(pixels[i] + 16, 255);
}

int main() {
    const size_t bytes = width * height, moved = width * (height - step);
    char *picture = pinned(bytes, 100), *result = pinned(moved, 0);
    char *image = zeroed(bytes);
    cudaStream_t work, copies;
    CHECK(cudaStreamCreate(&work));
    CHECK(cudaStreamCreate(&copies));

    CHECK(cudaMemcpyAsync(image, picture, bytes, cudaMemcpyHostToDevice, work));
    brighten<<<bytes / 256, 256, 0, work>>>((unsigned char *)image, bytes);
    CHECK(cudaGetLastError());
#ifndef FIXED
    char *scrolled = image + step * width;
#else
    char *scrolled = zeroed(moved);
#endif
    CHECK(cudaMemcpyAsync(scrolled, image, moved, cudaMemcpyDeviceToDevice, work)); // @scroll
#ifdef FIXED
    cudaEvent_t done;
    CHECK(cudaEventCreate(&done));
    CHECK(cudaEventRecord(done, work));
    CHECK(cudaStreamWaitEvent(copies, done, 0));
#endif
    CHECK(cudaMemcpyAsync(result, scrolled, moved, cudaMemcpyDeviceToHost, copies)); // @download
    CHECK(cudaDeviceSynchronize());
    return 0;
}
