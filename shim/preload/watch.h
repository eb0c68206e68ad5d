// Watching what the program does with the host memory of copies that have just been submitted (`record --watch-host`).
//
// The first bytes of the buffer are watched by a watchpoint of the processor (cutape_watch.h) until the first touch, or
// until four newer copies have taken all of them. What is touched becomes a record; whether the copy was still pending
// is for the replay to say. So nothing here needs to know what a synchronisation covers, and it does no harm to watch for
// too long.
//
// A touch raises SIGTRAP. That is the only thing that the program could notice, so it is not watched when it handles that
// signal itself. What CUDA's own libraries touch, and what is touched inside a call, is not of the program.
#ifndef CUTAPE_PRELOAD_WATCH_H
#define CUTAPE_PRELOAD_WATCH_H

#include "cutape_compiler.h"
#include "state.h"

#include <stdint.h>

/// Whether copies are watched. Nothing else of this is touched otherwise.
extern uint32_t cut_watching CUT_HIDDEN;

/// Watches the host side of an asynchronous copy of `bytes` bytes that has been submitted, if `kind` says which side
/// that is. Keeps errno.
void cut_watchCopy(
    const void *_Nullable destination, const void *_Nullable source, uint64_t bytes, uint32_t kind);

#endif
