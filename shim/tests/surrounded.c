// A program with surroundings that are unusual: small stacks, limits, locked memory, other copies of a library, calls that
// are left before they return. One scenario for each word on its command line. Linked with the fake runtime of CUDA 13.
//
// It prints nothing and exits with 0 when what it sees itself is right, and with 77 when it cannot be done here.
#include "fake_cudart.h"

#include "cutape_cuda.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXPECT(condition) \
    if (!(condition)) { \
        fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
        exit(1); \
    }

enum { CUT_CANNOT = 77 };

typedef cudaError_t (*Allocate)(void **, size_t);
cudaError_t cudaMalloc(void **pointer, size_t size);
cudaError_t cudaDeviceSynchronize(void);
void **__cudaRegisterFatBinary(void *code);
void __cudaRegisterFunction(
    void **module, const char *stub, char *function, const char *name, int most, void *, void *, void *, void *, int *);
void __cudaUnregisterFatBinary(void **module);
cudaError_t cudaLaunchKernel(const void *stub, dim3 grid, dim3 block, void **arguments, size_t bytes, cudaStream_t stream);
cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes, enum cudaMemcpyKind kind, cudaStream_t stream);

static void copy(unsigned long mark) {
    EXPECT(cudaMemcpyAsync((void *)mark, (void *)0x20, 3, cudaMemcpyDeviceToHost, (cudaStream_t)0x30) == 0);
}

static void *callOnce(void *mark) {
    copy((unsigned long)mark);
    return 0;
}

// The first call of all, from the smallest stack that a thread may have.
static void smallStack(void) {
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    EXPECT(pthread_attr_setstacksize(&attributes, (size_t)sysconf(_SC_THREAD_STACK_MIN)) == 0);
    EXPECT(pthread_create(&thread, &attributes, callOnce, (void *)1) == 0);
    pthread_join(thread, 0);
}

static void handle(int number) {
    (void)number;
    copy(2);
}

static void handleOn(void *stack, size_t bytes) {
    const stack_t chosen = {.ss_sp = stack, .ss_size = bytes};
    const struct sigaction action = {.sa_handler = handle, .sa_flags = SA_ONSTACK};
    EXPECT(sigaltstack(&chosen, 0) == 0 && sigaction(SIGUSR1, &action, 0) == 0);
}

// The first call of all, in a signal handler with a stack of its own.
static void handlerStack(void) {
    size_t bytes = (size_t)sysconf(_SC_MINSIGSTKSZ) + 10240;
    handleOn(malloc(bytes), bytes);
    raise(SIGUSR1);
}

static void raiseInside(const char *symbol, void **arguments) {
    (void)arguments;
    if (strcmp(symbol, "cudaDeviceSynchronize") == 0) { raise(SIGUSR1); }
}

// A handler inside a call, whose stack is a variable of this function: further up than the call.
static void handlerInside(void) {
    char stack[65536];
    handleOn(stack, sizeof stack);
    copy(1);
    cudaFakeSetHook(raiseInside);
    cudaDeviceSynchronize();
    cudaFakeSetHook(0);
    copy(3);
}

static jmp_buf away;

static void jumpInside(const char *symbol, void **arguments) {
    (void)arguments;
    if (strcmp(symbol, "cudaDeviceSynchronize") == 0) { longjmp(away, 1); }
}

// Calls that are left by longjmp, 30000 of them.
static void leaves(void) {
    cudaFakeSetHook(jumpInside);
    for (volatile int count = 0; count < 30000; ++count) {
        if (setjmp(away) == 0) { cudaDeviceSynchronize(); }
    }
    cudaFakeSetHook(0);
    copy(1);
}

static void endInside(const char *symbol, void **arguments) {
    (void)arguments;
    if (strcmp(symbol, "cudaDeviceSynchronize") == 0) { pthread_exit(0); }
}

static void *endInCall(void *context) {
    cudaDeviceSynchronize();
    return context;
}

// Threads that end inside a call.
static void endsInside(void) {
    cudaFakeSetHook(endInside);
    for (int count = 0; count < 40; ++count) {
        pthread_t thread;
        EXPECT(pthread_create(&thread, 0, endInCall, 0) == 0);
        pthread_join(thread, 0);
    }
    copy(1);
}

// Memory that is locked, before the first call and behind it.
static void locked(void) {
    if (mlockall(MCL_CURRENT | MCL_FUTURE) != 0) { exit(CUT_CANNOT); }
    copy(1);
    EXPECT(mlockall(MCL_CURRENT | MCL_FUTURE) == 0);
    for (unsigned long index = 2; index <= 50000; ++index) { copy(index); }
}

// As many descriptors as the program may have.
static void fullDescriptors(void) {
    struct rlimit limit = {32, 64}, now;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) { exit(CUT_CANNOT); }
    while (open("/dev/null", O_RDONLY) >= 0) {}
    EXPECT(errno == EMFILE);
    copy(1);
    EXPECT(open("/dev/null", O_RDONLY) < 0 && errno == EMFILE);
    EXPECT(getrlimit(RLIMIT_NOFILE, &now) == 0 && now.rlim_cur == 32 && now.rlim_max == 64);
}

static unsigned long mapped(void) {
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    EXPECT(file && fscanf(file, "%lu", &pages) == 1);
    fclose(file);
    return pages * (unsigned long)sysconf(_SC_PAGESIZE);
}

// Little memory that may be mapped: the program gets most of it.
static void fewAddresses(void) {
    const unsigned long more = 320ul << 20;
    const struct rlimit limit = {mapped() + more, mapped() + more};
    EXPECT(setrlimit(RLIMIT_AS, &limit) == 0);
    copy(1);
    EXPECT(malloc(more / 4 * 3));
    for (unsigned long index = 2; index <= 50000; ++index) { copy(index); }
}

// Files may not be longer than 20 MiB, and the first byte too much ends the program.
static void shortFiles(void) {
    const struct rlimit limit = {20 << 20, 20 << 20};
    EXPECT(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    copy(1);
}

static void *load(const char *path) {
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!handle) { fprintf(stderr, "%s\n", dlerror()); }
    EXPECT(handle);
    return handle;
}

// Calls a function of `runtime` that the program is linked with, too: in its own runtime.
static void callIn(void *runtime) {
    Allocate allocate = (Allocate)dlsym(runtime, "cudaMalloc");
    unsigned long (*calls)(void) = (unsigned long (*)(void))dlsym(runtime, "cudaFakeCalls");
    EXPECT(allocate && calls);
    unsigned long own = cudaFakeCalls(), before = calls();
    void *pointer = 0;
    EXPECT(allocate(&pointer, 1) == 0 && pointer);
    EXPECT(calls() == before + 1 && cudaFakeCalls() == own);
    EXPECT(cudaMalloc(&pointer, 2) == 0 && calls() == before + 1 && cudaFakeCalls() == own + 1);
}

// The other major, and another copy of the same one, by their handles.
static void otherMajor(void) { callIn(load("libcudart.so.12")); }
static void otherCopy(void) { callIn(load("./copy/libcudart.so.13")); }

// What a plugin looks up that is linked with none, while the program is linked with one of that name.
static void copyOfPlugin(void) {
    int (*run)(const char *) = (int (*)(const char *))dlsym(load("./looking.so"), "looking_run");
    EXPECT(run && run("./copy/libcudart.so.13") == 13 && cudaFakeCalls() == 0);
    EXPECT(run("libcudart.so.12") == 12 && cudaFakeCalls() == 0);
}

// Another library that stands between, too: it gets the calls of a plugin.
static void interposed(void) {
    int (*run)(void) = (int (*)(void))dlsym(load("./plugin13.so"), "plugin_run");
    int (*calls)(void) = (int (*)(void))dlsym(RTLD_DEFAULT, "between_calls");
    EXPECT(run && run() == 13 && calls && calls() == 1);
    void *pointer = 0;
    EXPECT(cudaMalloc(&pointer, 1) == 0 && calls() == 2);
    Allocate allocate = (Allocate)dlsym(load("libcudart.so.13"), "cudaMalloc");
    EXPECT(allocate && allocate(&pointer, 1) == 0 && calls() == 2);
}

// Kernels that a child inherits: one before the parent's first other call, one behind it, and one that has gone.
static void inherits(void) {
    static const char first, second, gone;
    void **module = __cudaRegisterFatBinary((void *)&first);
    __cudaRegisterFunction(module, &first, 0, "_Z5scalePKfPfi", -1, 0, 0, 0, 0, 0);
    void **other = (void **)0x8000;
    __cudaRegisterFunction(other, &gone, 0, "_Z4gonePf", -1, 0, 0, 0, 0, 0);
    copy(1);
    __cudaRegisterFunction(module, &second, 0, "_Z5clearPf", -1, 0, 0, 0, 0, 0);
    __cudaUnregisterFatBinary(other);
    pid_t child = fork();
    if (child == 0) {
        const void *source = (void *)0x111;
        void *target = (void *)0x222;
        int count = 3;
        void *arguments[] = {&source, &target, &count};
        EXPECT(cudaLaunchKernel(&first, (dim3){1, 1, 1}, (dim3){1, 1, 1}, arguments, 0, 0) == 0);
        _exit(0);
    }
    int status = -1;
    EXPECT(waitpid(child, &status, 0) == child && status == 0);
}

// The shim asks for a variable when it looks for its session: the moment for a signal.
static volatile int isArmed;
CUT_EXPORT char *secure_getenv(const char *name) {
    if (isArmed && strcmp(name, "CUTAPE_SPOOL") == 0) {
        isArmed = 0;
        raise(SIGUSR1);
    }
    return getenv(name);
}

static void handlerInSearch(void) {
    signal(SIGUSR1, handle);
    isArmed = 1;
    copy(1);
    EXPECT(!isArmed);
    copy(3);
}

static const struct {
    const char *name;
    void (*run)(void);
} scenarios[] = {
    {"smallStack", smallStack}, {"handlerStack", handlerStack}, {"handlerInside", handlerInside}, {"leaves", leaves},
    {"endsInside", endsInside}, {"locked", locked}, {"fullDescriptors", fullDescriptors}, {"fewAddresses", fewAddresses},
    {"shortFiles", shortFiles}, {"otherMajor", otherMajor}, {"otherCopy", otherCopy}, {"copyOfPlugin", copyOfPlugin},
    {"interposed", interposed}, {"inherits", inherits}, {"handlerInSearch", handlerInSearch},
};

int main(int count, char **arguments) {
    for (int index = 1; index < count; ++index) {
        for (size_t at = 0; at < sizeof scenarios / sizeof scenarios[0]; ++at) {
            if (strcmp(arguments[index], scenarios[at].name) == 0) { scenarios[at].run(); }
        }
    }
    return 0;
}
