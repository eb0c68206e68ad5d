// Near misses: kernels whose names do not tell what they may write. One takes a structure by value with a pointer in it,
// one has the name that C gives it, one takes an enumeration. What they may have written is not called uninitialised, and
// asking the runtime for their parameters leaves no error behind.
//
// build: nvcc 13
// near: CT301
// finds: nothing
#include "fixture.h"

struct Values {
    int *at;
    int count;
};
enum Mode { plain, doubled };

__global__ void fillStructure(Values values) { values.at[threadIdx.x] = values.count; }
extern "C" __global__ void fillNamed(int *values) { values[threadIdx.x] = 1; }
__global__ void fillMode(int *values, Mode mode) { values[threadIdx.x] = mode; }

int main() {
    const size_t bytes = 256 * sizeof(int);
    char *to = pinned(3 * bytes, 0);
    int *values[3];
    cudaStream_t stream;
    CHECK(cudaStreamCreate(&stream));
    for (int i = 0; i < 3; i++) CHECK(cudaMalloc((void **)&values[i], bytes));
    for (int round = 0; round < 2; round++) {
        fillStructure<<<1, 256, 0, stream>>>(Values{values[0], 256});
        CHECK(cudaPeekAtLastError());
        fillNamed<<<1, 256, 0, stream>>>(values[1]);
        CHECK(cudaPeekAtLastError());
        fillMode<<<1, 256, 0, stream>>>(values[2], doubled);
        CHECK(cudaGetLastError());
    }
    for (int i = 0; i < 3; i++) {
        CHECK(cudaMemcpyAsync(to + i * bytes, values[i], bytes, cudaMemcpyDeviceToHost, stream));
    }
    CHECK(cudaStreamSynchronize(stream));
    return 0;
}
