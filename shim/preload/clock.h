// Time stamps, in the clock that the session asks for.
//
// The time-stamp counter costs about 8 ns and is read without a fence: between two threads it may be 20 ns off, far
// less than any hand-over between them takes. Where it is not invariant the kernel's clock is read, at some 25 ns.
#ifndef CUTAPE_CLOCK_H
#define CUTAPE_CLOCK_H

#include "cutape_ring.h"

#include <time.h>

/// The processor's counter: only meaningful for a session of clock CUT_CLOCK_TSC.
static inline uint64_t cut_counter(void) {
#if defined(__x86_64__)
    return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
    uint64_t ticks;
    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
    return ticks;
#else
#error "no time-stamp counter is known for this processor"
#endif
}

static inline uint64_t cut_nanoseconds(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static inline uint64_t cut_ticks(uint32_t clock) {
    return __builtin_expect(clock == CUT_CLOCK_TSC, 1) ? cut_counter() : cut_nanoseconds(CLOCK_MONOTONIC);
}

#endif
