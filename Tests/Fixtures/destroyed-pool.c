// A memory pool is asked for memory after its destruction. The fixed program destroys it at the end.
//
// build: gcc 13
// twin: fixed
// finds: CT208 error at allocate
// fixed: nothing
// prints: done
#include "fixture.h"

int main(void) {
    cudaMemPool_t pool;
    cudaStream_t stream;
    struct cudaMemPoolProps properties = {
        .allocType = cudaMemAllocationTypePinned, .location = {cudaMemLocationTypeDevice, 0}};
    void *memory;
    CHECK(cudaStreamCreate(&stream));
    CHECK(cudaMemPoolCreate(&pool, &properties));
#ifdef FIXED
    CHECK(cudaMallocFromPoolAsync(&memory, 4096, pool, stream));
    CHECK(cudaFreeAsync(memory, stream));
    CHECK(cudaMemPoolDestroy(pool));
#else
    CHECK(cudaMemPoolDestroy(pool));
    FAILS(cudaErrorInvalidValue, cudaMallocFromPoolAsync(&memory, 4096, pool, stream)); // @allocate
#endif
    CHECK(cudaStreamSynchronize(stream));
    puts("done");
    return 0;
}
