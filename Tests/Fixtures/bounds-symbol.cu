// More bytes than a `__constant__` variable has. Its size is known from the program's registration of it.
//
// build: nvcc 13
// twin: fixed
// finds: CT107 error at upload
// fixed: nothing
#include "fixture.h"

__constant__ float weights[16];

int main() {
    float host[32] = {};
#ifndef FIXED
    FAILS(cudaErrorInvalidValue, cudaMemcpyToSymbol(weights, host, sizeof(float) * 8, sizeof(float) * 9)); // @upload
#else
    CHECK(cudaMemcpyToSymbol(weights, host, sizeof(float) * 7, sizeof(float) * 9));
#endif
    return 0;
}
