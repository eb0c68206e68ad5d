// Half of a buffer is written and all of it is read back.
//
// build: gcc 13
// twin: fixed
// finds: CT301 error at read
// fixed: nothing
#include "fixture.h"

int main(void) {
    char *host = pinned(4096, 5);
    void *device;
    CHECK(cudaMalloc(&device, 4096));
#ifdef FIXED
    CHECK(cudaMemset(device, 0, 4096));
#endif
    CHECK(cudaMemcpy(device, host, 2048, cudaMemcpyHostToDevice));
    CHECK(cudaMemcpy(host, device, 4096, cudaMemcpyDeviceToHost)); // @read
    return 0;
}
