// A direction that is no `cudaMemcpyKind`: the sum of two of them.
//
// build: gcc 13
// twin: fixed
// finds: CT105 error at upload
// fixed: nothing
#include "fixture.h"

int main(void) {
    char *host = pinned(256, 1);
    char *device = zeroed(256);
#ifndef FIXED
    enum cudaMemcpyKind kind = (enum cudaMemcpyKind)(cudaMemcpyDeviceToDevice + cudaMemcpyDeviceToHost);
    FAILS(cudaErrorInvalidMemcpyDirection, cudaMemcpy(device, host, 256, kind)); // @upload
#else
    CHECK(cudaMemcpy(device, host, 256, cudaMemcpyDefault));
#endif
    return 0;
}
