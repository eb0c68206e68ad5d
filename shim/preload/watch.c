// Watching the host memory of copies, by watchpoints and their signal.
#include "watch.h"
#include "bind.h"
#include "cutape_cuda.h"
#include "cutape_watch.h"
#include "modules.h"
#include "record.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <ucontext.h>

#ifndef TRAP_PERF
#define TRAP_PERF 6
#endif

enum {
    CUT_WATCHPOINTS = 4,
    CUT_HIGH_DESCRIPTOR = 700, // out of the way of a program that counts its descriptors
    CUT_SAW_WRITE = 6,         // rows of the table
    CUT_SAW_TOUCH = 7,
};

// What a signal carries: the watchpoint, what it is for and how wide it is.
enum { CUT_DATA_SLOT = 0x3, CUT_DATA_TOUCH = 0x4, CUT_DATA_WIDTH_SHIFT = 8 };

// siginfo_t of a watchpoint, which glibc does not declare before 2.37. The layout is the kernel's (asm-generic/siginfo.h).
typedef struct Trap {
    int signal, error, code;
    void *address;
    uint64_t data;
    uint32_t type;
    uint32_t flags; // 1: the signal was blocked, and comes late
} Trap;

uint32_t cut_watching;
static int descriptors[CUT_WATCHPOINTS];
static uint32_t watchpoints;          // how many there are
static uint64_t windows[CUT_WATCHPOINTS]; // what each watches; 0: nothing
static uint32_t turn;
static pid_t owner; // a child that was forked has the descriptors of its parent

typedef enum Handling { HANDLING_NOT_YET, HANDLING_STARTS, HANDLING, HANDLING_NEVER } Handling;
static uint32_t handling;

// Where the thread was.
typedef struct Interrupted {
    uint64_t place;
    const void *stackPointer;
    uint64_t caller; // leaf functions of the C library keep here what called them
} Interrupted;

static Interrupted interrupted(const ucontext_t *context) {
#if defined(__x86_64__)
    const uint64_t *stack = (const uint64_t *)context->uc_mcontext.gregs[REG_RSP];
    return (Interrupted){(uint64_t)context->uc_mcontext.gregs[REG_RIP], stack, *stack};
#elif defined(__aarch64__)
    const mcontext_t *machine = &context->uc_mcontext;
    return (Interrupted){machine->pc, (const void *)machine->sp, machine->regs[30]};
#endif
}

// Whether a call stands before `address`, so that it is where a call returns to.
static int followsCall(uint64_t address) {
#if defined(__x86_64__)
    const uint8_t *code = (const uint8_t *)address;
    if (code[-5] == 0xe8) { return 1; }
    for (int length = 2; length <= 7; ++length) {
        if (code[-length] == 0xff && (code[1 - length] & 0x38) == 0x10) { return 1; }
    }
    return 0;
#else
    return (((const uint32_t *)address)[-1] & 0xfc000000u) == 0x94000000u;
#endif
}

static int isCuda(const CUTModule *module) {
    const char *name = strrchr(module->path, '/');
    return strncmp(name ? name + 1 : module->path, "libcuda", 7) == 0;
}

// The place in the program that touched, as a return address; 0 when it was not the program. A function of the C library
// that copies or fills stands for its caller.
static uint64_t placeOfTouch(Interrupted thread) {
    uint64_t place = thread.place;
    const CUTModule *module = cut_moduleAt(place);
    if (module && module == cut_moduleAt((uint64_t)memcpy)) {
        const CUTModule *calling = cut_moduleAt(thread.caller);
        if (calling && calling != module && followsCall(thread.caller)) { place = thread.caller, module = calling; }
    }
    return cut_isOwnCode((const void *)place) || (module && isCuda(module)) ? 0 : place;
}

static void recordTouch(const Trap *trap, Interrupted thread) {
    static CUTCallers callers;
    // A thread that made no call so far is entered, where that needs no memory of the program's own allocator.
    if (cut_thread == &cut_noThread && !cut_enterAnywhere()) { return; }
    uint64_t place = placeOfTouch(thread);
    if (place == 0) { return; }
    uint32_t slot = trap->data & CUT_DATA_SLOT;
    cut_clearWatchpoint(descriptors[slot]);
    __atomic_store_n(&windows[slot], 0, __ATOMIC_RELAXED);
    cut_knowCaller(&callers, (const void *)place);
    CUTThread *recording = (CUTThread *)cut_thread;
    recording->atTouch = 1;
    CUTRecord *record = cut_reserve(0, thread.stackPointer);
    recording->atTouch = 0;
    if (!record) { return; }
    record->words[0] = (uint64_t)trap->address;
    record->words[1] = trap->data >> CUT_DATA_WIDTH_SHIFT;
    record->words[2] = 0;
    cut_publish(record, trap->data & CUT_DATA_TOUCH ? CUT_SAW_TOUCH : CUT_SAW_WRITE, 0, 0, (const void *)place, thread.stackPointer);
    cut_complete(record, 0);
}

static void handle(int number, siginfo_t *information, void *context) {
    int error = errno;
    const Trap *trap = (const Trap *)information;
    if (trap->code != TRAP_PERF) {
        // A breakpoint, or somebody's kill: as if nobody had handled it.
        signal(number, SIG_DFL);
        raise(number);
    } else if (cut_thread->depth == 0 && trap->flags == 0 && owner == getpid()) {
        recordTouch(trap, interrupted(context));
    }
    errno = error;
}

static int handles(void) {
    if (cut_swapFrom32(&handling, HANDLING_NOT_YET, HANDLING_STARTS)) {
        struct sigaction before, ours = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART};
        int isFree = sigaction(SIGTRAP, 0, &before) == 0 && !(before.sa_flags & SA_SIGINFO) && before.sa_handler == SIG_DFL;
        isFree = isFree && sigaction(SIGTRAP, &ours, 0) == 0;
        cut_storeRelease32(&handling, isFree ? HANDLING : HANDLING_NEVER);
    }
    return cut_loadAcquire32(&handling) == HANDLING;
}

// Whether the program still leaves the signal to us. If not, nothing is watched from then on.
static int isStillOurs(void) {
    struct sigaction now;
    if (sigaction(SIGTRAP, 0, &now) == 0 && (now.sa_flags & SA_SIGINFO) && now.sa_sigaction == handle) { return 1; }
    cut_storeRelease32(&handling, HANDLING_NEVER);
    for (uint32_t slot = 0; slot < watchpoints; ++slot) { cut_clearWatchpoint(descriptors[slot]); }
    return 0;
}

// The watchpoint for the window at `address`: the one that had it before, else one that is free, else the next.
static uint32_t slotFor(uint64_t address) {
    uint32_t unused = watchpoints;
    for (uint32_t slot = 0; slot < watchpoints; ++slot) {
        uint64_t window = __atomic_load_n(&windows[slot], __ATOMIC_RELAXED);
        if (window == address) { return slot; }
        if (window == 0) { unused = slot; }
    }
    return unused < watchpoints ? unused : cut_addRelaxed32(&turn, 1) % watchpoints;
}

static void watch(uint64_t address, uint64_t bytes, int forReads) {
    // The widest window that lies in the buffer and is aligned as the processor wants it.
    uint32_t width = 8;
    uint64_t start = address;
    for (; width > 1; width /= 2) {
        start = (address + width - 1) & ~(uint64_t)(width - 1);
        if (bytes >= width && start - address <= bytes - width) { break; }
    }
    if (width == 1) { start = address; }
    uint32_t slot = slotFor(start);
    uint64_t data = slot | (forReads ? CUT_DATA_TOUCH : 0) | (uint64_t)width << CUT_DATA_WIDTH_SHIFT;
    __atomic_store_n(&windows[slot], start, __ATOMIC_RELAXED);
    if (cut_setWatchpoint(descriptors[slot], (CUTWatch){start, width, (uint32_t)forReads, data}) != 0) {
        __atomic_store_n(&windows[slot], 0, __ATOMIC_RELAXED);
    }
}

void cut_watchCopy(const void *destination, const void *source, uint64_t bytes, uint32_t kind) {
    if (bytes == 0 || (kind != cudaMemcpyHostToDevice && kind != cudaMemcpyDeviceToHost)) { return; }
    int error = errno;
    int isDownload = kind == cudaMemcpyDeviceToHost;
    uint64_t address = (uint64_t)(isDownload ? destination : source);
    if (address != 0 && owner == getpid() && handles() && isStillOurs()) { watch(address, bytes, isDownload); }
    errno = error;
}

// The watchpoints are opened before the program can start a thread: they are of that one and all that come of it.
__attribute__((constructor)) static void prepare(void) {
    const char *wanted = secure_getenv("CUTAPE_WATCH_HOST");
    if (!wanted || strcmp(wanted, "1") != 0) { return; }
    int error = errno;
    while (watchpoints < CUT_WATCHPOINTS) {
        int low = cut_openWatchpoint();
        if (low < 0) { break; }
        int high = fcntl(low, F_DUPFD_CLOEXEC, CUT_HIGH_DESCRIPTOR);
        close(low);
        if (high < 0) { break; }
        descriptors[watchpoints++] = high;
    }
    owner = getpid();
    cut_watching = watchpoints > 0;
    errno = error;
}
