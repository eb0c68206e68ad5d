// The buffer is read back after it was freed.
//
// build: gcc 13
// twin: fixed
// finds: CT201 error at read
// fixed: nothing
#include "fixture.h"

int main(void) {
    char *host = pinned(4096, 5);
    char *device = zeroed(4096);
#ifndef FIXED
    CHECK(cudaFree(device));
    FAILS(cudaErrorInvalidValue, cudaMemcpy(host, device, 4096, cudaMemcpyDeviceToHost)); // @read
#else
    CHECK(cudaMemcpy(host, device, 4096, cudaMemcpyDeviceToHost));
    CHECK(cudaFree(device));
#endif
    return 0;
}
