// A plugin that is linked with no runtime, and looks one up: as the modules of interpreters do.
#include "fake_cudart.h"

#include "cutape_cuda.h"

#include <dlfcn.h>

// Calls a function of the runtime at `path`. Returns its major if it was the one that was called.
CUT_EXPORT int looking_run(const char *path) {
    void *runtime = dlopen(path, RTLD_NOW | RTLD_LOCAL), *pointer = 0;
    if (!runtime) { return -1; }
    cudaError_t (*allocate)(void **, size_t) = (cudaError_t(*)(void **, size_t))dlsym(runtime, "cudaMalloc");
    unsigned long (*calls)(void) = (unsigned long (*)(void))dlsym(runtime, "cudaFakeCalls");
    int (*major)(void) = (int (*)(void))dlsym(runtime, "cudaFakeMajor");
    unsigned long before = calls();
    return allocate(&pointer, 1) == 0 && calls() == before + 1 ? major() : 0;
}
