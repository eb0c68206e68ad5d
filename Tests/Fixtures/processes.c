// What programs do with processes, signals, descriptors and directories: one scenario for each word on its command line.
// It says what it sees, so that a run can be compared with one that is recorded. Without a word it does nothing.
//
// build: gcc 13 -pthread
// finds: nothing
#include "fixture.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;
static const char *self;

// Each is one call.
static void call(void) { CHECK(cudaGetLastError()); }

static void calls(int count) {
    while (count-- > 0) call();
}

static void waitFor(pid_t child) {
    int status = -1;
    waitpid(child, &status, 0);
    printf("child ended with %x\n", status);
}

static pid_t forked(void (*run)(int), int argument) {
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        run(argument);
        _exit(0);
    }
    return child;
}

static void nothing(int ignored) { (void)ignored; }

static void forks(void) {
    calls(1);
    waitFor(forked(calls, 2));
    waitFor(forked(nothing, 0));
    calls(3);
}

static void *callForEver(void *stop) {
    while (!__atomic_load_n((int *)stop, __ATOMIC_RELAXED)) call();
    return NULL;
}

// Children that are forked while another thread is inside a call, or inside cutape.
static void forksBetween(void) {
    int stop = 0;
    pthread_t thread;
    call();
    pthread_create(&thread, NULL, callForEver, &stop);
    for (int i = 0; i < 20; i++) waitFor(forked(nothing, 0));
    __atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
    pthread_join(thread, NULL);
}

static void executes(void) {
    char *arguments[] = {(char *)self, (char *)"three", NULL};
    calls(1);
    pid_t child = fork();
    if (child == 0) execv("/proc/self/exe", arguments);
    waitFor(child);
    child = vfork();
    if (child == 0) {
        execv(self, arguments);
        _exit(127);
    }
    waitFor(child);
    if (posix_spawn(&child, self, NULL, NULL, arguments, environ) == 0) waitFor(child);
    calls(1);
}

static void three(void) { calls(3); }

static void becomesDaemon(void) {
    if (daemon(0, 0) != 0) exit(1);
    for (int descriptor = 0; descriptor < 64; descriptor++) close(descriptor);
    calls(4);
}

static void closesAll(void) {
    for (int descriptor = 3; descriptor < 1024; descriptor++) close(descriptor);
    calls(2);
    int first = open("/dev/null", O_RDONLY);
    for (int descriptor = 3; descriptor < 1024; descriptor++) close(descriptor);
    calls(2);
    printf("the first free descriptor is %d\n", first);
}

static void closesStandard(void) {
    for (int descriptor = 0; descriptor < 3; descriptor++) close(descriptor);
    calls(2);
    exit(open("/dev/null", O_RDONLY));
}

static void changesDirectory(void) {
    if (chdir("/") != 0) exit(1);
    calls(1);
    waitFor(forked(calls, 2));
    if (chdir("/tmp") != 0) exit(1);
    calls(1);
}

static void callAtExit(void) { calls(2); }
static int callsLate;
__attribute__((destructor)) static void callLast(void) {
    if (callsLate) calls(1);
}

static void callsAtExit(void) {
    callsLate = 1;
    atexit(callAtExit);
    at_quick_exit(callAtExit);
    calls(1);
}

static void exitsQuickly(void) {
    callsAtExit();
    quick_exit(3);
}

static void exitsAtOnce(void) {
    callsAtExit();
    _exit(4);
}

static void aborts(void) {
    calls(2);
    abort();
}

static void crash(void *ignored) {
    (void)ignored;
    *(volatile int *)8 = 1;
}

static void crashesInside(void) {
    calls(1);
    CHECK(cudaLaunchHostFunc(NULL, crash, NULL));
    cudaDeviceSynchronize();
}

static void copyInside(void *result) {
    char from[4] = "abc", to[4] = "";
    *(cudaError_t *)result = cudaMemcpy(to, from, 4, cudaMemcpyHostToHost);
}

static void callsInside(void) {
    cudaError_t result = cudaSuccess;
    CHECK(cudaLaunchHostFunc(NULL, copyInside, &result));
    CHECK(cudaDeviceSynchronize());
    printf("a copy in a host function gives %d\n", result);
}

// No pointer where CUDA stores its results.
static void storesNothing(void) {
    printf("cudaMalloc %d\n", cudaMalloc(NULL, 64));
    printf("cudaStreamCreate %d\n", cudaStreamCreate(NULL));
    printf("cudaEventCreate %d\n", cudaEventCreate(NULL));
}

static const struct {
    const char *word;
    void (*run)(void);
} scenarios[] = {
    {"fork", forks}, {"fork-between", forksBetween}, {"exec", executes}, {"three", three},
    {"daemon", becomesDaemon}, {"close", closesAll}, {"close-standard", closesStandard},
    {"chdir", changesDirectory}, {"atexit", callsAtExit}, {"quick_exit", exitsQuickly}, {"_exit", exitsAtOnce},
    {"abort", aborts}, {"crash", crashesInside}, {"callback", callsInside}, {"null", storesNothing},
};

int main(int count, char **words) {
    self = words[0];
    for (int word = 1; word < count; word++) {
        for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++) {
            if (strcmp(words[word], scenarios[i].word) == 0) scenarios[i].run();
        }
    }
    return 0;
}
