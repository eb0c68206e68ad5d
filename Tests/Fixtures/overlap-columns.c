// Columns of one matrix are copied onto other columns of it. In the racy program the two sets share eight bytes of each
// row. The twin's sets interleave: their hulls overlap, their rows do not, and the copy is legal.
//
// build: gcc 13
// twin: fixed
// finds: CT102 error at columns
// fixed: nothing
#include "fixture.h"

int main(void) {
    char *matrix = zeroed(64 * 32);
#ifndef FIXED
    size_t to = 8;
#else
    size_t to = 16;
#endif
    CHECK(cudaMemcpy2DAsync(matrix + to, 64, matrix, 64, 16, 32, cudaMemcpyDeviceToDevice, 0)); // @columns
    CHECK(cudaDeviceSynchronize());
    return 0;
}
