// The hot path: begin a record, publish it, complete it.
//
// Nothing here locks, allocates, makes a system call or touches a cache line that another thread writes. A signal handler
// of the same thread may make calls between any two instructions: a place is taken in one.
#ifndef CUTAPE_RECORD_H
#define CUTAPE_RECORD_H

#include "clock.h"
#include "state.h"

/// How many continuation slots a call of this many words needs.
#define CUT_SLOTS(words) \
    ((words) <= CUT_RECORD_WORDS ? 0 : ((words) - CUT_RECORD_WORDS + CUT_SLOT_WORDS - 1) / CUT_SLOT_WORDS)

/// Moves the thread's next place from `from` to `to`; 0 when it is elsewhere by now. No other thread is in the way, so
/// the processor's lock is not needed.
static inline int cut_moveNext(CUTThread *_Nonnull thread, char *_Nonnull from, char *_Nonnull to) {
#if defined(__x86_64__)
    int isMoved;
    __asm__ volatile("cmpxchgq %3, %1" : "=@ccz"(isMoved), "+m"(thread->next), "+a"(from) : "r"(to) : "memory");
    return isMoved;
#else
    return __atomic_compare_exchange_n(&thread->next, &from, to, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
#endif
}

/// Whether a call from `stackPointer` is made inside another recorded call. While a record has a place and is not
/// published, which is so in a signal handler alone, it says nothing of the calls before.
static inline int cut_isInside(const void *_Nonnull stackPointer) {
    CUTThread *thread = (CUTThread *)cut_thread;
    if (__builtin_expect(thread->depth == 0, 1)) { return 0; }
    return (uint64_t)stackPointer < (uint64_t)thread->entered || thread->drafts != 0
        || !cut_leaveCalls(thread, stackPointer);
}

/// Room for a record and `slots` more, for a call from `stackPointer`; NULL: the call is not recorded.
static inline CUTRecord *_Nullable cut_reserve(uint32_t slots, const void *_Nonnull stackPointer) {
    CUTThread *thread = (CUTThread *)cut_thread;
    int64_t bytes = (slots + 1) * (int64_t)CUT_RECORD_BYTES;
    if (__builtin_expect(thread->depth != 0, 0)) { cut_isInside(stackPointer); }
    char *next = thread->next;
    // The end may lie before the next place: a signal handler can have moved that while the end was being set.
    if (__builtin_expect(thread->end - next < bytes, 0)) {
        return cut_reserveSlowly(slots, stackPointer);
    }
    thread->drafts += 1;
    if (__builtin_expect(!cut_moveNext(thread, next, next + bytes), 0)) {
        thread->drafts -= 1;
        return cut_reserveSlowly(slots, stackPointer);
    }
    return (CUTRecord *)next;
}

/// Makes the begin half of a record readable: everything but `begin`, `state` and `site` must be there. `stackPointer` is
/// that of the caller, or for what the shim writes by itself that of the function that does.
static inline void cut_publish(
    CUTRecord *_Nonnull record, uint16_t id, uint32_t form, uint32_t slots, const void *_Nonnull site,
    const void *_Nonnull stackPointer
) {
    CUTThread *thread = (CUTThread *)cut_thread;
    if (__builtin_expect(thread->depth != 0, 0)) {
        form |= CUT_FORM_NESTED;
    } else if (__builtin_expect(thread->drafts == 1, 1)) {
        // Not in a handler that came before the next line: the call that it interrupts is further up.
        thread->entered = stackPointer;
    }
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    thread->depth += 1;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    thread->drafts -= 1;
    record->state = (uint64_t)id << 48 | CUT_IN_FLIGHT;
    record->begin = cut_ticks(thread->clock);
    uint64_t address = (uint64_t)site & 0x0000ffffffffffffull;
    cut_storeRelease64(&record->site, address | (uint64_t)slots << 48 | (uint64_t)form << 56);
}

/// Whether the record of a call that has returned is still there: not in a child that was forked inside the call,
/// where the state of the thread was wiped.
static inline int cut_isOurs(void) { return __builtin_expect(cut_thread->depth != 0, 1); }

/// Says that the call has returned.
static inline void cut_complete(CUTRecord *_Nonnull record, int32_t result) {
    CUTThread *thread = (CUTThread *)cut_thread;
    record->result = result;
    uint64_t duration = cut_ticks(thread->clock) - record->begin;
    if (__builtin_expect(duration >= CUT_IN_FLIGHT, 0)) { duration = CUT_IN_FLIGHT - 1; }
    cut_storeRelease64(&record->state, (record->state & ~CUT_IN_FLIGHT) | duration);
    if (__builtin_expect(--thread->depth == 0 && thread->held != 0, 0)) { cut_closeHeld(thread); }
}

#endif
