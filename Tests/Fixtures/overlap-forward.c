// Rows are moved down inside one buffer by a single copy: destination and source overlap, which no copy may.
// Moving through a second buffer is the way out.
//
// build: gcc 13
// twin: fixed
// finds: CT101 error at move
// fixed: nothing
#include "fixture.h"

int main(void) {
    char *rows = zeroed(4096);
    cudaStream_t stream;
    CHECK(cudaStreamCreate(&stream));
#ifndef FIXED
    CHECK(cudaMemcpyAsync(rows + 1024, rows, 2048, cudaMemcpyDeviceToDevice, stream)); // @move
#else
    char *spare = zeroed(2048);
    CHECK(cudaMemcpyAsync(spare, rows, 2048, cudaMemcpyDeviceToDevice, stream));
    CHECK(cudaMemcpyAsync(rows + 1024, spare, 2048, cudaMemcpyDeviceToDevice, stream));
#endif
    CHECK(cudaStreamSynchronize(stream));
    return 0;
}
