// Holding a stream: a host function in it waits until it is let go.
//
// Whether a call blocks is decided by a flag, never by time alone: a call that returns while the host function has
// not been let go did not wait for it, however long it took. A call that does wait would wait for ever, so a watchdog
// lets the stream go after a bound; then the call counts as waiting. On a busy machine a call may be so slow that
// the watchdog is early: the probe is therefore made again with a longer bound, and the second outcome counts.
//
// Host functions of all streams may share one thread of the driver, so there is one hold at a time.

#include "conformance.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

enum { FIRST_BOUND_MS = 20, SECOND_BOUND_MS = 200, POLL_US = 100 };

// Holds are numbered from 1; a hold lasts until `released` has reached its number. A late host function of an
// earlier hold therefore never waits.
static atomic_uint begun, released;
static atomic_bool endedByWatchdog;
static int boundMilliseconds = FIRST_BOUND_MS;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t letGo = PTHREAD_COND_INITIALIZER;
static pthread_t watchdog;
static bool isWatched;

static void CUDART_CB wait_for_release(void *number)
{
    while (atomic_load(&released) < (unsigned)(size_t)number)
        usleep(POLL_US);
}

static void *watch(void *number)
{
    struct timespec end;
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_nsec += boundMilliseconds * 1000000L;
    end.tv_sec += end.tv_nsec / 1000000000L;
    end.tv_nsec %= 1000000000L;
    pthread_mutex_lock(&mutex);
    int error = 0;
    while (!error && atomic_load(&released) < (unsigned)(size_t)number)
        error = pthread_cond_timedwait(&letGo, &mutex, &end);
    if (atomic_load(&released) < (unsigned)(size_t)number) {
        atomic_store(&endedByWatchdog, true);
        atomic_store(&released, (unsigned)(size_t)number);
    }
    pthread_mutex_unlock(&mutex);
    return NULL;
}

static void let_go(void)
{
    pthread_mutex_lock(&mutex);
    atomic_store(&released, atomic_load(&begun));
    pthread_cond_signal(&letGo);
    pthread_mutex_unlock(&mutex);
    if (isWatched)
        pthread_join(watchdog, NULL);
    isWatched = false;
}

bool cut_hold(struct cut_row *row, cudaStream_t stream)
{
    let_go();
    void *number = (void *)(size_t)(atomic_fetch_add(&begun, 1) + 1);
    if (pthread_create(&watchdog, NULL, watch, number) != 0) {
        atomic_store(&released, atomic_load(&begun));
        cut_skip(row, "no thread for the watchdog");
        return false;
    }
    isWatched = true;
    if (!CUT_PREPARE(row, cudaLaunchHostFunc(stream, wait_for_release, number))) {
        let_go();
        return false;
    }
    if (!cut_is_held() && boundMilliseconds == SECOND_BOUND_MS) {
        cut_skip(row, "the runtime calls host functions before cudaLaunchHostFunc returns");
        return false;
    }
    return true;
}

bool cut_is_held(void)
{
    return atomic_load(&released) < atomic_load(&begun);
}

void cut_returned(struct cut_row *row, const char *key)
{
    cut_text(row, key, cut_is_held() ? "while held" : "after release");
}

void cut_release(void)
{
    let_go();
    cudaDeviceSynchronize();
}

void cut_hold_start_attempt(int attempt)
{
    boundMilliseconds = attempt == 0 ? FIRST_BOUND_MS : SECOND_BOUND_MS;
    atomic_store(&endedByWatchdog, false);
}

bool cut_hold_was_ended_by_watchdog(void)
{
    return atomic_load(&endedByWatchdog);
}
