// More bytes than a `__constant__` variable has. Its size is known from the program's registration of it. The calls take
// the symbol's address: the template of CUDA's headers would make the call there, and the finding would name that line.
//
// build: nvcc 13
// twin: fixed
// finds: CT107 error at upload
// fixed: nothing
#include "fixture.h"

__constant__ float weights[16];

int main() {
    float host[32] = {};
    const void *symbol = weights;
    const size_t nine = 9 * sizeof(float);
#ifndef FIXED
    FAILS(cudaErrorInvalidValue, cudaMemcpyToSymbol(symbol, host, nine, 8 * sizeof(float))); // @upload
#else
    CHECK(cudaMemcpyToSymbol(symbol, host, nine, 7 * sizeof(float)));
#endif
    return 0;
}
