// A library that a program loads for itself: linked with one runtime, or (CUT_ORPHAN) with none.
#include "fake_cudart.h"

#include "cutape_cuda.h"

#include <dlfcn.h>
#include <stdio.h>

cudaError_t cudaMalloc(void **pointer, size_t size);

#ifdef CUT_ORPHAN
CUT_EXPORT int plugin_orphan(void) {
    void *pointer;
    return (int)cudaMalloc(&pointer, 1);
}
#else
typedef cudaError_t (*Allocate)(void **, size_t);

// Which runtime the call arrived at: the one that has counted it.
static int runWith(Allocate allocate) {
    void *pointer = 0;
    unsigned long before = cudaFakeCalls();
    if (allocate(&pointer, 1) != 0 || !pointer) { return 1; }
    return cudaFakeCalls() == before + 1 ? cudaFakeMajor() : 2;
}

// A call through the PLT, as a compiler makes it: the address of the function would be bound otherwise.
static cudaError_t allocateLinked(void **pointer, size_t size) { return cudaMalloc(pointer, size); }

CUT_EXPORT int plugin_run(void) { return runWith(allocateLinked); }

// The same by a function that the plugin is not linked with, and looks up in its runtime, twice.
CUT_EXPORT int plugin_lookUp(void) {
    char name[32];
    snprintf(name, sizeof name, "libcudart.so.%d", cudaFakeMajor());
    void *runtime = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    Allocate allocate = runtime ? (Allocate)dlsym(runtime, "cudaMallocHost") : 0;
    if (!allocate || dlvsym(runtime, "cudaMallocHost", name) != (void *)allocate) { return 3; }
    return runWith(allocate);
}
#endif
