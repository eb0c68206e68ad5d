// The slow path of a thread: its first call, each time its segment is full, and its end.
//
// When a thread ends, other destructors of its own may still make calls. Ours puts itself off until the last round of
// them; a call after that starts the thread again.
#include "callstack.h"
#include "payload.h"
#include "record.h"
#include "registrations.h"
#include "stack.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 // Linux 5.14; older kernels refuse it, and the pages are taken one by one
#endif

// The id of the record that says whose records follow in a segment, and how much room makes one worth leaving.
enum { CUT_THREAD_RECORD = 440, CUT_WORTH_LEAVING = 65536 };

// How old the last sign of life of the recorder may be before it is asked for, in nanoseconds.
static const uint64_t patience = 10000000000ull;

const CUTThread cut_noThread;
_Thread_local const CUTThread *cut_thread = &cut_noThread;

// The key whose destructor runs when a thread ends, plus 1; 0 until it is made.
static uint32_t endKey;

void *cut_statePage(uint64_t bytes) {
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    bytes = (bytes + page - 1) / page * page;
    void *memory = mmap(0, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) { return 0; }
    if (madvise(memory, bytes, MADV_WIPEONFORK) != 0) {
        // A child could write into the segments of its parent: better no recording at all.
        munmap(memory, bytes);
        return 0;
    }
    return memory;
}

void *cut_sharedPage(void **place, uint64_t bytes) {
    void *page = __atomic_load_n(place, __ATOMIC_ACQUIRE);
    if (page) { return page; }
    void *made = cut_statePage(bytes);
    if (!made) { return 0; }
    if (__atomic_compare_exchange_n(place, &page, made, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) { return made; }
    munmap(made, bytes);
    return page;
}

static CUTSegment *segmentOf(uint32_t indexPlusOne) { return cut_segmentAt(cut_process()->spool, indexPlusOne - 1); }

void cut_closeHeld(CUTThread *thread) {
    while (thread->held != 0) {
        CUTSegment *segment = segmentOf(thread->held);
        thread->held = segment->next;
        segment->next = 0;
        cut_storeRelease32(&segment->state, CUT_SEGMENT_CLOSED);
    }
}

// Gives up the open segment. While a call in it has not returned, or has yet to be published by the code that a signal
// handler has interrupted, it stays open, and is held for cut_closeHeld.
static void leaveSegment(CUTThread *thread) {
    if (thread->segment == 0) { return; }
    CUTSegment *segment = segmentOf(thread->segment);
    if (thread->depth == 0 && thread->drafts == 0) {
        cut_storeRelease32(&segment->state, CUT_SEGMENT_CLOSED);
    } else {
        segment->next = thread->held;
        thread->held = thread->segment;
    }
    thread->segment = 0;
    thread->next = thread->end = thread->segmentEnd = 0;
}

// Leaves the rest of the segment to the next thread, if it is worth it and somebody has to wait for nothing in it.
static void offerSegment(CUTThread *thread) {
    CUTProcess *process = cut_process();
    uint64_t left = (uint64_t)(thread->segmentEnd - thread->next);
    if (thread->segment == 0 || thread->depth != 0 || left < CUT_WORTH_LEAVING) { return; }
    segmentOf(thread->segment)->used = (uint32_t)(CUT_SEGMENT_BYTES - left);
    for (int index = 0; index < CUT_SPARES; ++index) {
        if (!cut_swapFrom32(&process->spares[index], 0, thread->segment)) { continue; }
        thread->segment = 0;
        thread->next = thread->end = thread->segmentEnd = 0;
        return;
    }
}

// The destructor of a thread that ends.
static void endThread(void *state) {
    CUTThread *thread = state;
    if (++thread->ending < PTHREAD_DESTRUCTOR_ITERATIONS
        && pthread_setspecific(cut_loadAcquire32(&endKey) - 1, thread) == 0) {
        return;
    }
    cut_leaveStack(thread);
    cut_thread = &cut_noThread;
    offerSegment(thread);
    thread->depth = thread->drafts = 0;
    if (thread->segment != 0) { segmentOf(thread->segment)->isLast = 1; }
    leaveSegment(thread);
    cut_closeHeld(thread);
    cut_endPayload(thread);
    cut_endStacks(thread);
    munmap(thread, (uint64_t)sysconf(_SC_PAGESIZE));
}

static int watchThreadEnd(CUTThread *thread) {
    uint32_t key = cut_loadAcquire32(&endKey);
    if (key == 0) {
        pthread_key_t made;
        if (pthread_key_create(&made, endThread) != 0) { return 0; }
        if (!cut_swapFrom32(&endKey, 0, made + 1)) { pthread_key_delete(made); }
        key = cut_loadAcquire32(&endKey);
    }
    return pthread_setspecific(key - 1, thread) == 0;
}

// The state of this thread, made on its first call; NULL when there is no memory for it.
static CUTThread *enterPlainly(CUTProcess *process) {
    CUTThread *thread = (CUTThread *)cut_thread;
    if (thread == &cut_noThread) {
        thread = cut_statePage(sizeof(CUTThread));
        if (!thread) { return 0; }
        if (!watchThreadEnd(thread)) {
            munmap(thread, (uint64_t)sysconf(_SC_PAGESIZE));
            return 0;
        }
        cut_thread = thread;
    }
    if (thread->number == 0) {
        CUTSession *session = process->spool;
        thread->clock = session->clock;
        thread->takesStacks = session->stacks;
        thread->number = cut_addRelaxed32(&session->threads, 1) + 1;
    }
    return thread;
}

// The same, and it is known where the stack is.
static CUTThread *enterThread(CUTProcess *process) {
    int isNew = cut_thread->number == 0;
    CUTThread *thread = enterPlainly(process);
    // Last: it may allocate, and an allocator of the program's own may make calls.
    if (thread && isNew) { cut_findStack(thread); }
    return thread;
}

int cut_enterAnywhere(void) {
    // glibc has room for the values of the first 32 keys in each thread; beyond, it calls calloc.
    uint32_t key = cut_loadAcquire32(&endKey);
    CUTProcess *process = cut_process();
    return key != 0 && key <= 32 && process && cut_loadAcquire32(&process->mode) == CUT_MODE_RECORDING
        && enterPlainly(process) != 0;
}

// Whether somebody reads the spool. A recorder gives a sign of life all the time; one that has not for long may be
// stopped, or waiting for its disk, and is asked for then. A dead one frees nothing any more.
static int hasRecorder(CUTSession *session) {
    CUTProcess *process = cut_process();
    uint64_t beat = cut_loadRelaxed64(&session->beat);
    uint64_t now = cut_nanoseconds(CLOCK_MONOTONIC);
    if (now < beat || now - beat < patience) { return 1; }
    if (cut_loadRelaxed64(&process->deadBeat) == beat) { return 0; }
    uint32_t recorder = cut_loadRelaxed32(&session->recorder);
    if (recorder != 0 && (kill((pid_t)recorder, 0) == 0 || errno == EPERM)) { return 1; }
    cut_storeRelease64(&process->deadBeat, beat);
    return 0;
}

// Adds a segment, for this thread, when the recorder has not kept up: its index, or -1. Populating allocates it, and
// fails where a write would raise a signal for want of memory.
static int64_t addSegment(void *spool) {
    CUTSession *session = spool;
    if (!hasRecorder(session)) { return -1; }
    for (;;) {
        uint32_t ready = cut_loadAcquire32(&session->readySegments);
        if (ready >= session->maxSegments || !cut_reach(ready + 1)) { return -1; }
        if (madvise(cut_segmentAt(spool, ready), CUT_SEGMENT_BYTES, MADV_POPULATE_WRITE) != 0) { return -1; }
        if (cut_swapFrom32(&session->readySegments, ready, ready + 1)) { return ready; }
    }
}

// Takes a free segment: its index, or -1. A segment that is free is among those that are ready.
static int64_t popSegment(void *spool) {
    CUTSession *session = spool;
    uint32_t ready = 0;
    for (;;) {
        uint32_t before = ready;
        ready = cut_loadAcquire32(&session->readySegments);
        if (ready > session->maxSegments) { ready = session->maxSegments; }
        if (ready == before || !cut_reach(ready)) { return -1; }
        int64_t index = cut_freeListPop(spool, ready);
        if (index != CUT_BEYOND_LIMIT) { return index; }
    }
}

static void useSegment(CUTThread *thread, uint32_t index, uint64_t used) {
    CUTSegment *segment = cut_segmentAt(cut_process()->spool, index);
    thread->segment = index + 1;
    thread->next = thread->end = (char *)segment + used;
    thread->segmentEnd = (char *)segment + CUT_SEGMENT_BYTES;
}

static CUTRecord *reserveHere(CUTThread *thread, uint32_t slots) {
    uint64_t bytes = (slots + 1ull) * CUT_RECORD_BYTES;
    char *next;
    do {
        next = thread->next;
        if ((uint64_t)(thread->segmentEnd - next) < bytes) { return 0; }
    } while (!cut_moveNext(thread, next, next + bytes));
    thread->drafts += 1;
    thread->end = thread->watched || thread->takesStacks ? thread->next : thread->segmentEnd;
    return (CUTRecord *)next;
}

// The same for a call from `stackPointer`, with its stack in front if there is to be one.
static CUTRecord *reserveCall(CUTThread *thread, uint32_t slots, const void *stackPointer) {
    if (!stackPointer || !thread->takesStacks || thread->segment == 0) { return reserveHere(thread, slots); }
    uint64_t stack = cut_takeStack(thread, stackPointer);
    if (stack == 0) { return reserveHere(thread, slots); }
    CUTRecord *record = reserveHere(thread, slots + 1);
    if (record) { cut_nameStack(record++, stack); }
    return record;
}

// Goes on in a segment that an ended thread has left: 0 when there is none.
static int adoptSegment(CUTThread *thread) {
    CUTProcess *process = cut_process();
    uint32_t found = 0;
    for (int index = 0; index < CUT_SPARES && found == 0; ++index) {
        if (cut_loadRelaxed32(&process->spares[index]) != 0) { found = cut_exchange32(&process->spares[index], 0); }
    }
    if (found == 0) { return 0; }
    useSegment(thread, found - 1, segmentOf(found)->used);
    enum { WORDS = 6, SLOTS = CUT_SLOTS(WORDS) };
    CUTRecord *record = reserveHere(thread, SLOTS);
    if (!record) { return 0; }
    const uint64_t words[] = {thread->number, (uint64_t)syscall(SYS_gettid), thread->sequence++, thread->lost};
    char *text = (char *)record->words;
    memcpy(text, words, sizeof words);
    memset(text + sizeof words, 0, 16);
    prctl(PR_GET_NAME, text + sizeof words);
    cut_publish(record, CUT_THREAD_RECORD, 0, SLOTS, (const void *)adoptSegment, CUT_CALLER_STACK);
    cut_complete(record, 0);
    return 1;
}

// Takes a free segment, or a new one; 0 when there is no memory for it.
static int takeSegment(CUTThread *thread, void *spool) {
    CUTSession *session = spool;
    if (adoptSegment(thread)) { return 1; }
    int64_t index = popSegment(spool);
    if (index < 0) { index = addSegment(spool); }
    if (index < 0) { return 0; }
    CUTSegment *segment = cut_segmentAt(spool, (uint32_t)index);
    madvise(segment, CUT_SEGMENT_BYTES, MADV_POPULATE_WRITE);
    segment->next = 0;
    segment->thread = thread->number;
    segment->tid = (uint32_t)syscall(SYS_gettid);
    segment->sequence = thread->sequence++;
    segment->opened = cut_ticks(session->clock);
    segment->lostBefore = thread->lost;
    prctl(PR_GET_NAME, segment->name);
    cut_storeRelease32(&segment->state, CUT_SEGMENT_OPEN);
    useSegment(thread, (uint32_t)index, CUT_SEGMENT_HEADER_BYTES);
    return 1;
}

// Leaves the segment for another one. A signal handler that comes between finds no room, and its call is lost.
static int changeSegment(CUTThread *thread, void *spool) {
    thread->isBusy = 1;
    leaveSegment(thread);
    int isTaken = takeSegment(thread, spool);
    thread->isBusy = 0;
    return isTaken;
}

static CUTRecord *reserve(CUTProcess *process, uint32_t slots, const void *stackPointer) {
    CUTSession *session = process->spool;
    CUTThread *thread = enterThread(process);
    int isFree = thread && !thread->isBusy;
    if (isFree && thread->watched && stackPointer) { cut_leaveFrames(thread, stackPointer); }
    CUTRecord *record = isFree ? reserveCall(thread, slots, stackPointer) : 0;
    if (record) { return record; }
    if (cut_loadRelaxed32(&session->ended)) { return 0; }
    if (isFree && changeSegment(thread, process->spool)) {
        cut_writeModules();
        if (stackPointer) { cut_writeRegistrations(); }
        // What was written may have filled the segment: then the thread takes another.
        record = reserveCall(thread, slots, stackPointer);
        if (record) { return record; }
        if (changeSegment(thread, process->spool)) { return reserveCall(thread, slots, stackPointer); }
    }
    if (stackPointer) {
        if (thread) { thread->lost += 1; }
        cut_addRelaxed64(&session->lost, 1);
    }
    return 0;
}

CUTThread *cut_enterThread(void) {
    CUTProcess *process = cut_process();
    if (!process || cut_loadRelaxed32(&process->mode) == CUT_MODE_OFF || !cut_joinSession(process)) { return 0; }
    return enterThread(process);
}

CUTRecord *cut_reserveSlowly(uint32_t slots, const void *stackPointer) {
    CUTProcess *process = cut_process();
    if (!process || cut_loadRelaxed32(&process->mode) == CUT_MODE_OFF) { return 0; }
    int error = errno;
    CUTRecord *record = 0;
    if (cut_joinSession(process)) {
        record = reserve(process, slots, stackPointer);
    } else if (stackPointer && cut_loadRelaxed32(&process->mode) == CUT_MODE_UNDECIDED) {
        cut_addRelaxed64(&process->lostEarly, 1);
    }
    errno = error;
    return record;
}
