// Pinned host memory is given to `cudaFree`, and device memory is freed through a pointer into it.
//
// build: gcc 13
// twin: fixed
// finds: CT205 error at host
// finds: CT205 error at interior
// fixed: nothing
#include "fixture.h"

int main(void) {
    char *host = pinned(4096, 5);
    char *device = zeroed(4096);
#ifndef FIXED
    FAILS(cudaErrorInvalidValue, cudaFree(host)); // @host
    FAILS(cudaErrorInvalidValue, cudaFree(device + 256)); // @interior
#endif
    CHECK(cudaFreeHost(host));
    CHECK(cudaFree(device));
    return 0;
}
