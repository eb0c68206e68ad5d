// Watching buffers on the stack. Nearly always there are none.
#include "stack.h"

#include "record.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>

enum { CUT_STACK_RECORD = 5 };

void cut_findStack(CUTThread *thread) {
    pthread_attr_t attributes;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0) { return; }
    void *start = 0;
    size_t bytes = 0;
    if (pthread_attr_getstack(&attributes, &start, &bytes) == 0) {
        thread->stackStart = (uint64_t)start;
        thread->stackBytes = bytes;
    }
    pthread_attr_destroy(&attributes);
}

// Whether this thread is in a handler that has a stack of its own, which may lie anywhere: in a variable of main, too.
static int isOnHandlerStack(void) {
    stack_t now;
    return sigaltstack(0, &now) != 0 || (now.ss_flags & SS_ONSTACK);
}

int cut_leaveCalls(CUTThread *thread, const void *stackPointer) {
    int error = errno;
    int hasLeft = cut_isOnStackOf(thread, stackPointer) && cut_isOnStackOf(thread, thread->entered) && !isOnHandlerStack();
    if (hasLeft) {
        thread->depth = 0;
        cut_closeHeld(thread);
    }
    errno = error;
    return hasLeft;
}

// One stack record: the stack pointer, and the bounds of the stack. Returns whether there was room.
static int writeStack(CUTThread *thread, uint64_t stackPointer) {
    CUTRecord *record = cut_reserveSlowly(0, 0);
    if (!record) { return 0; }
    record->words[0] = stackPointer;
    record->words[1] = thread->stackStart;
    record->words[2] = thread->stackBytes;
    cut_publish(record, CUT_STACK_RECORD, 0, 0, (const void *)writeStack, CUT_CALLER_STACK);
    cut_complete(record, 0);
    return 1;
}

void cut_watchStack(const void *pointer, const void *stackPointer) {
    CUTThread *thread = (CUTThread *)cut_thread;
    uint64_t address = (uint64_t)pointer;
    if (!thread->hasToldStack && !writeStack(thread, (uint64_t)stackPointer)) { return; }
    thread->hasToldStack = 1;
    if (thread->watched == 0 || address < thread->watched) { thread->watched = address; }
    if (address > thread->lastWatched) { thread->lastWatched = address; }
    thread->end = thread->next;
}

void cut_leaveFrames(CUTThread *thread, const void *stackPointer) {
    uint64_t here = (uint64_t)stackPointer;
    if (here <= thread->watched || here - thread->stackStart >= thread->stackBytes) { return; }
    // Of the buffers between only the highest is still watched: the others are told with it.
    thread->watched = here > thread->lastWatched ? 0 : thread->lastWatched;
    if (thread->watched == 0) { thread->lastWatched = 0; }
    writeStack(thread, here);
}

void cut_leaveStack(CUTThread *thread) {
    if (thread->watched == 0) { return; }
    thread->watched = thread->lastWatched = 0;
    writeStack(thread, thread->stackStart + thread->stackBytes);
}
