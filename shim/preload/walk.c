// The walk, and what keeps libgcc from reading where there is nothing.
//
// Where libgcc finds no unwind entry for an address it looks at the bytes there, for the code of a signal handler's return.
// The last address of a stack need not be one: some coroutines begin with a word of any value. glibc's own return has
// an entry, so that look is not needed, and we answer every question with an entry. The walk ends where it is ours.
#include "walk.h"
#include "bind.h"
#include "loader.h"

#include <dlfcn.h>
#include <link.h>
#include <unwind.h>

/// What libgcc wants to know with an entry.
typedef struct CUTBases {
    void *text, *data, *function;
} CUTBases;

/// libgcc's own search, and ours in its place (ld --wrap).
const void *__real__Unwind_Find_FDE(void *address, CUTBases *bases) CUT_HIDDEN;
const void *__wrap__Unwind_Find_FDE(void *address, CUTBases *bases) CUT_HIDDEN;

// The entry of what has none, with the part that entries share in front, as .eh_frame would have it. It has no rules.
static const struct {
    uint32_t commonBytes, isCommon;
    uint8_t version, augmentation, codeAlignment, dataAlignment, returnColumn, noRules[7];
    uint32_t entryBytes, backToCommon, start[2], bytes[2], noMoreRules[2];
} nothing = {.commonBytes = 16, .version = 1, .codeAlignment = 1, .entryBytes = 28, .backToCommon = 24};
_Static_assert(sizeof nothing == 20 + 32, "lengths count what follows them");

const void *__wrap__Unwind_Find_FDE(void *address, CUTBases *bases) {
    const void *entry = __real__Unwind_Find_FDE(address, bases);
    if (entry) { return entry; }
    *bases = (CUTBases){.function = (void *)&nothing};
    return &nothing.entryBytes;
}

#ifdef DLFO_STRUCT_HAS_EH_DBASE
// libgcc asks the loader which object an address is in: a look-up without a lock, but of glibc 2.35. The library is to
// load with older ones, and to need libc alone, so it asks here.
static int (*findObject)(void *, struct dl_find_object *);

static int examine(struct dl_phdr_info *info, size_t size, void *context) {
    (void)size;
    struct dl_find_object *object = context;
    const ElfW(Phdr) *frames = 0;
    int isHere = 0;
    for (int index = 0; index < info->dlpi_phnum; ++index) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[index];
        uint64_t start = info->dlpi_addr + header->p_vaddr;
        if (header->p_type == PT_GNU_EH_FRAME) { frames = header; }
        if (header->p_type == PT_LOAD && (uint64_t)object->dlfo_map_start - start < header->p_memsz) { isHere = 1; }
    }
    if (isHere && frames) { object->dlfo_eh_frame = (void *)(info->dlpi_addr + frames->p_vaddr); }
    return isHere;
}

int _dl_find_object(void *address, struct dl_find_object *object) {
    if (findObject) { return findObject(address, object); }
    *object = (struct dl_find_object){.dlfo_map_start = address};
    return dl_iterate_phdr(examine, object) && object->dlfo_eh_frame ? 0 : -1;
}
#endif

// Whether libgcc finds its way out of this library. If it did not, it would end the program.
static int canWalk;

void cut_prepareWalks(void) {
#ifdef DLFO_STRUCT_HAS_EH_DBASE
    findObject = (int (*)(void *, struct dl_find_object *))cut_dlsym(RTLD_DEFAULT, "_dl_find_object");
#endif
    CUTBases bases;
    canWalk = __real__Unwind_Find_FDE((char *)cut_walk + 1, &bases) != 0
        && __real__Unwind_Find_FDE((char *)_Unwind_Backtrace + 1, &bases) != 0;
    // What libgcc prepares at its first walk it had better not prepare in a signal handler.
    CUTWalk walk;
    if (canWalk) { cut_walk(&walk, cut_thread, __builtin_frame_address(0), 0); }
}

typedef struct Walking {
    CUTWalk *walk;
    uint64_t stackEnd; // 0: the stack is not known
    uint64_t previous; // the stack pointer of the frame before
    int waitsForSignal;
} Walking;

static _Unwind_Reason_Code visit(struct _Unwind_Context *context, void *argument) {
    Walking *walking = argument;
    CUTWalk *walk = walking->walk;
    int wasInterrupted = 0;
    uint64_t address = _Unwind_GetIPInfo(context, &wasInterrupted), stackPointer = _Unwind_GetCFA(context);
    const _Unwind_Reason_Code next =
        _Unwind_GetRegionStart(context) == (_Unwind_Ptr)&nothing ? _URC_NORMAL_STOP : _URC_NO_REASON;
    if (address == 0) {
        walk->isWhole = 1;
        return _URC_NORMAL_STOP;
    }
    if (wasInterrupted) {
        // A handler may have a stack of its own. It returns to the first byte of a function.
        if (walk->count > 0) { walk->addresses[walk->count - 1] += 1; }
        walking->waitsForSignal = 0;
        walk->isPlain = 0;
    } else if (stackPointer < walking->previous || (walking->stackEnd != 0 && stackPointer > walking->stackEnd)) {
        return _URC_NORMAL_STOP;
    }
    walking->previous = stackPointer;
    if (walking->waitsForSignal || cut_isOwnCode((const void *)address)) { return next; }
    if (walk->count == CUT_MOST_FRAMES) { return _URC_NORMAL_STOP; }
    walk->slots[walk->count] = stackPointer - sizeof address;
    walk->addresses[walk->count++] = address + (wasInterrupted != 0);
    return next;
}

void cut_walk(CUTWalk *walk, const CUTThread *thread, const void *stackPointer, int fromSignal) {
    walk->count = walk->isWhole = walk->isPlain = 0;
    if (!canWalk) { return; }
    int isKnown = (uint64_t)stackPointer - thread->stackStart < thread->stackBytes;
    Walking walking = {.walk = walk, .waitsForSignal = fromSignal};
    if (isKnown && !fromSignal) {
        walking.stackEnd = thread->stackStart + thread->stackBytes;
#if defined(__x86_64__)
        // Elsewhere a return address may be at any place of its frame.
        walk->isPlain = 1;
#endif
    }
    _Unwind_Backtrace(visit, &walking);
}
