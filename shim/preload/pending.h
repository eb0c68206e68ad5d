// The sources of asynchronous copies that nobody is known to have waited for.
#ifndef CUTAPE_PENDING_H
#define CUTAPE_PENDING_H

#include "payload.h"

/// One source, with its hash when the copy was submitted.
typedef struct CUTSource {
    CUTRows rows;
    uint64_t token; // names it in the records
    uint64_t hash;
    uint64_t stream; // key of the stream; see cut_streamKey
} CUTSource;

/// What names a stream for this process: its handle, or the default stream of the thread. Stream 0 of a plain call and
/// cudaStreamLegacy are one.
uint64_t cut_streamKey(uint64_t handle, uint32_t variant, uint32_t thread);

/// A source is pending from now on. The oldest one is forgotten when there are too many.
void cut_addPending(const CUTSource *_Nonnull source);

/// Takes out up to `count` pending sources that `waiting` may have waited for, or notes the order that it makes.
/// Returns how many were taken.
uint32_t cut_takePending(
    const CUTWaiting *_Nonnull waiting, uint64_t stream, CUTSource *_Nonnull taken, uint32_t count);

#endif
