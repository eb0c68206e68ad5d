// The program that the tests record: one scenario for each word on its command line. Linked with a fake runtime.
//
// It prints nothing and exits with 0 when what it sees itself is right.
#include "fake_cudart.h"

#include "cutape.h"
#include "cutape_cuda.h"
#include "cutape_cuda_driver.h"
#include "cutape_map.h"
#include "rows.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

// The prototypes of this major, from the table.
#define CUT_PROTOTYPE(symbol, returns, parameters) CUTReturns_##returns symbol(CUT_DECLARATIONS(parameters));
#define CUT_PROTOTYPES_none(name, ...) CUT_PROTOTYPE(name, __VA_ARGS__)
#define CUT_PROTOTYPES_ptsz(name, ...) CUT_PROTOTYPE(name, __VA_ARGS__) CUT_PROTOTYPE(name##_ptsz, __VA_ARGS__)
#define CUT_PROTOTYPES_ptds(name, ...) CUT_PROTOTYPE(name, __VA_ARGS__) CUT_PROTOTYPE(name##_ptds, __VA_ARGS__)
#define CUT_ZERO(type, name, role) (type){0}
#define CUT_CALL(symbol, parameters) symbol(CUT_EACH_COMMA(CUT_ZERO, parameters));
#define CUT_CALLS_none(name, returns, parameters) CUT_CALL(name, parameters)
#define CUT_CALLS_ptsz(name, returns, parameters) CUT_CALL(name, parameters) CUT_CALL(name##_ptsz, parameters)
#define CUT_CALLS_ptds(name, returns, parameters) CUT_CALL(name, parameters) CUT_CALL(name##_ptds, parameters)
#define CUT_API(id, name, majors, also, effect, returns, body, parameters, fields) \
    CUT_ROW_##body(majors, CUT_PROTOTYPES_##also(name, returns, parameters))
#include "cutape_api.def"

#define EXPECT(condition) \
    if (!(condition)) { \
        fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
        exit(1); \
    }

static cudaError_t copy(unsigned long mark) {
    return cudaMemcpyAsync((void *)mark, (void *)0x20, 3, cudaMemcpyDeviceToHost, (cudaStream_t)0x30);
}

static void basic(void) {
    void *pointer = 0;
    EXPECT(cudaMalloc(&pointer, 100) == 0 && pointer);
    EXPECT(copy(0x10) == 0);
    EXPECT(cudaMemcpy_ptds((void *)1, (void *)2, 3, cudaMemcpyDefault) == 0);
    cudaFakeSetResult(2);
    EXPECT(cudaMalloc(&pointer, 200) == 2);
    cudaFakeSetResult(0);
    EXPECT(cudaMalloc(0, 300) == 0);
    EXPECT(strcmp(cudaGetErrorString(2), "text") == 0);
}

// Every function of the table, with arguments of zero.
static void all(void) {
#undef CUT_API
#define CUT_API(id, name, majors, also, effect, returns, body, parameters, fields) \
    CUT_ROW_##body(majors, CUT_CALLS_##also(name, returns, parameters))
#include "cutape_api.def"
}

static void *manyCalls(void *context) {
    unsigned long thread = (unsigned long)context;
    for (unsigned long index = 1; index <= 50000; ++index) { copy(thread << 32 | index); }
    return 0;
}

static void threads(void) {
    pthread_t thread[4];
    for (unsigned long index = 0; index < 4; ++index) {
        EXPECT(pthread_create(&thread[index], 0, manyCalls, (void *)(index + 1)) == 0);
    }
    for (int index = 0; index < 4; ++index) { pthread_join(thread[index], 0); }
    EXPECT(cudaFakeCalls() == 200000);
}

static void many(void) { manyCalls((void *)1); }

static void *oneCall(void *context) {
    copy((unsigned long)context);
    return 0;
}

// Each thread ends before the next begins.
static void shortThreads(void) {
    for (unsigned long index = 1; index <= 10; ++index) {
        pthread_t thread;
        EXPECT(pthread_create(&thread, 0, oneCall, (void *)index) == 0);
        pthread_join(thread, 0);
    }
}

static pthread_key_t lateKey;
static void callLate(void *rounds) {
    copy(1);
    if ((unsigned long)rounds > 1) { pthread_setspecific(lateKey, (void *)((unsigned long)rounds - 1)); }
}

// Three calls each: one by the thread itself, two by destructors, in the first round of them and in the second.
static void *callAndEnd(void *context) {
    oneCall(context);
    pthread_setspecific(lateKey, (void *)2);
    return 0;
}

static void manyThreads(void) {
    EXPECT(pthread_key_create(&lateKey, callLate) == 0);
    for (unsigned long index = 1; index <= 10000; ++index) {
        pthread_t thread;
        EXPECT(pthread_create(&thread, 0, callAndEnd, (void *)index) == 0);
        pthread_join(thread, 0);
    }
    EXPECT(cudaFakeCalls() == 30000);
}

static unsigned long handled;
static void callInHandler(int number) {
    (void)number;
    copy(1ul << 32 | ++handled);
}

static void signals(void) {
    struct itimerval often = {{0, 20}, {0, 20}}, never = {0};
    signal(SIGALRM, callInHandler);
    setitimer(ITIMER_REAL, &often, 0);
    for (unsigned long index = 1; index <= 200000; ++index) { copy(index); }
    setitimer(ITIMER_REAL, &never, 0);
}

static void waitFor(pid_t child) {
    int status;
    EXPECT(waitpid(child, &status, 0) == child && status == 0);
}

static void forks(void) {
    copy(1);
    pid_t child = fork();
    if (child == 0) {
        for (int index = 0; index < 1000; ++index) { copy(0xbad); }
        _exit(0);
    }
    waitFor(child);
    copy(2);
}

static void forkInside(const char *symbol, void **arguments) {
    (void)symbol, (void)arguments;
    cudaFakeSetHook(0);
    pid_t child = fork();
    if (child == 0) {
        copy(0xbad);
        return;
    }
    waitFor(child);
}

static void forksInside(void) {
    pid_t self = getpid();
    cudaFakeSetHook(forkInside);
    copy(1);
    if (getpid() != self) { _exit(0); }
    copy(2);
}

static void killInside(const char *symbol, void **arguments) {
    (void)symbol;
    if (*(unsigned long *)arguments[0] == 100) { raise(SIGKILL); }
}

static void killed(void) {
    cudaFakeSetHook(killInside);
    for (unsigned long index = 1; index <= 200; ++index) { copy(index); }
}

static __attribute__((noinline)) void copyFromStack(unsigned long mark) {
    volatile char buffer[256];
    buffer[0] = 1;
    cudaMemcpyAsync((void *)mark, (const void *)buffer, 3, cudaMemcpyHostToDevice, (cudaStream_t)0x30);
    cudaStreamQuery((cudaStream_t)0x30);
}

static void *stackOfThread(void *context) {
    cudaSetDevice(0);
    copyFromStack((unsigned long)context);
    return 0;
}

// Copies from the stack: one whose function returns, one whose thread ends.
static void stackBuffers(void) {
    pthread_t thread;
    cudaSetDevice(0);
    copyFromStack(1);
    copy(2);
    copy(3);
    EXPECT(pthread_create(&thread, 0, stackOfThread, (void *)1) == 0);
    pthread_join(thread, 0);
}

// Sources in host memory: one that changes while it is pending, one that does not, and pointers that are wrong.
static void payload(void) {
    static char source[1000];
    cudaStream_t stream = (cudaStream_t)0x30;
    for (int index = 0; index < 1000; ++index) { source[index] = (char)index; }
    errno = 77;
    cudaSetDevice(0);
    cudaMemcpyAsync((void *)1, source, 1000, cudaMemcpyHostToDevice, stream);
    source[999] ^= 1;
    cudaStreamSynchronize(stream);
    cudaMemcpy2DAsync((void *)1, 10, source, 100, 10, 10, cudaMemcpyHostToDevice, stream);
    source[10] ^= 1;
    cudaDeviceSynchronize();
    cudaMemcpyAsync((void *)1, (void *)0x20, 1000, cudaMemcpyHostToDevice, stream);
    cudaMemcpyAsync((void *)1, (void *)0xffff888000000000, 1ul << 60, cudaMemcpyDefault, stream);
    cudaMemcpy(source, (void *)0x20, 10, cudaMemcpyDeviceToHost);
    cudaFakeSetResult(1);
    cudaMemcpyAsync((void *)1, source, 10, cudaMemcpyHostToDevice, stream);
    cudaFakeSetResult(0);
    source[0] ^= 1;
    cudaDeviceSynchronize();
    EXPECT(errno == 77);
}

static char rowsOfBytes[600][1000];

// Sources whose bytes are kept: one, the same again, and rows that are longer than what is read at once.
static void contents(void) {
    cudaStream_t stream = (cudaStream_t)0x30;
    char *bytes = rowsOfBytes[0];
    for (unsigned index = 0; index < sizeof rowsOfBytes; ++index) { bytes[index] = (char)(index * 31 + index / 251); }
    errno = 77;
    cudaSetDevice(0);
    cudaMemcpyAsync((void *)1, bytes, 999, cudaMemcpyHostToDevice, stream);
    cudaMemcpy((void *)1, bytes, 999, cudaMemcpyHostToDevice);
    cudaMemcpy2DAsync((void *)1, 700, bytes, 1000, 700, 600, cudaMemcpyHostToDevice, stream);
    cudaMemcpy2D((void *)1, 700, bytes, 1000, 700, 600, cudaMemcpyHostToDevice);
    EXPECT(errno == 77);
}

// More bytes than the spool of the test has room for, between calls.
static void tooMuch(void) {
    cudaSetDevice(0);
    for (int round = 0; round < 100; ++round) {
        memset(rowsOfBytes, round, 200000);
        cudaMemcpy((void *)1, rowsOfBytes, 200000, cudaMemcpyHostToDevice);
        for (int index = 0; index < 500; ++index) { cudaSetDevice(0); }
    }
}

static void keepErrno(void) {
    errno = 77;
    copy(1);
    EXPECT(errno == 77);
    manyCalls((void *)1);
    EXPECT(errno == 77);
}

static void nestedCalls(const char *symbol, void **arguments) {
    (void)arguments;
    if (strcmp(symbol, "cudaDeviceSynchronize") == 0) {
        for (unsigned long index = 1; index <= 40000; ++index) { copy(index); }
    }
}

static void nested(void) {
    cudaFakeSetHook(nestedCalls);
    cudaDeviceSynchronize();
    cudaFakeSetHook(0);
    copy(0xafe);
}

static char memory[64];

static void sayInside(const char *symbol, void **arguments) {
    (void)arguments;
    if (strcmp(symbol, "cudaDeviceSynchronize") == 0) { CUTAPE_HOST_WRITE(memory, 64); }
}

static void says(void) {
    cudaFakeSetHook(sayInside);
    cudaDeviceSynchronize();
    cudaFakeSetHook(0);
    CUTAPE_HOST_READ(memory, 64);
}

// Copies whose host memory is watched: an upload from `buffer`, a download to `other`.
static char buffer[8192], other[8192];

static void upload(size_t bytes) {
    cudaMemcpyAsync((void *)0x1000, buffer, bytes, cudaMemcpyHostToDevice, (cudaStream_t)0x30);
}

static void *touchByte(void *at) {
    *(volatile char *)at = 1;
    return 0;
}

static void touchInside(const char *symbol, void **arguments) {
    (void)arguments;
    if (strcmp(symbol, "cudaDeviceSynchronize") == 0) { touchByte(buffer); }
}

static void watched(void) {
    upload(4096);
    (void)*(volatile char *)buffer; // a copy reads, too
    memset(buffer + 8, 1, 4088);    // not the first bytes
    errno = 77;
    touchByte(buffer + 3); // 1
    EXPECT(errno == 77);
    touchByte(buffer + 3); // once is enough
    cudaMemcpyAsync(other, (void *)0x1000, 64, cudaMemcpyDeviceToHost, (cudaStream_t)0x30);
    (void)*(volatile char *)other; // 2
    pthread_t thread;
    upload(4096);
    pthread_create(&thread, 0, touchByte, buffer); // 3, by a thread that has made no call
    pthread_join(thread, 0);
    upload(4096);
    void *(*volatile fill)(void *, int, size_t) = memset;
    fill(buffer, 2, sizeof buffer); // 4, in the C library
    upload(4096);
    cudaFakeSetHook(touchInside);
    cudaDeviceSynchronize(); // the runtime may
    cudaFakeSetHook(0);
    int ends[2]; // a system call neither fails nor is seen
    EXPECT(pipe(ends) == 0 && write(ends[1], other, 16) == 16 && read(ends[0], buffer, 16) == 16);
    pid_t child = fork();
    if (child == 0) { // its memory is its own
        touchByte(buffer);
        upload(4096);
        touchByte(buffer);
        _exit(0);
    }
    waitFor(child);
    touchByte(buffer + 7); // 5: still watched
    cudaMemcpy2DAsync((void *)0x1000, 64, buffer + 1, 64, 2, 2, cudaMemcpyHostToDevice, 0);
    touchByte(buffer);
    touchByte(buffer + 2);
    touchByte(buffer + 1); // 6: two bytes that are not aligned; the first is watched
    sigset_t all, before;
    upload(4096);
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    touchByte(buffer); // blocked: not seen, and no end of the program
    sigprocmask(SIG_SETMASK, &before, 0);
}

static volatile int traps;
static void ownHandler(int number) { traps += number == SIGTRAP; }

// A program that handles the signal itself is left alone, from when it does.
static void ownTraps(void) {
    upload(4096);
    signal(SIGTRAP, ownHandler);
    upload(4096);
    touchByte(buffer);
    EXPECT(traps == 0);
    raise(SIGTRAP);
    EXPECT(traps == 1);
}

// The signal of a breakpoint ends a program that is watched as it ends any other.
static void breakpoint(void) {
    upload(4096);
    raise(SIGTRAP);
}

static CUresult (*driverCopy)(CUdeviceptr, const void *, size_t, CUstream);
static void callDriver(const char *symbol, void **arguments) {
    (void)symbol, (void)arguments;
    driverCopy(1, (void *)2, 3, 0);
}

static void driverInside(void) {
    void *driver = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
    EXPECT(driver);
    driverCopy = (CUresult(*)(CUdeviceptr, const void *, size_t, CUstream))dlsym(driver, "cuMemcpyHtoDAsync_v2");
    EXPECT(driverCopy);
    cudaFakeSetHook(callDriver);
    copy(1);
    cudaFakeSetHook(0);
    EXPECT(driverCopy(1, (void *)2, 3, 0) == 0);
}

static void fillKernel(const char *symbol, void **arguments) {
    if (strcmp(symbol, "__cudaGetKernel") == 0) { **(void ***)arguments[0] = (void *)0xabc0; }
}

static void launches(void) {
    static const char stub, plain;
    __cudaRegisterFatBinary((void *)&plain);
    __cudaRegisterFunction(0, &stub, 0, "_Z5scalePKfPfi", -1, 0, 0, 0, 0, 0);
    __cudaRegisterFunction(0, &plain, 0, "plain", -1, 0, 0, 0, 0, 0);
    const void *source = (void *)0x111;
    void *target = (void *)0x222;
    int count = 3;
    void *arguments[] = {&source, &target, &count};
    dim3 grid = {1, 2, 3}, block = {4, 5, 6};
    EXPECT(cudaLaunchKernel(&stub, grid, block, arguments, 7, (cudaStream_t)8) == 0);
    cudaFakeSetHook(fillKernel);
    cudaKernel_t kernel;
    EXPECT(__cudaGetKernel(&kernel, &stub) == 0);
    EXPECT(__cudaLaunchKernel_ptsz(kernel, grid, block, arguments, 7, (cudaStream_t)8) == 0);
    cudaLaunchAttribute attributes[] = {{.id = 1}, {.id = 12, .val.event = (cudaEvent_t)0xe1}};
    cudaLaunchConfig_t config = {
        .gridDim = grid, .blockDim = block, .dynamicSmemBytes = 9, .attrs = attributes, .numAttrs = 2};
    EXPECT(cudaLaunchKernelExC(&config, &plain, arguments) == 0);
    __cudaRegisterVar(0, (char *)&plain, 0, "variable", 0, 64, 0, 0);
}

// What the runtime was asked behind launches: looks at the last error, questions, errors taken.
static int peeks, questions, takes, waitingError;

static void countQuestions(const char *symbol, void **arguments) {
    (void)arguments;
    cudaFakeSetResult(0);
    if (strcmp(symbol, "cudaPeekAtLastError") == 0) { ++peeks, cudaFakeSetResult(waitingError); }
    if (strcmp(symbol, "cudaFuncGetParamInfo") == 0) { ++questions, errno = 5; }
    if (strcmp(symbol, "cudaGetLastError") == 0) { ++takes; }
}

static int asked(int newPeeks, int newQuestions, int newTakes) {
    int isRight = peeks == newPeeks && questions == newQuestions && takes == newTakes;
    peeks = questions = takes = 0;
    return isRight;
}

static void launchWith(const void *stub) {
    const void *first = (void *)0x111, *second = (void *)0x222;
    long structure[3] = {0x333};
    void *arguments[] = {&first, &second, structure, &first};
    dim3 one = {1, 1, 1};
    errno = 77;
    EXPECT(cudaLaunchKernel(stub, one, one, arguments, 0, 0) == 0 && errno == 77);
}

static void layouts(void) {
    static const char plain, byName, big, mistaken, clear;
    static const size_t sizes[] = {8, 4, 8, 1}, bigSizes[] = {8, 24};
    __cudaRegisterFunction(0, &plain, 0, "plain", -1, 0, 0, 0, 0, 0);
    __cudaRegisterFunction(0, &byName, 0, "_Z6byNamePKf4ModeP6VectorS2_", -1, 0, 0, 0, 0, 0);
    __cudaRegisterFunction(0, &big, 0, "_Z3bigPf3Big", -1, 0, 0, 0, 0, 0);
    __cudaRegisterFunction(0, &mistaken, 0, "_Z8mistakenPfS_4Mode", -1, 0, 0, 0, 0, 0);
    __cudaRegisterFunction(0, &clear, 0, "_Z5clearPf", -1, 0, 0, 0, 0, 0);
    cudaFakeSetHook(countQuestions);
    cudaFakeSetLayout(sizes, 4);
    launchWith(&clear);
    EXPECT(asked(0, 0, 0));
    waitingError = 2; // an error of the program's own waits to be taken: not now
    launchWith(&plain);
    EXPECT(asked(1, 0, 0));
    waitingError = 0;
    launchWith(&plain);
    EXPECT(asked(1, 5, 1));
    launchWith(&plain);
    EXPECT(asked(0, 0, 0));
    launchWith(&byName);
    EXPECT(asked(1, 4, 0));
    cudaFakeSetLayout(bigSizes, 2);
    launchWith(&big);
    launchWith(&big);
    EXPECT(asked(1, 2, 0));
    launchWith(&mistaken);
    launchWith(&mistaken);
    EXPECT(asked(1, 3, 1));
    cudaFakeSetHook(0);
}

#if CUT_MAJOR == 13
static void batch(void) {
    void *targets[3] = {(void *)1, (void *)2, (void *)3};
    const void *sources[3] = {(void *)4, (void *)5, (void *)6};
    size_t sizes[3] = {7, 8, 9}, firsts[2] = {0, 2};
    struct cudaMemcpyAttributes attributes[2] = {{.srcAccessOrder = 1}, {.srcAccessOrder = 3}};
    EXPECT(cudaMemcpyBatchAsync(targets, sources, sizes, 3, attributes, firsts, 2, (cudaStream_t)5) == 0);
    enum { many = 1000 };
    static void *none[many];
    static size_t zero[many];
    EXPECT(cudaMemcpyBatchAsync(none, (const void **)none, zero, many, 0, 0, 0, 0) == 0);
}

static void threeDimensions(void) {
    struct cudaMemcpy3DParms p = {
        .srcArray = (cudaArray_t)1, .srcPos = {2, 3, 4}, .srcPtr = {(void *)5, 6, 7, 8}, .dstArray = (cudaArray_t)9,
        .dstPos = {10, 11, 12}, .dstPtr = {(void *)13, 14, 15, 16}, .extent = {17, 18, 19}, .kind = 3};
    EXPECT(cudaMemcpy3DAsync(&p, (cudaStream_t)20) == 0);
}
#endif

#define NODE(number) ((cudaGraphNode_t)(number))

static void addNodes(void) {
    cudaGraph_t graph = (cudaGraph_t)0x9;
    cudaGraphNode_t nodes[2] = {NODE(0xa), NODE(0xb)}, node = NODE(0x77); // where it is handed out
    cudaGraphAddMemcpyNode1D(&node, graph, nodes, 2, (void *)1, (void *)2, 3, cudaMemcpyDeviceToHost);
    // What CUDA refuses is not read.
    cudaGraphAddMemcpyNode1D(0, 0, 0, 2, (void *)1, (void *)2, 3, cudaMemcpyDeviceToHost);
    cudaGraphAddMemsetNode(&node, graph, nodes, 1, 0);
    struct cudaMemsetParams fill = {(void *)1, 2, 3, 4, 5, 6};
    cudaGraphAddMemsetNode(&node, graph, nodes + 1, 1, &fill);
    struct cudaMemAllocNodeParams memory = {.bytesize = 64, .poolProps.location.id = 1};
    cudaGraphAddMemAllocNode(&node, graph, 0, 0, &memory);
}

static void addKernels(void) {
    static const char stub;
    __cudaRegisterFunction(0, &stub, 0, "_Z5scalePKfPfi", -1, 0, 0, 0, 0, 0);
    cudaGraphNode_t nodes[2] = {NODE(0xa), NODE(0xb)}, node = NODE(0x77); // where it is handed out
    void *source = (void *)0x111, *target = (void *)0x222;
    int count = 3;
    void *arguments[] = {&source, &target, &count};
    struct cudaKernelNodeParams kernel = {(void *)&stub, {1, 2, 3}, {4, 5, 6}, 7, arguments, 0};
    cudaGraphAddKernelNode(&node, (cudaGraph_t)0x9, nodes, 2, &kernel);
    void *packed[] = {(void *)1};
    kernel.extra = packed;
    cudaGraphExecKernelNodeSetParams((cudaGraphExec_t)0xe, node, &kernel);
    kernel.extra = 0;
    struct cudaGraphNodeParams any = {.type = cudaGraphNodeTypeKernel, .kernel = kernel};
    cudaGraphNodeSetParams(NODE(0xc), &any);
}

static void fillLists(const char *symbol, void **arguments) {
    if (strcmp(symbol, "cudaGraphGetNodes") == 0 && *(cudaGraphNode_t **)arguments[1]) {
        (*(cudaGraphNode_t **)arguments[1])[0] = NODE(0xa);
        (*(cudaGraphNode_t **)arguments[1])[1] = NODE(0xb);
        **(size_t **)arguments[2] = 2;
    }
    if (strcmp(symbol, "cudaStreamGetCaptureInfo_v2") == 0 || strcmp(symbol, "cudaStreamGetCaptureInfo") == 0) {
        static cudaGraphNode_t nodes[1] = {NODE(0xd)};
        const int last = CUT_MAJOR == 13 ? 6 : 5;
        **(int **)arguments[1] = 1;
        **(cudaGraph_t **)arguments[3] = (cudaGraph_t)0x9;
        **(const cudaGraphNode_t ***)arguments[4] = nodes;
        **(size_t **)arguments[last] = 1;
    }
}

static void listNodes(void) {
    cudaFakeSetHook(fillLists);
    cudaGraphNode_t nodes[3];
    size_t count = 3;
    cudaGraphGetNodes((cudaGraph_t)0x9, nodes, &count);
    cudaGraphGetNodes((cudaGraph_t)0x9, 0, &count);
    enum cudaStreamCaptureStatus status;
    cudaStreamIsCapturing((cudaStream_t)5, &status);
    cudaGraph_t graph;
    const cudaGraphNode_t *dependencies;
#if CUT_MAJOR == 13
    cudaStreamGetCaptureInfo((cudaStream_t)5, &status, 0, &graph, &dependencies, 0, &count);
#else
    cudaStreamGetCaptureInfo_v2((cudaStream_t)5, &status, 0, &graph, &dependencies, &count);
#endif
    // More edges than a record has room for.
    enum { many = 2000 };
    static cudaGraphNode_t from[many], to[many];
#if CUT_MAJOR == 13
    cudaGraphAddDependencies(graph, from, to, 0, many);
#else
    cudaGraphAddDependencies(graph, from, to, many);
#endif
}

// Two plugins that cannot see each other, one for each major.
static void runPlugins(int flags, const char *function) {
    for (int major = 12; major <= 13; ++major) {
        char path[64];
        snprintf(path, sizeof path, "./plugin%d.so", major);
        void *plugin = dlopen(path, flags);
        if (!plugin) { fprintf(stderr, "%s\n", dlerror()); }
        EXPECT(plugin);
        int (*run)(void) = (int (*)(void))dlsym(plugin, function);
        EXPECT(run && run() == major);
    }
}

static void plugins(void) { runPlugins(RTLD_NOW | RTLD_LOCAL, "plugin_run"); }

// Plugins whose references are bound at home first: to the runtime, and to the C library's dlsym.
static void deepPlugins(void) {
    runPlugins(RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND, "plugin_run");
    runPlugins(RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND, "plugin_lookUp");
}

static void lazyPlugins(void) { runPlugins(RTLD_LAZY | RTLD_LOCAL | RTLD_DEEPBIND, "plugin_run"); }

// A plugin that finds another library beside itself, by the search path that is in it: only if dlopen sees who calls.
static void nearbyPlugin(void) {
    void *plugin = dlopen("./nearby/outer.so", RTLD_NOW | RTLD_LOCAL);
    if (!plugin) { fprintf(stderr, "%s\n", dlerror()); }
    EXPECT(plugin);
    int (*run)(void) = (int (*)(void))dlsym(plugin, "outer_run");
    EXPECT(run && run() == 7);
}

static volatile int childSignals;
static void countChild(int number) {
    (void)number;
    ++childSignals;
}

// The recorder that the shim starts is no child that the program sees.
static void alone(void) {
    signal(SIGCHLD, countChild);
    copy(1);
    usleep(300000);
    EXPECT(childSignals == 0);
    EXPECT(waitpid(-1, 0, WNOHANG) == -1 && errno == ECHILD);
}

// A constructor, as the registration code of the compiler is.
__attribute__((constructor)) static void early(void) {
    if (getenv("CUT_TEST_EARLY")) { copy(0xea); }
}

static void nothing(void) {}

static const struct {
    const char *name;
    void (*run)(void);
} scenarios[] = {
    {"basic", basic}, {"all", all}, {"threads", threads}, {"many", many}, {"shortThreads", shortThreads},
    {"manyThreads", manyThreads}, {"signals", signals},
    {"forks", forks}, {"forksInside", forksInside}, {"killed", killed}, {"keepErrno", keepErrno}, {"nested", nested},
    {"says", says}, {"watched", watched}, {"ownTraps", ownTraps}, {"breakpoint", breakpoint},
    {"stackBuffers", stackBuffers}, {"payload", payload}, {"contents", contents},
    {"tooMuch", tooMuch}, {"launches", launches}, {"layouts", layouts}, {"plugins", plugins},
    {"deepPlugins", deepPlugins}, {"lazyPlugins", lazyPlugins}, {"nearbyPlugin", nearbyPlugin},
    {"alone", alone}, {"nothing", nothing}, {"driverInside", driverInside},
    {"addNodes", addNodes}, {"addKernels", addKernels}, {"listNodes", listNodes},
#if CUT_MAJOR == 13
    {"batch", batch}, {"threeDimensions", threeDimensions},
#endif
};

int main(int count, char **arguments) {
    for (int index = 1; index < count; ++index) {
        for (size_t at = 0; at < sizeof scenarios / sizeof scenarios[0]; ++at) {
            if (strcmp(arguments[index], scenarios[at].name) == 0) { scenarios[at].run(); }
        }
    }
    return 0;
}
