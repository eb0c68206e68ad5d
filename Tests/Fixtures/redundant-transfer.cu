// A table that never changes is uploaded before every launch. The twin uploads it once.
//
// build: nvcc 13
// twin: fixed
// record: --payload hash
// check: --only CT904
// finds: CT904 perf at again after again
// fixed: nothing
#include "fixture.h"

enum { SIZE = 1 << 18 };

__global__ void lookup(const int *table, int *result) { result[threadIdx.x] = table[threadIdx.x]; }

int main() {
    int *host = (int *)pinned(SIZE, 3), *table = (int *)zeroed(SIZE), *result = (int *)zeroed(4096);
#ifdef FIXED
    CHECK(cudaMemcpy(table, host, SIZE, cudaMemcpyHostToDevice));
#endif
    for (int i = 0; i < 10; i++) {
#ifndef FIXED
        CHECK(cudaMemcpy(table, host, SIZE, cudaMemcpyHostToDevice)); // @again
#endif
        lookup<<<1, 32>>>(table, result);
        CHECK(cudaGetLastError());
    }
    CHECK(cudaDeviceSynchronize());
    return 0;
}
