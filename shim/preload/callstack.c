// Remembering and writing call stacks.
#include "callstack.h"
#include "cutape_hash.h"
#include "modules.h"
#include "record.h"
#include "stack.h"
#include "walk.h"

#include <sys/mman.h>

enum { CUT_FRAMES_RECORD = 901, CUT_CALL_STACK_RECORD = 902 };
enum { CUT_KNOWN_WALKS = 256, CUT_SETS = 64, CUT_WAYS = 8 };

// What a thread has for stacks: mapped when it first needs it.
typedef struct CUTThreadStacks {
    uint64_t busy; // the stack pointer of the call whose stack is being taken; 0: none
    CUTWalk other; // a walk that cannot be remembered
    CUTWalk known[CUT_KNOWN_WALKS];
    uint64_t sent[CUT_SETS][CUT_WAYS]; // keys of stacks whose frames are recorded; 0: none
} CUTThreadStacks;

static CUTThreadStacks *stacksOf(CUTThread *thread) {
    if (!thread->stacks) {
        // Not wiped by fork, but the pointer is.
        void *memory = mmap(0, sizeof(CUTThreadStacks), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory != MAP_FAILED) { thread->stacks = memory; }
    }
    return thread->stacks;
}

void cut_endStacks(CUTThread *thread) {
    if (thread->stacks) { munmap(thread->stacks, sizeof(CUTThreadStacks)); }
    thread->stacks = 0;
}

static int isSent(CUTThreadStacks *stacks, uint64_t key) {
    const uint64_t *set = stacks->sent[key % CUT_SETS];
    for (int way = 0; way < CUT_WAYS; ++way) {
        if (set[way] == key) { return 1; }
    }
    return 0;
}

static void rememberSent(CUTThreadStacks *stacks, uint64_t key) {
    uint64_t *set = stacks->sent[key % CUT_SETS];
    int way = 0;
    while (way < CUT_WAYS && set[way] != 0) { ++way; }
    // A full set gives up any of its keys: that stack is recorded a second time.
    set[way < CUT_WAYS ? way : (int)(key >> 32) & (CUT_WAYS - 1)] = key;
}

static uint64_t keyOf(const CUTWalk *walk) {
    CUTHash hash = cut_hashBegin();
    cut_hashAdd(&hash, walk->addresses, walk->count * sizeof walk->addresses[0]);
    uint64_t key = cut_hashEnd(&hash) ^ walk->isWhole;
    return key ? key : 1;
}

// Writes the frames. Returns whether there was room.
static int sendFrames(const CUTWalk *walk) {
    enum { WORDS = 3 };
    const uint32_t slots = CUT_SLOTS(WORDS + walk->count);
    CUTRecord *record = cut_reserveSlowly(slots, 0);
    if (!record) { return 0; }
    uint64_t *word = record->words;
    *word++ = walk->key;
    *word++ = walk->isWhole;
    *word++ = walk->count;
    // The words go on behind the record.
    char *text = (char *)word;
    memcpy(text, walk->addresses, walk->count * sizeof walk->addresses[0]);
    cut_publish(record, CUT_FRAMES_RECORD, 0, slots, (const void *)sendFrames, CUT_CALLER_STACK);
    cut_complete(record, 0);
    return 1;
}

#if defined(__x86_64__)
// Where the walk of a call from `stackPointer` is remembered, if it is on the stack of the thread. Its return address is
// right below.
static CUTWalk *walkAt(CUTThreadStacks *stacks, uint64_t stackPointer) {
    uint64_t mixed = (stackPointer ^ ((const uint64_t *)stackPointer)[-1] << 16) * 0x9e3779b97f4a7c15ull;
    return &stacks->known[mixed >> 56];
}
_Static_assert(CUT_KNOWN_WALKS == 1 << 8, "the upper eight bits choose");

static int isSame(const CUTWalk *walk, uint64_t stackPointer) {
    if (walk->stackPointer != stackPointer) { return 0; }
    for (uint32_t index = 0; index < walk->count; ++index) {
        if (*(const uint64_t *)walk->slots[index] != walk->addresses[index]) { return 0; }
    }
    return 1;
}
#endif

static uint64_t take(CUTThread *thread, CUTThreadStacks *stacks, const void *stackPointer) {
    CUTWalk *walk = &stacks->other;
#if defined(__x86_64__)
    if (!thread->atTouch && cut_isOnStack(stackPointer)) {
        walk = walkAt(stacks, (uint64_t)stackPointer);
        if (isSame(walk, (uint64_t)stackPointer)) { return walk->key; }
    }
#endif
    walk->stackPointer = 0;
    cut_walk(walk, thread, stackPointer, thread->atTouch);
    if (walk->count == 0) { return 0; }
    walk->key = keyOf(walk);
    if (!isSent(stacks, walk->key)) {
        cut_knowModules(walk->addresses, walk->count);
        cut_writeModules();
        if (!sendFrames(walk)) { return 0; }
        rememberSent(stacks, walk->key);
    }
    if (walk->isPlain) { walk->stackPointer = (uint64_t)stackPointer; }
    return walk->key;
}

// Whether a signal handler has come between while a stack is being taken. A handler that left by longjmp has not: the
// thread is further out then.
static int isBusy(const CUTThreadStacks *stacks, const void *stackPointer) {
    if (stacks->busy == 0) { return 0; }
    int hasLeft = cut_isOnStack(stackPointer) && cut_isOnStack((const void *)stacks->busy)
        && (uint64_t)stackPointer > stacks->busy;
    return !hasLeft;
}

static int hasRoom(const CUTSession *session) { return cut_segmentsLeft(session) > session->maxSegments / 4; }

uint64_t cut_takeStack(CUTThread *thread, const void *stackPointer) {
    CUTSession *session = cut_process()->spool;
    CUTThreadStacks *stacks = hasRoom(session) ? stacksOf(thread) : 0;
    uint64_t key = 0;
    if (stacks && !isBusy(stacks, stackPointer)) {
        stacks->busy = (uint64_t)stackPointer;
        __atomic_signal_fence(__ATOMIC_SEQ_CST);
        key = take(thread, stacks, stackPointer);
        __atomic_signal_fence(__ATOMIC_SEQ_CST);
        stacks->busy = 0;
    }
    if (key == 0) { cut_addRelaxed64(&session->stacksLeftOut, 1); }
    return key;
}

void cut_nameStack(CUTRecord *record, uint64_t stack) {
    record->words[0] = stack;
    record->state = (uint64_t)CUT_CALL_STACK_RECORD << 48;
    uint64_t site = (uint64_t)(const void *)cut_nameStack & 0x0000ffffffffffffull;
    cut_storeRelease64(&record->site, site);
}
