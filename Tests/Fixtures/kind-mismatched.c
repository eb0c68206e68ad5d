// A device buffer is copied to another "from the host". Whether that works depends on the driver: the program takes
// either answer. `cudaMemcpyDefault` is always right.
//
// build: gcc 13
// twin: fixed
// finds: CT106 error at copy
// fixed: nothing
#include "fixture.h"

int main(void) {
    char *from = zeroed(256);
    char *to = zeroed(256);
#ifndef FIXED
    enum cudaMemcpyKind kind = cudaMemcpyHostToDevice;
#else
    enum cudaMemcpyKind kind = cudaMemcpyDefault;
#endif
    if (cudaMemcpy(to, from, 256, kind) != cudaSuccess) { // @copy
        (void)cudaGetLastError();
    }
    CHECK(cudaDeviceSynchronize());
    return 0;
}
