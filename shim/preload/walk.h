// Walking the stack of the calling thread, from the shim outwards.
//
// The walk is that of libgcc, by the unwind tables that every object brings along for exceptions. A copy of it of our own
// is linked in (libgcc_eh.a): it is there however the program was linked, knows no frames that anybody has registered,
// and so takes no lock and no memory. The other way, to copy some of the stack with each call and unwind it later as perf
// does, moves at least eight KiB for a call of 64 bytes.
//
// What the tables do not cover ends the walk (walk.c): code that was made while the program ran, the bottom of a
// coroutine's stack, whatever stands in the place of a return address there.
#ifndef CUTAPE_WALK_H
#define CUTAPE_WALK_H

#include "state.h"

enum { CUT_MOST_FRAMES = 64 };

/// One walk: the addresses that the frames return to, the innermost first, without those of the shim.
typedef struct CUTWalk {
    uint64_t stackPointer; // that of the call
    uint64_t key;          // see callstack.c
    uint32_t count;
    uint32_t isWhole;  // the last frame is the outermost one
    uint32_t isPlain;  // each address is where `slots` says, and all on the stack of the thread
    uint32_t padding;
    uint64_t addresses[CUT_MOST_FRAMES];
    uint64_t slots[CUT_MOST_FRAMES];
} CUTWalk;

/// Makes walks possible in this process, if they are. To be called once, before the first walk.
void cut_prepareWalks(void);

/// Walks the stack of this thread. Of a frame that a signal has interrupted the address is the one behind the place: all
/// addresses are one byte behind what is under way. `fromSignal`: leaves out what is inside of the innermost such frame.
void cut_walk(CUTWalk *_Nonnull walk, const CUTThread *_Nonnull thread, const void *_Nonnull stackPointer, int fromSignal);

#endif
