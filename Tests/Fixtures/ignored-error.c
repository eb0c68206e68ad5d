// An allocation fails and the program goes on as if it had not. The twin looks at the result and takes the error.
//
// build: gcc 13
// twin: fixed
// finds: CT601 warning at allocate
// fixed: nothing
#include "fixture.h"

int main(void) {
    char *device = zeroed(64);
    void *huge = NULL;
    cudaError_t result = cudaMalloc(&huge, (size_t)1 << 50); // @allocate
#ifdef FIXED
    if (result != cudaSuccess) (void)cudaGetLastError();
#else
    (void)result;
#endif
    CHECK(cudaMemset(device, 1, 64));
    CHECK(cudaDeviceSynchronize());
    CHECK(cudaFree(device));
    return 0;
}
