// A program that is linked with no CUDA library (but with two that next.c makes) and looks everything up by itself: one scenario for each word on its
// command line. It prints nothing and exits with 0 when what it sees itself is right.
#include "fake_cudart.h"

#include "cutape_cuda.h"
#include "cutape_cuda_driver.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPECT(condition) \
    if (!(condition)) { \
        fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
        exit(1); \
    }

typedef CUresult (*Resolver)(const char *, void **, int, cuuint64_t, CUdriverProcAddressQueryResult *);
typedef CUresult (*OldResolver)(const char *, void **, int, cuuint64_t);
typedef CUresult (*CopyToDevice)(CUdeviceptr, const void *, size_t, CUstream);
typedef CUresult (*Copy)(CUdeviceptr, const void *, size_t);
typedef CUresult (*CopyAnyway)(CUdeviceptr, CUdeviceptr, size_t, CUstream);
typedef cudaError_t (*RuntimeCopy)(void *, const void *, size_t, enum cudaMemcpyKind, cudaStream_t);

static void *load(const char *name) {
    void *handle = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (!handle) { fprintf(stderr, "%s\n", dlerror()); }
    EXPECT(handle);
    return handle;
}

static void *look(void *handle, const char *name) {
    void *function = dlsym(handle, name);
    EXPECT(function && !dlerror());
    return function;
}

static void *ask(Resolver resolver, const char *name, int version, cuuint64_t flags) {
    void *function = 0;
    CUdriverProcAddressQueryResult status;
    EXPECT(resolver(name, &function, version, flags, &status) == CUDA_SUCCESS && function);
    return function;
}

// As the runtime that is linked statically does it: the resolver is asked for itself first, names have no suffixes.
static void asStaticRuntime(void) {
    void *driver = load("libcuda.so.1");
    Resolver first = (Resolver)look(driver, "cuGetProcAddress_v2");
    EXPECT(look(driver, "cuGetProcAddress_v2") == (void *)first);
    Resolver resolver = (Resolver)ask(first, "cuGetProcAddress", 12000, 0);
    EXPECT(resolver == first);
    OldResolver old = (OldResolver)ask(first, "cuGetProcAddress", 11030, 0);
    EXPECT((void *)old != (void *)first);

    CopyToDevice plain = (CopyToDevice)ask(resolver, "cuMemcpyHtoDAsync", 3020, 0);
    EXPECT(plain(1, (void *)2, 3, (CUstream)4) == 0);
    CopyToDevice perThread = (CopyToDevice)ask(resolver, "cuMemcpyHtoDAsync", 7000, 2);
    EXPECT((void *)perThread != (void *)plain && perThread(5, (void *)6, 7, 0) == 0);
    CopyAnyway any = (CopyAnyway)ask(resolver, "cuMemcpyAsync", 4000, 0);
    EXPECT(any(8, 9, 10, 0) == 0);
    void *function = 0;
    EXPECT(old("cuMemcpyAsync", &function, 4000, 0) == 0 && function == (void *)any);
    EXPECT(ask(resolver, "cuMemcpyBatchAsync", 12080, 0) != ask(resolver, "cuMemcpyBatchAsync", 13000, 0));
    EXPECT(ask(resolver, "cuMemcpyAsync", 4000, 0) == (void *)any);
}

// The resolver, looked up through itself, in the form with four arguments and in that with five.
static void itself(void) {
    void *driver = load("libcuda.so.1");
    Resolver exported = (Resolver)look(driver, "cuGetProcAddress_v2");
    OldResolver exportedOld = (OldResolver)look(driver, "cuGetProcAddress");
    OldResolver four = 0;
    EXPECT(exportedOld("cuGetProcAddress", (void **)&four, 11030, 0) == 0 && four == exportedOld);
    Resolver five = (Resolver)ask(exported, "cuGetProcAddress", 13000, 0);
    EXPECT(five == exported && (void *)five != (void *)four);
    CopyToDevice copy = 0;
    EXPECT(four("cuMemcpyHtoDAsync", (void **)&copy, 11030, 0) == 0 && copy(4, (void *)2, 3, 0) == 0);
    EXPECT(((CopyToDevice)ask(five, "cuMemcpyHtoDAsync", 13000, 0))(5, (void *)2, 3, 0) == 0);
    // The fifth argument may be missing.
    EXPECT(five("cuMemcpyHtoDAsync", (void **)&copy, 13000, 0, 0) == 0 && copy(6, (void *)2, 3, 0) == 0);
}

// The flag for the per-thread default stream: other functions, of which a call with a stream and one without.
static void perThread(void) {
    Resolver resolver = (Resolver)look(load("libcuda.so.1"), "cuGetProcAddress_v2");
    EXPECT(((CopyToDevice)ask(resolver, "cuMemcpyHtoDAsync", 13000, 2))(1, (void *)2, 3, 0) == 0);
    EXPECT(((Copy)ask(resolver, "cuMemcpyHtoD", 13000, 2))(1, (void *)2, 3) == 0);
    EXPECT(((CopyToDevice)ask(resolver, "cuMemcpyHtoDAsync", 13000, 1))(1, (void *)2, 3, 0) == 0);
    EXPECT(((Copy)ask(resolver, "cuMemcpyHtoD", 13000, 0))(1, (void *)2, 3) == 0);
}

static void missing(void) {
    void *driver = load("libcuda.so.1");
    Resolver resolver = (Resolver)look(driver, "cuGetProcAddress_v2");
    void *function = (void *)1;
    EXPECT(resolver("cuNoSuchFunction", &function, 13000, 0, 0) == (CUresult)500 && !function);
    EXPECT(!dlsym(driver, "cuNoSuchFunction") && dlerror());
    // The table has it, this driver does not.
    EXPECT(!dlsym(driver, "cudaMalloc") && dlerror());
}

// Where no CUDA library is, our own functions must not make it seem there.
static void noCuda(void) {
    EXPECT(!dlsym(RTLD_DEFAULT, "cuInit"));
    const char *message = dlerror();
    EXPECT(message && strstr(message, "undefined symbol: cuInit"));
    EXPECT(!dlsym(RTLD_DEFAULT, "cudaMemcpyAsync") && dlerror());
    EXPECT(!dlvsym(RTLD_DEFAULT, "cudaMemcpyAsync", "libcudart.so.13") && dlerror());
    EXPECT(dlsym(RTLD_DEFAULT, "malloc") && !dlerror());
}

// As ctypes does it: a handle of the runtime, and its functions by name.
static void byHandle(void) {
    for (int major = 12; major <= 13; ++major) {
        char name[32];
        snprintf(name, sizeof name, "libcudart.so.%d", major);
        void *runtime = load(name);
        RuntimeCopy copy = (RuntimeCopy)look(runtime, "cudaMemcpyAsync");
        EXPECT(copy((void *)1, (void *)2, 3, cudaMemcpyDefault, (cudaStream_t)4) == 0);
        EXPECT(dlvsym(runtime, "cudaMemcpyAsync", name) == (void *)copy && !dlerror());
        unsigned long (*calls)(void) = (unsigned long (*)(void))look(runtime, "cudaFakeCalls");
        EXPECT(calls() == 1);
    }
}

// The same name again and again, by the handle and without: one pointer, that calls one function once.
static void again(void) {
    void *runtime = load("libcudart.so.13");
    void *driver = load("libcuda.so.1");
    RuntimeCopy copy = (RuntimeCopy)look(runtime, "cudaMemcpyAsync");
    CopyToDevice upload = (CopyToDevice)look(driver, "cuMemcpyHtoDAsync_v2");
    for (int count = 0; count < 100; ++count) {
        EXPECT(look(runtime, "cudaMemcpyAsync") == (void *)copy);
        EXPECT(dlvsym(runtime, "cudaMemcpyAsync", "libcudart.so.13") == (void *)copy);
        EXPECT(look(load("libcudart.so.13"), "cudaMemcpyAsync") == (void *)copy);
        EXPECT(look(driver, "cuMemcpyHtoDAsync_v2") == (void *)upload);
    }
    EXPECT(copy((void *)1, (void *)2, 3, cudaMemcpyDefault, 0) == 0 && upload(1, (void *)2, 3, 0) == 0);
    EXPECT(((unsigned long (*)(void))look(runtime, "cudaFakeCalls"))() == 1);
}

// Names that only begin like those of CUDA.
static void unrelated(void) {
    void *library = load("./unrelated.so");
    const char *const names[] = {"cudnnCreate", "cublasCreate_v2", "curl_easy_init", "cutensorCreate", "cudaqPing"};
    for (int index = 0; index < 5; ++index) {
        int (*function)(void) = (int (*)(void))look(library, names[index]);
        EXPECT(function() == index + 1);
    }
}

// RTLD_NEXT means what comes after the caller, not after us.
static void next(void) {
    int (*askNext)(void) = (int (*)(void))look(RTLD_DEFAULT, "first_askNext");
    EXPECT(askNext() == 2);
}

static void pretend(const char *symbol, void **arguments) {
    if (strcmp(symbol, "cudaGetDriverEntryPointByVersion") != 0) { return; }
    void *driver = dlopen("libcuda.so.1", RTLD_NOW | RTLD_NOLOAD);
    // What the runtime hands out is the driver's own function.
    **(void ***)arguments[1] = *(void **)dlsym(driver, "cuFakeCopy");
}

static void entryPoint(void) {
    load("libcuda.so.1");
    void *runtime = load("libcudart.so.13");
    void (*setHook)(CUTFakeHook) = (void (*)(CUTFakeHook))look(runtime, "cudaFakeSetHook");
    setHook(pretend);
    cudaError_t (*get)(const char *, void **, unsigned int, unsigned long long, void *) =
        (cudaError_t(*)(const char *, void **, unsigned int, unsigned long long, void *))look(
            runtime, "cudaGetDriverEntryPointByVersion");
    void *function = 0;
    EXPECT(get("cuMemcpyHtoDAsync", &function, 13000, 0, 0) == 0 && function);
    EXPECT(((CopyToDevice)function)(1, (void *)2, 3, 0) == 0);
}

static const struct {
    const char *name;
    void (*run)(void);
} scenarios[] = {
    {"asStaticRuntime", asStaticRuntime}, {"missing", missing},     {"noCuda", noCuda}, {"byHandle", byHandle},
    {"unrelated", unrelated},             {"entryPoint", entryPoint}, {"next", next},
    {"itself", itself}, {"perThread", perThread}, {"again", again},
};

int main(int count, char **arguments) {
    for (int index = 1; index < count; ++index) {
        for (size_t at = 0; at < sizeof scenarios / sizeof scenarios[0]; ++at) {
            if (strcmp(arguments[index], scenarios[at].name) == 0) { scenarios[at].run(); }
        }
    }
    return 0;
}
