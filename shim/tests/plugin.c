// A library that a program loads for itself: linked with one runtime, or (CUT_ORPHAN) with none.
#include "fake_cudart.h"

#include "cutape_cuda.h"

cudaError_t cudaMalloc(void **pointer, size_t size);

#ifdef CUT_ORPHAN
CUT_EXPORT int plugin_orphan(void) {
    void *pointer;
    return (int)cudaMalloc(&pointer, 1);
}
#else
// Which runtime the call arrived at: the one that has counted it.
CUT_EXPORT int plugin_run(void) {
    void *pointer = 0;
    unsigned long before = cudaFakeCalls();
    if (cudaMalloc(&pointer, 1) != 0 || !pointer) { return 1; }
    return cudaFakeCalls() == before + 1 ? cudaFakeMajor() : 2;
}
#endif
