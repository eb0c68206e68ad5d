// A near miss: a program's own allocator cuts one large allocation into blocks. Blocks that touch are used on streams
// that nothing orders, through pointers into the middle.
//
// build: gcc 13
// near: CT401
// finds: nothing
#include "fixture.h"

enum { block = 1000, blocks = 6 };

int main(void) {
    char *host = pinned(block, 5);
    char *slab = zeroed(block * blocks);
    cudaStream_t streams[blocks];
    for (int i = 0; i < blocks; i++) {
        CHECK(cudaStreamCreateWithFlags(&streams[i], cudaStreamNonBlocking));
        CHECK(cudaMemcpyAsync(slab + i * block, host, block, cudaMemcpyHostToDevice, streams[i]));
    }
    for (int i = 0; i < blocks; i++) CHECK(cudaStreamSynchronize(streams[i]));
    for (int i = 1; i < blocks; i += 2) {
        CHECK(cudaMemcpyAsync(slab + i * block, slab + (i - 1) * block, block, cudaMemcpyDeviceToDevice, streams[i]));
    }
    CHECK(cudaDeviceSynchronize());
    CHECK(cudaFree(slab));
    return 0;
}
