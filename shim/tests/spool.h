// A small reader (and maker) of spools, for tests: what the recorder does, without its speed.
#ifndef CUTAPE_TEST_SPOOL_H
#define CUTAPE_TEST_SPOOL_H

#include "cutape_ring.h"

typedef struct TestSpool {
    char path[256];
    char *bytes;
    uint32_t segments;
} TestSpool;

/// Makes a spool of `segments` free segments that nobody owns. Exits on failure.
TestSpool spool_make(const char *folder, uint32_t segments);

/// Maps a spool that the shim has made. Returns 0 when it cannot be read.
int spool_open(TestSpool *spool, const char *path);

void spool_remove(TestSpool *spool);

CUTSession *spool_session(const TestSpool *spool);

/// Calls `visit` for each published record of thread `number` (0: of all), in the order of the thread. Stops when
/// `visit` returns 0. Returns how many were visited.
unsigned long spool_walk(
    const TestSpool *spool, uint32_t number, int (*visit)(const CUTRecord *, const CUTSegment *, void *), void *context);

static inline uint16_t record_id(const CUTRecord *record) { return (uint16_t)(cut_recordState(record) >> 48); }
static inline int record_inFlight(const CUTRecord *record) {
    return (cut_recordState(record) & CUT_IN_FLIGHT) == CUT_IN_FLIGHT;
}
static inline uint32_t record_slots(const CUTRecord *record) { return (uint32_t)(record->site >> 48) & 0xff; }
static inline uint32_t record_form(const CUTRecord *record) { return (uint32_t)(record->site >> 56); }

#endif
