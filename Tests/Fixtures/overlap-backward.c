// The backward shift of a queue. It happens to give the right bytes where the copy runs forwards, and is as undefined
// as the other direction. The twin's ranges touch and do not overlap.
//
// build: gcc 13
// twin: fixed
// finds: CT101 error at shift
// fixed: nothing
#include "fixture.h"

int main(void) {
    char *queue = zeroed(4096);
#ifndef FIXED
    size_t step = 1;
#else
    size_t step = 2048;
#endif
    CHECK(cudaMemcpyAsync(queue, queue + step, 2048, cudaMemcpyDeviceToDevice, 0)); // @shift
    CHECK(cudaDeviceSynchronize());
    return 0;
}
