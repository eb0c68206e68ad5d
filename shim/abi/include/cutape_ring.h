// What the shim and the recorder share: one file, mapped by both, that holds the calls of one process.
//
//   spool    the file: a session header, then segments of equal size. On /dev/shm while recording.
//   session  the header: version, clock calibration, the owner, free segments, losses.
//   segment  a header and a run of records, filled front to back by one thread at a time, then handed back.
//   record   64 bytes for a call: written before the call is forwarded, completed when it returns.
//   words    the arguments of a call: four in the record, the rest in the records that follow it.
//
// A thread owns one segment at a time and is its only writer. When it is full the thread closes it and takes another
// from the free list; the recorder reads closed and open segments alike, zeroes those that are closed and read, and
// puts them back. There is no wrapping, so the hot path reads nothing that another thread writes. Records survive
// SIGKILL of either side, because the file does.
//
// A thread that ends leaves the rest of its segment to the next one that begins: a record of the shim (API id 440) says
// whose records follow. So many short threads need no more segments than the threads that run at a time.
//
// Version rule: CUT_SPOOL_VERSION changes whenever a field below moves or changes its meaning. The recorder refuses
// a spool of another version; both come from one build, so there is nothing to convert.
#ifndef CUTAPE_RING_H
#define CUTAPE_RING_H

#include "cutape_compiler.h"

#include <stdint.h>

#define CUT_SPOOL_MAGIC 0x4c4f4f5053545543ull // "CUTSPOOL"
#define CUT_SPOOL_VERSION 6u
#define CUT_SESSION_BYTES 65536u
#define CUT_SEGMENT_BYTES 1048576u
#define CUT_SEGMENT_HEADER_BYTES 128u
#define CUT_RECORD_BYTES 64u
#define CUT_RECORD_WORDS 4u  // argument words in a record
#define CUT_SLOT_WORDS 8u    // argument words in a continuation slot
#define CUT_MAX_SLOTS 255u // continuation slots of one call
#define CUT_MAX_WORDS (CUT_RECORD_WORDS + CUT_MAX_SLOTS * CUT_SLOT_WORDS)
#define CUT_MAX_TEXT 1000u // bytes of a text that are kept
#define CUT_CONTENT_WORDS 4u // words of a piece of a content before its bytes
#define CUT_CONTENT_BYTES ((CUT_MAX_WORDS - CUT_CONTENT_WORDS) * 8u) // the most bytes of one piece
#define CUT_DESCRIPTION_BYTES 49152u
#define CUT_IN_FLIGHT 0x0000ffffffffffffull

// One call. The continuation slots of a long call follow it directly (`slots` of them, 0 for a short call); their 64
// bytes are eight more words each, so that word i of the call is `words[i]` read past the end of the record. Read it
// through cut_recordWord. A call never crosses a segment: a thread that has not enough slots left closes it early.
typedef struct CUTRecord {
    uint64_t begin;    // clock ticks when the call was made
    uint64_t state;    // API id << 48 | duration in ticks; CUT_IN_FLIGHT until the call has returned
    uint64_t site;     // return address (48 bits) | slots << 48 | form << 56; not zero once published.
                       // slots: how many continuation slots follow, 0 for a call that fits its record
    int32_t result;    // what the call returned
    uint32_t kind;     // the argument of role `kind`, of regular and irregular rows; 0 if there is none
    uint64_t words[CUT_RECORD_WORDS];
} CUTRecord;
_Static_assert(sizeof(CUTRecord) == CUT_RECORD_BYTES, "a record is one cache line");

// The `form` byte of a record.
enum {
    CUT_FORM_VARIANT = 0x03, // 0 plain, 1 _ptsz, 2 _ptds
    CUT_FORM_MAJOR_13 = 0x04, // set: the caller is bound to CUDA 13; clear: 12
    CUT_FORM_NESTED = 0x08,  // made while the thread was inside another recorded call
    CUT_FORM_TRUNCATED = 0x10, // the tail (a string, a list) did not fit: its length is that of what is there
    CUT_FORM_WAY = 0xe0,       // how the caller got at the function: CUTWay << CUT_FORM_WAY_SHIFT
    CUT_FORM_WAY_SHIFT = 5,
};

// How a caller got at a function.
typedef enum CUTWay {
    CUT_WAY_LINKED = 0,      // the loader put its address into the object
    CUT_WAY_DLSYM = 1,       // dlsym or dlvsym
    CUT_WAY_PROC = 2,        // cuGetProcAddress
    CUT_WAY_ENTRY_POINT = 3, // cudaGetDriverEntryPoint
    CUT_WAY_INHERITED = 4,   // it did not: the process that it was forked from has made the call
} CUTWay;

typedef enum CUTSegmentState {
    CUT_SEGMENT_FREE = 0,
    CUT_SEGMENT_OPEN = 1,   // a thread writes to it
    CUT_SEGMENT_CLOSED = 2, // nobody writes to it any more
} CUTSegmentState;

typedef struct CUTSegment {
    uint32_t state;      // CUTSegmentState; the thread sets open and closed, the recorder sets free
    uint32_t next;       // in the free list: index + 1 of the next free segment
    uint32_t thread;     // number of the thread that took it, from 1 in the order of first calls
    uint32_t tid;        // the kernel's thread id
    uint64_t sequence;   // position among the segments of this thread, from 0
    uint64_t opened;     // clock ticks when the thread took it
    uint64_t lostBefore; // calls of this thread that were dropped before this segment was taken, in total
    char name[16];       // the thread's name when it took the segment
    uint32_t isLast;     // the thread that closed it has ended
    uint32_t used;       // bytes of it that an ended thread had used, when it waits for the next one
    uint8_t padding[CUT_SEGMENT_HEADER_BYTES - 64];
} CUTSegment;
_Static_assert(sizeof(CUTSegment) == CUT_SEGMENT_HEADER_BYTES, "records start on a cache line");

#define CUT_SEGMENT_SLOTS ((CUT_SEGMENT_BYTES - CUT_SEGMENT_HEADER_BYTES) / CUT_RECORD_BYTES)

// A pair of readings taken together: clock ticks, and nanoseconds of CLOCK_REALTIME.
typedef struct CUTCalibration {
    uint64_t ticks;
    uint64_t nanoseconds;
} CUTCalibration;

enum {
    CUT_CLOCK_TSC = 1,       // ticks are the processor's time-stamp counter
    CUT_CLOCK_MONOTONIC = 2, // ticks are nanoseconds of CLOCK_MONOTONIC: no invariant time-stamp counter here
};

enum {
    CUT_PAYLOAD_NONE = 0,
    CUT_PAYLOAD_HASH = 1, // hashes of the sources of copies in host memory
    CUT_PAYLOAD_FULL = 2, // and the bytes
};

/// What stands for the pid of a spool's owner when none can be any more.
#define CUT_NO_OWNER 0xffffffffu

typedef struct CUTSession {
    uint64_t magic;
    uint32_t version;
    uint32_t sessionBytes;  // CUT_SESSION_BYTES
    uint32_t segmentBytes;  // CUT_SEGMENT_BYTES
    uint32_t maxSegments;   // how many segments there may be: the file is that long from the start. The process that
                            // claims the session may lower it to what it can map
    uint32_t readySegments; // how many are allocated and zeroed, the rest is a hole. Either side allocates the next
                            // ones and then raises this with a compare-and-swap: the recorder ahead of demand, a
                            // thread when none is free
    uint32_t clock;         // CUT_CLOCK_*
    uint32_t owner;         // pid of the recorded process: claimed with a compare-and-swap from 0; CUT_NO_OWNER when the
                            // recorder has ended without one
    uint32_t recorder;      // pid of the recorder
    uint32_t threads;       // threads that have made a call, so far
    uint32_t ended;         // the recorder sets it when it stops reading: take no more segments
    uint32_t payload;       // CUT_PAYLOAD_*: what is wanted of the bytes that copies move
    uint32_t freeSegments;  // how many are on the free list, or more
    uint32_t described;     // bytes of `description`; 0 until it is there
    uint64_t freeList;      // tag << 32 | index + 1 of the first free segment; 0 in the low half: none
    uint64_t lost;          // calls that were dropped because no segment was free
    uint64_t leftOut;       // sources of copies whose bytes were not kept, for want of room or because they changed
    uint64_t leftOutBytes;
    uint32_t stacks;        // 1: the call stacks of calls are wanted
    uint32_t padding;
    uint64_t stacksLeftOut; // calls without their stack: no room, or a signal handler came between
    CUTCalibration first;   // when the session was made
    CUTCalibration last;    // the newest pair; the recorder writes it now and then
    uint64_t beat;          // when the recorder was last seen at work: nanoseconds of CLOCK_MONOTONIC
    uint64_t recycled;      // segments that the recorder has given back, in total
    uint64_t namespace;     // of processes, in which `owner` is a number: its inode; 0: not known. There when described
    char output[4096];      // where the trace goes, for a recovery
    // What the owner says of itself: the path of its program, its working directory, how many arguments it has, the
    // arguments, LD_AUDIT, and its variables that begin with CUDA or NVIDIA. Each ends with a zero byte.
    char description[CUT_DESCRIPTION_BYTES];
} CUTSession;
_Static_assert(sizeof(CUTSession) <= CUT_SESSION_BYTES, "the session header fits its pages");

// Atomics, named by their order, so that every shared access can be found.
static inline uint32_t cut_loadRelaxed32(const uint32_t *_Nonnull at) { return __atomic_load_n(at, __ATOMIC_RELAXED); }
static inline uint32_t cut_loadAcquire32(const uint32_t *_Nonnull at) { return __atomic_load_n(at, __ATOMIC_ACQUIRE); }
static inline uint64_t cut_loadRelaxed64(const uint64_t *_Nonnull at) { return __atomic_load_n(at, __ATOMIC_RELAXED); }
static inline uint64_t cut_loadAcquire64(const uint64_t *_Nonnull at) { return __atomic_load_n(at, __ATOMIC_ACQUIRE); }
static inline void cut_storeRelease32(uint32_t *_Nonnull at, uint32_t value) { __atomic_store_n(at, value, __ATOMIC_RELEASE); }
static inline void cut_storeRelease64(uint64_t *_Nonnull at, uint64_t value) { __atomic_store_n(at, value, __ATOMIC_RELEASE); }
static inline uint32_t cut_addRelaxed32(uint32_t *_Nonnull at, uint32_t value) { return __atomic_fetch_add(at, value, __ATOMIC_RELAXED); }
static inline uint64_t cut_addRelaxed64(uint64_t *_Nonnull at, uint64_t value) { return __atomic_fetch_add(at, value, __ATOMIC_RELAXED); }
static inline uint32_t cut_exchange32(uint32_t *_Nonnull at, uint32_t value) { return __atomic_exchange_n(at, value, __ATOMIC_ACQ_REL); }
static inline int cut_swapFrom32(uint32_t *_Nonnull at, uint32_t expected, uint32_t value) {
    return __atomic_compare_exchange_n(at, &expected, value, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

/// The description of the owner: too long an array for Swift to see.
static inline const char *_Nonnull cut_description(const CUTSession *_Nonnull session) { return session->description; }

enum { CUT_NUMBER_BITS = 22 }; // of a process: no kernel gives out more

/// What tells a process from those of other namespaces.
static inline uint64_t cut_processKey(uint64_t namespace, uint32_t number) { return namespace << CUT_NUMBER_BITS | number; }

static inline CUTSegment *_Nonnull cut_segmentAt(void *_Nonnull spool, uint32_t index) {
    return (CUTSegment *)((char *)spool + CUT_SESSION_BYTES + (uint64_t)index * CUT_SEGMENT_BYTES);
}

static inline CUTRecord *_Nonnull cut_recordAt(CUTSegment *_Nonnull segment, uint32_t slot) {
    return (CUTRecord *)((char *)segment + CUT_SEGMENT_HEADER_BYTES + (uint64_t)slot * CUT_RECORD_BYTES);
}

/// Word `index` of a call, in the record or in the slots that continue it.
static inline uint64_t cut_recordWord(const CUTRecord *_Nonnull record, uint32_t index) {
    const uint64_t *words = (const uint64_t *)((const char *)record + __builtin_offsetof(CUTRecord, words));
    return words[index];
}

// Published: the begin half of the record can be read. Acquire, so that the words are there as well.
static inline uint64_t cut_recordSite(const CUTRecord *_Nonnull record) { return cut_loadAcquire64(&record->site); }
static inline uint64_t cut_recordState(const CUTRecord *_Nonnull record) { return cut_loadAcquire64(&record->state); }

enum { CUT_NONE_FREE = -1, CUT_BEYOND_LIMIT = -2 };

/// Takes a free segment off the list: its index, or CUT_NONE_FREE. Any thread may call it. Of the segments only the first
/// `limit` are touched: when the next free one is behind them, it is CUT_BEYOND_LIMIT, and nothing was taken.
static inline int64_t cut_freeListPop(void *_Nonnull spool, uint32_t limit) {
    CUTSession *session = (CUTSession *)spool;
    uint64_t head = __atomic_load_n(&session->freeList, __ATOMIC_ACQUIRE);
    while ((uint32_t)head != 0) {
        if ((uint32_t)head > limit) { return CUT_BEYOND_LIMIT; }
        uint32_t next = cut_loadRelaxed32(&cut_segmentAt(spool, (uint32_t)head - 1)->next);
        uint64_t replacement = ((head >> 32) + 1) << 32 | next;
        if (__atomic_compare_exchange_n(&session->freeList, &head, replacement, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
            cut_addRelaxed32(&session->freeSegments, UINT32_MAX);
            return (int64_t)(uint32_t)head - 1;
        }
    }
    return CUT_NONE_FREE;
}

/// How many segments threads can still take, those that are not allocated yet included. Near enough while others take
/// some.
static inline uint32_t cut_segmentsLeft(const CUTSession *_Nonnull session) {
    return session->maxSegments - cut_loadRelaxed32(&session->readySegments) + cut_loadRelaxed32(&session->freeSegments);
}

/// Puts a segment on the free list. It must be zeroed but for its header, and in state free.
static inline void cut_freeListPush(void *_Nonnull spool, uint32_t index) {
    CUTSession *session = (CUTSession *)spool;
    cut_addRelaxed32(&session->freeSegments, 1);
    uint64_t head = __atomic_load_n(&session->freeList, __ATOMIC_ACQUIRE);
    uint64_t replacement;
    do {
        __atomic_store_n(&cut_segmentAt(spool, index)->next, (uint32_t)head, __ATOMIC_RELAXED);
        replacement = ((head >> 32) + 1) << 32 | (index + 1);
    } while (!__atomic_compare_exchange_n(&session->freeList, &head, replacement, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE));
}

#endif
