// A library that stands between programs and the runtime, as a profiler does: it counts calls and hands them on.
#include "fake_cudart.h"

#include "cutape_cuda.h"

#include <dlfcn.h>

static int calls;

CUT_EXPORT int between_calls(void) { return calls; }

CUT_EXPORT cudaError_t cudaMalloc(void **pointer, size_t size) {
    cudaError_t (*next)(void **, size_t) = (cudaError_t(*)(void **, size_t))dlsym(RTLD_NEXT, "cudaMalloc");
    ++calls;
    return next(pointer, size);
}
