// What copies carry: hashes of their sources in host memory, and the bytes (contents.h), when the session asks for them.
//
// Before a copy is forwarded, its source is hashed and the hash recorded (API id 8). The source of an asynchronous copy
// is then pending: when a call that may have waited for the copy returns, the same thread hashes it again before the
// program goes on, and records the hash if it is another one (API id 9).
//
// Which calls may have waited is followed with a few bits for each pending source, not exactly: what is missed is not
// seen, and what is hashed too early is still true. Whether a difference proves a mistake is decided from the trace
// (Sources/CutapeReplay/PendingSources.swift), which knows what every thread had waited for.
//
// The source is read by the kernel on behalf of this process (payload.c): a pointer that is wrong is found out, and does
// not end the program. Without the session's wish none of this costs more than a test of one variable.
#ifndef CUTAPE_PAYLOAD_H
#define CUTAPE_PAYLOAD_H

#include "state.h"

/// What the session wants of payloads: CUT_PAYLOAD_*; nothing until it is found.
extern uint32_t cut_payload CUT_HIDDEN;

static inline int cut_wantsPayload(void) { return __builtin_expect(cut_payload != CUT_PAYLOAD_NONE, 0); }

/// Rows in host memory.
typedef struct CUTRows {
    uint64_t start;
    uint64_t width; // bytes of a row
    uint64_t rows;  // of a slice
    uint64_t pitch; // bytes from one row to the next
    uint64_t slices;
    uint64_t slicePitch;
} CUTRows;

/// A copy that is about to be forwarded.
typedef struct CUTCopy {
    CUTRows source;
    uint64_t stream;
    uint32_t variant; // of the call: what stream 0 means
    uint32_t entry;   // of a batch
    int32_t kind;     // cudaMemcpyKind, or CUT_NO_KIND
    int isAsync;
} CUTCopy;
enum { CUT_NO_KIND = -1 };

/// A copy of one row, with the rest to be filled in.
#define CUT_ONE_ROW(kindOfCopy, variantOfCall) \
    {.source = {.rows = 1, .slices = 1}, .variant = (variantOfCall), .kind = (kindOfCopy)}

/// Hashes the source of a copy, if it is in host memory. Keeps errno.
void cut_noteSource(const CUTCopy *_Nonnull copy);

/// A call that others may be ordered by.
typedef enum CUTWait {
    CUT_WAIT_SUBMITTED, // an asynchronous copy was submitted: its sources are pending from now on
    CUT_WAIT_STREAM,    // the host waited for a stream
    CUT_WAIT_EVENT,     // ... for an event
    CUT_WAIT_DEVICE,    // ... for all streams
    CUT_WAIT_RECORD,    // an event was recorded in a stream
    CUT_WAIT_JOIN,      // a stream waits for an event
    CUT_WAIT_CREATE,    // a stream was created
} CUTWait;

typedef struct CUTWaiting {
    CUTWait what;
    uint64_t stream;
    uint64_t event;
    uint32_t flags;
    uint32_t variant;
} CUTWaiting;

/// The call has returned `result`. Keeps errno.
void cut_noteWait(const CUTWaiting *_Nonnull waiting, int32_t result);

/// Gives back what the thread has for payloads.
void cut_endPayload(CUTThread *_Nonnull thread);

#endif
