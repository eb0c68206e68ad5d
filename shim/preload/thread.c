// The slow path of a thread: its first call, and each time its segment is full.
#include "clock.h"
#include "payload.h"
#include "stack.h"

#include <errno.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 // Linux 5.14; older kernels refuse it, and the pages are taken one by one
#endif

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

// Gives up the open segment. While a call in it has not returned it stays open, and is held for cut_closeHeld.
static void leaveSegment(CUTThread *thread) {
    if (thread->segment == 0) { return; }
    CUTSegment *segment = segmentOf(thread->segment);
    if (thread->depth == 0) {
        cut_storeRelease32(&segment->state, CUT_SEGMENT_CLOSED);
    } else {
        segment->next = thread->held;
        thread->held = thread->segment;
    }
    thread->segment = 0;
    thread->next = thread->end = thread->segmentEnd = 0;
}

// The destructor of a thread that ends. A call from a later destructor starts the thread again.
static void endThread(void *state) {
    CUTThread *thread = state;
    cut_leaveStack(thread);
    cut_thread = &cut_noThread;
    thread->depth = 0;
    leaveSegment(thread);
    cut_closeHeld(thread);
    cut_endPayload(thread);
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

// Adds a segment, for this thread, when the recorder has not kept up: its index, or -1. Populating allocates it, and
// fails where a write would raise a signal for want of memory.
static int64_t addSegment(void *spool) {
    CUTSession *session = spool;
    for (;;) {
        uint32_t ready = cut_loadAcquire32(&session->readySegments);
        if (ready >= session->maxSegments) { return -1; }
        if (madvise(cut_segmentAt(spool, ready), CUT_SEGMENT_BYTES, MADV_POPULATE_WRITE) != 0) { return -1; }
        if (cut_swapFrom32(&session->readySegments, ready, ready + 1)) { return ready; }
    }
}

// Takes a free segment, or a new one; 0 when there is no memory for it.
static int takeSegment(CUTThread *thread, void *spool) {
    CUTSession *session = spool;
    int64_t index = cut_freeListPop(spool);
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
    thread->segment = (uint32_t)index + 1;
    thread->next = thread->end = (char *)segment + CUT_SEGMENT_HEADER_BYTES;
    thread->segmentEnd = (char *)segment + CUT_SEGMENT_BYTES;
    return 1;
}

static CUTRecord *reserveHere(CUTThread *thread, uint32_t slots) {
    uint64_t bytes = (slots + 1ull) * CUT_RECORD_BYTES;
    if ((uint64_t)(thread->segmentEnd - thread->next) < bytes) { return 0; }
    CUTRecord *record = (CUTRecord *)thread->next;
    thread->next += bytes;
    thread->end = thread->watched ? thread->next : thread->segmentEnd;
    return record;
}

static CUTRecord *reserve(CUTProcess *process, uint32_t slots, const void *stackPointer) {
    CUTSession *session = process->spool;
    CUTThread *thread = enterThread(process);
    if (thread && thread->watched && stackPointer) { cut_leaveFrames(thread, stackPointer); }
    CUTRecord *record = thread ? reserveHere(thread, slots) : 0;
    if (record) { return record; }
    if (cut_loadRelaxed32(&session->ended)) { return 0; }
    if (thread) {
        leaveSegment(thread);
        if (takeSegment(thread, process->spool)) {
            cut_writeModules();
            // The module records may have filled the segment: then the thread takes another.
            record = reserveHere(thread, slots);
            if (record) { return record; }
            leaveSegment(thread);
            if (takeSegment(thread, process->spool)) { return reserveHere(thread, slots); }
        }
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
    CUTRecord *record = cut_joinSession(process) ? reserve(process, slots, stackPointer) : 0;
    errno = error;
    return record;
}
