// Making and reading spools.
#include "spool.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static uint64_t size(uint32_t segments) { return CUT_SESSION_BYTES + (uint64_t)segments * CUT_SEGMENT_BYTES; }

TestSpool spool_make(const char *folder, uint32_t segments) {
    TestSpool spool = {.segments = segments};
    snprintf(spool.path, sizeof spool.path, "%s/test.XXXXXX", folder);
    int file = mkstemp(spool.path);
    if (file < 0 || posix_fallocate(file, 0, (off_t)size(segments)) != 0) {
        perror(spool.path);
        exit(2);
    }
    spool.bytes = mmap(0, size(segments), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (spool.bytes == MAP_FAILED) {
        perror("mmap");
        exit(2);
    }
    // As the recorder does: the first touch of a page is not the program's.
    madvise(spool.bytes, size(segments), 23 /* MADV_POPULATE_WRITE */);
    CUTSession *session = spool_session(&spool);
    session->version = CUT_SPOOL_VERSION;
    session->sessionBytes = CUT_SESSION_BYTES;
    session->segmentBytes = CUT_SEGMENT_BYTES;
    session->maxSegments = session->readySegments = segments;
    session->clock = CUT_CLOCK_TSC;
    session->recorder = (uint32_t)getpid();
    for (uint32_t index = segments; index > 0; --index) { cut_freeListPush(spool.bytes, index - 1); }
    session->magic = CUT_SPOOL_MAGIC;
    return spool;
}

int spool_open(TestSpool *spool, const char *path) {
    struct stat status;
    int file = open(path, O_RDWR);
    if (file < 0 || fstat(file, &status) != 0) { return 0; }
    snprintf(spool->path, sizeof spool->path, "%s", path);
    spool->segments = (uint32_t)(((uint64_t)status.st_size - CUT_SESSION_BYTES) / CUT_SEGMENT_BYTES);
    spool->bytes = mmap(0, (size_t)status.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    return spool->bytes != MAP_FAILED && spool_session(spool)->magic == CUT_SPOOL_MAGIC;
}

void spool_remove(TestSpool *spool) {
    munmap(spool->bytes, size(spool->segments));
    unlink(spool->path);
}

CUTSession *spool_session(const TestSpool *spool) { return (CUTSession *)spool->bytes; }

// The records of one thread in a segment, from `slot` on.
typedef struct Run {
    CUTSegment header; // as if the segment were the thread's alone
    CUTSegment *segment;
    uint32_t slot;
    int isStarted;
} Run;

// The next run of the segment: the first one, or that behind the record that names another thread. 0: there is none.
static int nextRun(Run *run) {
    if (!run->isStarted) {
        run->header = *run->segment;
        return run->isStarted = 1;
    }
    while (run->slot < CUT_SEGMENT_SLOTS) {
        const CUTRecord *record = cut_recordAt(run->segment, run->slot);
        if (cut_recordSite(record) == 0) { return 0; }
        run->slot += 1 + record_slots(record);
        if (record_id(record) != 440) { continue; }
        run->header.thread = (uint32_t)cut_recordWord(record, 0);
        run->header.tid = (uint32_t)cut_recordWord(record, 1);
        run->header.sequence = cut_recordWord(record, 2);
        memcpy(run->header.name, (const char *)record->words + 32, sizeof run->header.name);
        return 1;
    }
    return 0;
}

// Finds the run of thread `number` at `sequence`.
static int findRun(const TestSpool *spool, uint32_t number, uint64_t sequence, Run *run) {
    for (uint32_t index = 0; index < spool->segments; ++index) {
        *run = (Run){.segment = cut_segmentAt(spool->bytes, index)};
        if (run->segment->state == CUT_SEGMENT_FREE) { continue; }
        while (nextRun(run)) {
            if (run->header.thread == number && run->header.sequence == sequence) { return 1; }
        }
    }
    return 0;
}

unsigned long spool_walk(
    const TestSpool *spool, uint32_t number, int (*visit)(const CUTRecord *, const CUTSegment *, void *), void *context
) {
    unsigned long count = 0;
    uint32_t last = number ? number : spool_session(spool)->threads;
    for (uint32_t thread = number ? number : 1; thread <= last; ++thread) {
        Run run;
        for (uint64_t sequence = 0; findRun(spool, thread, sequence, &run); ++sequence) {
            for (uint32_t slot = run.slot; slot < CUT_SEGMENT_SLOTS;) {
                const CUTRecord *record = cut_recordAt(run.segment, slot);
                if (cut_recordSite(record) == 0 || record_id(record) == 440) { break; }
                ++count;
                if (!visit(record, &run.header, context)) { return count; }
                slot += 1 + record_slots(record);
            }
        }
    }
    return count;
}
