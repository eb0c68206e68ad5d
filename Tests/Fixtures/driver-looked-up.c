// A program that is linked with no library of CUDA and finds the driver as the runtime does that nvcc links statically:
// it opens libcuda.so.1, asks cuGetProcAddress_v2 for cuGetProcAddress, and that for functions by names without suffixes,
// for the versions that introduced them, of the legacy default stream (flags 0) and of the per-thread one (flags 2).
//
// build: gcc none -I$CUDA/include
// finds: nothing
// prints: every copy arrived
#include <cuda.h>
#include <cudaTypedefs.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

static PFN_cuGetProcAddress_v12000 resolver;

static void *ask(const char *name, int version, cuuint64_t flags) {
    void *function = NULL;
    CUdriverProcAddressQueryResult status;
    CUresult result = resolver(name, &function, version, flags, &status);
    if (result != CUDA_SUCCESS || status != CU_GET_PROC_ADDRESS_SUCCESS || function == NULL) {
        fprintf(stderr, "%s is missing\n", name);
        exit(1);
    }
    return function;
}
// A function by its name and the version that its type is of.
#define LEGACY(name, version) ((PFN_##name##_v##version)ask(#name, version, 0))
#define PER_THREAD(name, version, form) ((PFN_##name##_v##version##_##form)ask(#name, version, 2))

#define DO(call) \
    if ((call) != CUDA_SUCCESS) { \
        fprintf(stderr, "line %d: %s failed\n", __LINE__, #call); \
        return 1; \
    }

int main(void) {
    void *driver = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
    if (driver == NULL) return 2;
    resolver = (PFN_cuGetProcAddress_v12000)dlsym(driver, "cuGetProcAddress_v2");
    resolver = (PFN_cuGetProcAddress_v12000)ask("cuGetProcAddress", 12000, 0);
    PFN_cuGetProcAddress_v11030 old = (PFN_cuGetProcAddress_v11030)ask("cuGetProcAddress", 11030, 0);

    CUcontext context;
    CUdeviceptr a, b, c;
    DO(LEGACY(cuInit, 2000)(0));
    DO(LEGACY(cuDevicePrimaryCtxRetain, 7000)(&context, 0));
    DO(LEGACY(cuCtxSetCurrent, 4000)(context));
    DO(LEGACY(cuMemAlloc, 3020)(&a, 64));
    DO(LEGACY(cuMemAlloc, 3020)(&b, 64));
    DO(LEGACY(cuMemAlloc, 3020)(&c, 64));
    char from[64], to[64];
    for (int i = 0; i < 64; i++) from[i] = (char)i, to[i] = 0;

    DO(LEGACY(cuMemcpyHtoD, 3020)(a, from, 64));
    DO(PER_THREAD(cuMemcpyDtoD, 7000, ptds)(b, a, 64));
    DO(LEGACY(cuMemcpyAsync, 4000)(c, b, 64, NULL));
    DO(LEGACY(cuCtxSynchronize, 2000)());
    DO(PER_THREAD(cuMemcpyAsync, 7000, ptsz)(a, c, 64, NULL));
    DO(PER_THREAD(cuStreamSynchronize, 7000, ptsz)(NULL));
    // Asked for as the form of the per-thread stream, for a version that had none.
    PFN_cuMemcpy_v4000 copy = (PFN_cuMemcpy_v4000)ask("cuMemcpy", 4000, 2);
    DO(copy(b, a, 64));
    PFN_cuMemcpyDtoH_v3020 download;
    DO(old("cuMemcpyDtoH", (void **)&download, 13000, 0));
    DO(download(to, b, 64));

    int same = 1;
    for (int i = 0; i < 64; i++) same &= to[i] == i;
    if (same) puts("every copy arrived");
    DO(LEGACY(cuMemFree, 3020)(a));
    DO(LEGACY(cuMemFree, 3020)(b));
    DO(LEGACY(cuMemFree, 3020)(c));
    DO(LEGACY(cuDevicePrimaryCtxRelease, 11000)(0));
    return 0;
}
