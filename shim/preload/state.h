// What the shim remembers: one state for the process, one for each thread that has made a call.
//
// Both live in pages of their own that a fork wipes (MADV_WIPEONFORK), so that a child starts from nothing at no
// cost: its first call finds no room and no session, and takes the slow path like the first call of any process.
#ifndef CUTAPE_STATE_H
#define CUTAPE_STATE_H

#include "cutape_ring.h"

#define CUT_HIDDEN __attribute__((visibility("hidden")))

/// The caller's stack pointer at the call, in a function that is not inlined. gcc can tell without a frame pointer.
#ifdef __clang__
#define CUT_CALLER_STACK ((const char *)__builtin_frame_address(0) + 16)
#else
#define CUT_CALLER_STACK __builtin_dwarf_cfa()
#endif

typedef enum CUTMode {
    CUT_MODE_UNDECIDED = 0, // no call so far (or a fresh child), or one thread is looking for a session
    CUT_MODE_RECORDING = 1,
    CUT_MODE_OFF = 2, // there is no session: calls are forwarded, nothing else
} CUTMode;

// How many segments may wait for the next thread.
enum { CUT_SPARES = 8 };

typedef struct CUTProcess {
    uint32_t mode;           // CUTMode
    uint32_t modulesWritten; // how many of the known modules this session has a record of
    uint64_t decider;        // the thread that looks for a session: the address of its cut_thread; 0: none has yet
    uint64_t lostEarly;      // calls that were made meanwhile and could not wait
    uint32_t reached;        // how many segments this process has made accessible: see cut_reach
    void *_Nullable spool;   // the session and its segments; set before `mode` says recording
    void *_Nullable pending;  // see pending.c; made when it is needed
    void *_Nullable contents; // see contents.c; the same
    uint32_t spares[CUT_SPARES]; // index + 1 of segments that ended threads have left; 0: none
    uint32_t hasInherited; // whether the registrations from before the fork are still to be written: see registrations.h
    uint64_t deadBeat;     // the last beat of a recorder that has been found dead; 0: none has
} CUTProcess;

typedef struct CUTThread {
    char *_Nullable next; // where the next record goes
    char *_Nullable end;  // up to where records go without a further look: the end of the segment, or less
    uint64_t stackStart;  // where its stack is, and how much it may grow to; 0 bytes: not known
    uint64_t stackBytes;
    uint32_t depth;       // recorded calls that have not returned yet
    const void *_Nullable entered; // the stack pointer of the outermost of them
    uint32_t drafts;      // records that have a place and are not published yet: more than one in a signal handler
    uint32_t isBusy;      // on the slow path, where a signal handler must not follow
    uint32_t ending;      // how often its end was announced: see thread.c
    uint32_t clock;       // CUT_CLOCK_*
    uint32_t number;      // of the thread, from 1; 0: not in the session yet
    uint32_t segment;     // index + 1 of the open segment; 0: none
    uint32_t held;        // index + 1 of the newest full segment that an unfinished call is in; 0: none
    uint64_t sequence;    // how many segments the thread has taken
    uint64_t lost;        // how many of its calls were dropped
    char *_Nullable segmentEnd; // the end of the segment
    uint64_t watched;     // the lowest address on its stack that a copy may still use; 0: none; see stack.h
    uint64_t lastWatched; // the highest one
    uint32_t hasToldStack; // whether the session has a record of where the stack is
    struct CUTThreadPayload *_Nullable payload; // see payload.c; made when it is needed
    uint32_t takesStacks; // the call stacks of its calls are recorded: see callstack.h
    uint32_t atTouch;     // what it records now a signal handler of ours has seen, not a call
    struct CUTThreadStacks *_Nullable stacks; // see callstack.c; made when it is needed
} CUTThread;

/// The state of a thread that has made no call: no room for a record.
extern const CUTThread cut_noThread CUT_HIDDEN;

/// The state of this thread. Never NULL.
extern _Thread_local const CUTThread *_Nonnull cut_thread CUT_HIDDEN;

/// The state of the process, or NULL when there is no memory for it.
CUTProcess *_Nullable cut_process(void);

/// A page for `bytes` of state, zeroed, wiped by fork; NULL when there is no memory.
void *_Nullable cut_statePage(uint64_t bytes);

/// The page that `*place` points to, made as cut_statePage does if there is none; all threads get the same.
void *_Nullable cut_sharedPage(void *_Nullable *_Nonnull place, uint64_t bytes);

/// Whether calls of the driver inside calls of the runtime get records of their own (CUTAPE_NESTED).
int cut_keepsNested(void);

/// Finds the session of this process on its first call: the recorder's, or one of its own.
///
/// Returns whether there is one. Waits for another thread that is at it.
int cut_joinSession(CUTProcess *_Nonnull process);

/// Sees to it that the first `segments` of the spool can be touched. Returns whether they can.
int cut_reach(uint32_t segments);

/// Room for a record and `slots` more, in a new segment if need be; NULL when there is no session or no segment.
/// `stackPointer`: that of the caller, for a call of the program, which is counted as lost if there is no segment;
/// NULL for what the shim writes by itself.
CUTRecord *_Nullable cut_reserveSlowly(uint32_t slots, const void *_Nullable stackPointer);

/// Makes a thread that has made no call ready for records wherever it is, be it inside the program's memory allocator.
/// Returns whether that can be done.
int cut_enterAnywhere(void);

/// The state of this thread in the session, which is joined if need be; NULL when there is none.
CUTThread *_Nullable cut_enterThread(void);

/// Whether the calls that have not returned never will: the program has left them, by longjmp or an exception, and is at
/// `stackPointer`. They are forgotten then. Keeps errno.
int cut_leaveCalls(CUTThread *_Nonnull thread, const void *_Nonnull stackPointer);

/// Closes the segments that were full while a call in them had not returned.
void cut_closeHeld(CUTThread *_Nonnull thread);

/// Writes a module record for each calling object that this session does not have one of yet.
void cut_writeModules(void);

/// Whether there is a recorder to start; its path is left in `program`, of `bytes` bytes.
int cut_findRecorder(char *_Nonnull program, uint64_t bytes);

/// Starts `PROGRAM attach SPOOL`, with the spool open as descriptor 3, so that the traced program does not notice.
/// Returns whether it was started; whether it could be executed shows later, by `ended`.
int cut_startRecorder(char *_Nonnull program, const char *_Nonnull path, int file, CUTSession *_Nonnull session);

/// The inode of the namespace in which this process has its number; 0 when that cannot be told.
uint64_t cut_processNamespace(void);

/// Writes down what this process is, in the session that it has claimed.
void cut_describe(CUTSession *_Nonnull session);

/// Memory that is never given back, zeroed, aligned to 16; NULL when there is none. Not from malloc, which the program
/// may have replaced by something that makes calls itself.
void *_Nullable cut_keep(uint64_t bytes);

#endif
