// Threads, the lock, and what is said on standard error.
#include "cut_bridge.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t hostFunctionReturned = PTHREAD_COND_INITIALIZER;
static int lastThread;
static _Thread_local int threadNumber;
static _Thread_local int inHostFunction;

int32_t cut_threadNumber(void) {
    if (threadNumber == 0) { threadNumber = __atomic_add_fetch(&lastThread, 1, __ATOMIC_RELAXED); }
    return threadNumber;
}

int cut_isInHostFunction(void) { return inHostFunction; }

void cut_lock(void) { pthread_mutex_lock(&lock); }
void cut_unlock(void) { pthread_mutex_unlock(&lock); }
void cut_waitForHostFunction(void) { pthread_cond_wait(&hostFunctionReturned, &lock); }
void cut_hostFunctionReturned(void) { pthread_cond_broadcast(&hostFunctionReturned); }

typedef struct CUTHostCall {
    void (*function)(void *);
    void *userData;
} CUTHostCall;

static void *callHost(void *argument) {
    CUTHostCall *call = argument;
    inHostFunction = 1;
    call->function(call->userData);
    return NULL;
}

// A thread of the runtime takes no signals: they are the program's.
static int start(pthread_t *thread, void *(*body)(void *), void *argument) {
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int result = pthread_create(thread, NULL, body, argument);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return result;
}

void cut_runHostFunction(uint64_t function, uint64_t userData) {
    CUTHostCall call = {(void (*)(void *))(uintptr_t)function, (void *)(uintptr_t)userData};
    pthread_t thread;
    if (start(&thread, callHost, &call) == 0) {
        pthread_join(thread, NULL);
        return;
    }
    // No thread to be had: better on this one than not at all.
    int outer = inHostFunction;
    callHost(&call);
    inHostFunction = outer;
}

static void *runBody(void *argument) {
    void (*body)(void) = (void (*)(void))(uintptr_t)argument;
    body();
    return NULL;
}

void cut_startThread(void (*body)(void)) {
    pthread_t thread;
    if (start(&thread, runBody, (void *)(uintptr_t)body) == 0) { pthread_detach(thread); }
}

void cut_sleepMilliseconds(uint32_t milliseconds) {
    struct timespec rest = {milliseconds / 1000, (long)(milliseconds % 1000) * 1000000};
    nanosleep(&rest, NULL);
}

void cut_say(const char *text) {
    char line[512];
    int length = snprintf(line, sizeof line, "cutape: %s\n", text);
    if (length < 0) { return; }
    size_t size = (size_t)length < sizeof line ? (size_t)length : sizeof line - 1;
    ssize_t written = write(STDERR_FILENO, line, size);
    (void)written;
}

void cut_sayOnce(int *said, const char *name, const char *text) {
    if (__atomic_exchange_n(said, 1, __ATOMIC_RELAXED)) { return; }
    char line[400];
    snprintf(line, sizeof line, "%s %s", name, text);
    cut_say(line);
}
