// The program whose call stacks the tests record: one scenario for each word on its command line.
//
// Its calls say themselves who called them: dst is the address that the function with the call returns to, src the one
// that the function around returns to. It prints nothing and exits with 0 when what it sees itself is right.
#include "stacked.h"

#include "cutape_cuda.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>

#define NOINLINE __attribute__((noinline))
#define EXPECT(condition) \
    if (!(condition)) { \
        fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
        exit(1); \
    }

cudaError_t cudaMemcpyAsync(void *dst, const void *src, size_t count, enum cudaMemcpyKind kind, cudaStream_t stream);

static const void *outerReturn; // where the function around returns to
static unsigned long mark;

NOINLINE static int inner(void) {
    errno = 7;
    int result = (int)cudaMemcpyAsync(__builtin_return_address(0), outerReturn, ++mark, cudaMemcpyDefault, 0);
    EXPECT(errno == 7);
    return result;
}

NOINLINE static int outer(void) {
    outerReturn = __builtin_return_address(0);
    return inner() + 1;
}

// Twice the same stack, and one of another line.
NOINLINE static void helpers(void) {
    for (volatile int index = 0; index < 2; ++index) { EXPECT(outer() == 1); }
    EXPECT(outer() == 1);
}

NOINLINE static int deeper(int depth) {
    // The frame has another size each time, so that only a walk finds the way out.
    volatile char room[depth % 5 * 64 + 16];
    room[0] = 1;
    return (depth == 0 ? outer() : deeper(depth - 1)) + room[0] - 1;
}

// Deeper than a stack is recorded, and as deep in turns.
NOINLINE static void deep(void) { EXPECT(deeper(200) == 1); }

NOINLINE static void changing(void) {
    for (int round = 0; round < 2000; ++round) { EXPECT(deeper(round % 7) == 1); }
}

static void handle(int number) {
    (void)number;
    const void *before = outerReturn;
    outerReturn = __builtin_return_address(0);
    inner();
    outerReturn = before;
}

// The call is in the handler, which interrupts this function.
NOINLINE static void handled(void) {
    signal(SIGUSR1, handle);
    raise(SIGUSR1);
    static char room[1 << 16];
    stack_t other = {.ss_sp = room, .ss_size = sizeof room};
    struct sigaction onOther = {.sa_handler = handle, .sa_flags = SA_ONSTACK};
    EXPECT(sigaltstack(&other, 0) == 0 && sigaction(SIGUSR1, &onOther, 0) == 0);
    raise(SIGUSR1);
}

static const struct itimerval never;
static void callInHandler(int number) {
    (void)number;
    // No more than there is room for, however slow the machine is.
    static int count;
    if (++count == 3000) { setitimer(ITIMER_REAL, &never, 0); }
    cudaMemcpyAsync((void *)1, 0, 0, cudaMemcpyDefault, 0);
}

// Handlers that make calls, between any two instructions.
NOINLINE static void interrupted(void) {
    const struct itimerval often = {{0, 30}, {0, 30}};
    signal(SIGALRM, callInHandler);
    setitimer(ITIMER_REAL, &often, 0);
    for (int index = 0; index < 60000; ++index) { deeper(index % 9); }
    setitimer(ITIMER_REAL, &never, 0);
}

static void *onSmallStack(void *context) {
    (void)context;
    EXPECT(outer() == 1);
    return 0;
}

NOINLINE static void smallStack(void) {
    pthread_attr_t attributes;
    pthread_t thread;
    EXPECT(pthread_attr_init(&attributes) == 0);
    EXPECT(pthread_attr_setstacksize(&attributes, (size_t)PTHREAD_STACK_MIN) == 0);
    EXPECT(pthread_create(&thread, &attributes, onSmallStack, 0) == 0);
    EXPECT(pthread_join(thread, 0) == 0);
}

NOINLINE static void withoutTable(void) { EXPECT(untabled(outer) == 2); }

// Code that was made just now: it calls its argument.
NOINLINE static void madeCode(void) {
#if defined(__x86_64__)
    static const unsigned char code[] = {0x48, 0x83, 0xec, 0x08, 0xff, 0xd7, 0x48, 0x83, 0xc4, 0x08, 0xc3};
    void *page = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    EXPECT(page != MAP_FAILED);
    memcpy(page, code, sizeof code);
    EXPECT(mprotect(page, 4096, PROT_READ | PROT_EXEC) == 0);
    EXPECT(((int (*)(int (*)(void)))page)(outer) == 1);
#else
    EXPECT(outer() == 1);
#endif
}

static ucontext_t home, coroutine;
static uint64_t bottomWord;
NOINLINE static void runCoroutine(void) {
    // What stands in the place of a return address may be any word: this function does not return.
    if (bottomWord != 0) { ((uint64_t *)__builtin_frame_address(0))[1] = bottomWord; }
    EXPECT(outer() == 1);
    swapcontext(&coroutine, &home);
}

NOINLINE static void enterCoroutine(void) {
    static char stack[1 << 16];
    EXPECT(getcontext(&coroutine) == 0);
    coroutine.uc_stack.ss_sp = stack;
    coroutine.uc_stack.ss_size = sizeof stack;
    coroutine.uc_link = &home;
    makecontext(&coroutine, runCoroutine, 0);
    EXPECT(swapcontext(&home, &coroutine) == 0);
}

NOINLINE static void coroutines(void) {
    enterCoroutine();
    bottomWord = 0xdeaddeaddeaddeadull; // no address at all
    enterCoroutine();
    bottomWord = 0x10; // not mapped
    enterCoroutine();
}

static volatile int isDone;
static void *loadAndUnload(void *context) {
    (void)context;
    for (int round = 0; round < 200; ++round) {
        void *plugin = dlopen("./plugin12.so", RTLD_NOW | RTLD_LOCAL);
        EXPECT(plugin);
        int (*run)(void) = (int (*)(void))dlsym(plugin, "plugin_run");
        EXPECT(run && run() == 12);
        dlclose(plugin);
    }
    isDone = 1;
    return 0;
}

// Walks while another thread is in the loader.
NOINLINE static void loading(void) {
    pthread_t thread;
    EXPECT(pthread_create(&thread, 0, loadAndUnload, 0) == 0);
    for (int round = 0; round < 500 || !isDone; ++round) { deeper(round % 50); }
    EXPECT(pthread_join(thread, 0) == 0);
}

static void *manyCalls(void *context) {
    unsigned long count = (unsigned long)context;
    for (unsigned long index = 0; index < count; ++index) {
        cudaMemcpyAsync((void *)2, 0, index, cudaMemcpyDefault, 0);
    }
    return 0;
}

NOINLINE static void many(void) { manyCalls((void *)50000); }

NOINLINE static void threads(void) {
    pthread_t thread[4];
    for (int index = 0; index < 4; ++index) {
        EXPECT(pthread_create(&thread[index], 0, manyCalls, (void *)1000) == 0);
    }
    for (int index = 0; index < 4; ++index) { EXPECT(pthread_join(thread[index], 0) == 0); }
}

static const struct {
    const char *name;
    void (*run)(void);
} scenarios[] = {
    {"helpers", helpers}, {"deep", deep}, {"changing", changing}, {"handled", handled}, {"interrupted", interrupted},
    {"smallStack", smallStack}, {"withoutTable", withoutTable}, {"madeCode", madeCode}, {"coroutines", coroutines},
    {"loading", loading}, {"many", many}, {"threads", threads},
};

int main(int count, char **arguments) {
    for (int index = 1; index < count; ++index) {
        for (size_t at = 0; at < sizeof scenarios / sizeof scenarios[0]; ++at) {
            if (strcmp(arguments[index], scenarios[at].name) == 0) { scenarios[at].run(); }
        }
    }
    return 0;
}
