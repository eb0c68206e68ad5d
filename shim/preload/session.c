// Finding the session of this process: the spool that the recorder prepared, or one of its own.
//
// `cutape record` names a spool in CUTAPE_SPOOL; the first process that makes a CUDA call claims it. Every other
// process (a second one, a forked child, a program started without the command) makes a spool itself and starts a
// recorder for it. Whatever fails, the program runs on, unrecorded.
#include "clock.h"
#include "payload.h"
#include "registrations.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

// A spool of our own starts with this many segments, and has at most so many; the recorder adds them.
enum { CUT_OWN_SEGMENTS = 8, CUT_OWN_MAX_SEGMENTS = 1024 };

// How long a thread waits for another that is looking for the session, in steps of 0.1 ms.
enum { CUT_JOIN_STEPS = 20000 };

static void *state;

CUTProcess *cut_process(void) { return cut_sharedPage(&state, sizeof(CUTProcess)); }

static uint64_t spoolBytes(uint32_t segments) { return CUT_SESSION_BYTES + (uint64_t)segments * CUT_SEGMENT_BYTES; }

// Maps a spool at its full length.
static void *mapSpool(int file, uint32_t segments) {
    void *spool = mmap(0, spoolBytes(segments), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, file, 0);
    return spool == MAP_FAILED ? 0 : spool;
}

static int isCurrent(const CUTSession *session) {
    return session->magic == CUT_SPOOL_MAGIC && session->version == CUT_SPOOL_VERSION
        && session->sessionBytes == CUT_SESSION_BYTES && session->segmentBytes == CUT_SEGMENT_BYTES;
}

// Claims the spool that the recorder prepared: the mapping, or NULL when there is none or it has an owner.
static void *claimPrepared(void) {
    const char *path = secure_getenv("CUTAPE_SPOOL");
    if (!path || !*path) { return 0; }
    int file = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0) { return 0; }
    CUTSession head;
    void *spool = 0;
    if (pread(file, &head, sizeof head, 0) == (ssize_t)sizeof head && isCurrent(&head) && head.owner == 0) {
        spool = mapSpool(file, head.maxSegments);
        if (spool && !cut_swapFrom32(&((CUTSession *)spool)->owner, 0, (uint32_t)getpid())) {
            munmap(spool, spoolBytes(head.maxSegments));
            spool = 0;
        }
    }
    close(file);
    if (spool) { cut_describe(spool); }
    return spool;
}

// Whether the time-stamp counter runs at one rate, in all states, on all processors: what the kernel trusts.
static int hasInvariantCounter(void) {
#if defined(__aarch64__)
    return 1;
#else
    char source[8] = "";
    int file = open("/sys/devices/system/clocksource/clocksource0/current_clocksource", O_RDONLY | O_CLOEXEC);
    if (file < 0) { return 0; }
    ssize_t count = read(file, source, sizeof source - 1);
    close(file);
    return count >= 3 && memcmp(source, "tsc", 3) == 0;
#endif
}

static uint32_t wantedPayload(void) {
    const char *payload = secure_getenv("CUTAPE_PAYLOAD");
    if (payload && strcmp(payload, "hash") == 0) { return CUT_PAYLOAD_HASH; }
    return payload && strcmp(payload, "full") == 0 ? CUT_PAYLOAD_FULL : CUT_PAYLOAD_NONE;
}

static void prepare(void *spool, uint32_t mostSegments) {
    CUTSession *session = spool;
    session->version = CUT_SPOOL_VERSION;
    session->sessionBytes = CUT_SESSION_BYTES;
    session->segmentBytes = CUT_SEGMENT_BYTES;
    session->maxSegments = mostSegments;
    session->readySegments = CUT_OWN_SEGMENTS;
    session->clock = hasInvariantCounter() ? CUT_CLOCK_TSC : CUT_CLOCK_MONOTONIC;
    session->owner = (uint32_t)getpid();
    session->first.ticks = cut_ticks(session->clock);
    session->first.nanoseconds = cut_nanoseconds(CLOCK_REALTIME);
    session->last = session->first;
    session->payload = wantedPayload();
    session->beat = cut_nanoseconds(CLOCK_MONOTONIC);
    const char *output = secure_getenv("CUTAPE_OUTPUT");
    if (output) { strncpy(session->output, output, sizeof session->output - 1); }
    for (uint32_t index = CUT_OWN_SEGMENTS; index > 0; --index) { cut_freeListPush(spool, index - 1); }
    cut_describe(session);
    __atomic_store_n(&session->magic, CUT_SPOOL_MAGIC, __ATOMIC_RELEASE);
}

// Whether a file may have that many bytes. Past RLIMIT_FSIZE the kernel sends SIGXFSZ, which ends the program.
static int mayHaveSize(uint64_t bytes) {
    struct rlimit limit;
    return getrlimit(RLIMIT_FSIZE, &limit) == 0 && bytes <= limit.rlim_cur;
}

// How many segments the spool may have: half of what the file system has room for. What is kept of the bytes of copies
// leaves half of these to calls, which must be there then.
static uint32_t mostSegments(int file) {
    struct statvfs status;
    if (fstatvfs(file, &status) != 0) { return CUT_OWN_MAX_SEGMENTS; }
    uint64_t segments = status.f_bavail * status.f_frsize / 2 / CUT_SEGMENT_BYTES;
    if (segments < CUT_OWN_SEGMENTS) { return CUT_OWN_SEGMENTS; }
    return segments < CUT_OWN_MAX_SEGMENTS ? (uint32_t)segments : CUT_OWN_MAX_SEGMENTS;
}

// Makes a spool in `folder`, and leaves its descriptor in `made` and the path that it is to have in `path`. NULL when it
// cannot be made there.
//
// The file has no name where the file system can do that: its recorder gives it one, so that a recorder that never gets
// so far leaves nothing behind.
static void *makeSpool(const char *folder, char *path, size_t pathBytes, int *made) {
    if (!mayHaveSize(spoolBytes(CUT_OWN_MAX_SEGMENTS))) { return 0; }
    uint64_t random = 0;
    if (getrandom(&random, sizeof random, GRND_NONBLOCK) != (ssize_t)sizeof random) {
        random = cut_nanoseconds(CLOCK_MONOTONIC);
    }
    int length = snprintf(path, pathBytes, "%s/cutape.%d.%016llx.spool", folder, getpid(), (unsigned long long)random);
    if (length < 0 || (size_t)length >= pathBytes) { return 0; }
    int file = open(folder, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
    if (file < 0) { file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600); }
    if (file < 0) { return 0; }
    // The first segments are allocated, not only sized: a full disk is an error here, and not a signal at the first
    // write. The rest is a hole; a segment of it is allocated before it is used.
    void *spool = 0;
    const uint32_t segments = mostSegments(file);
    if (posix_fallocate(file, 0, (off_t)spoolBytes(CUT_OWN_SEGMENTS)) == 0
        && ftruncate(file, (off_t)spoolBytes(segments)) == 0) {
        spool = mapSpool(file, segments);
    }
    if (spool) {
        prepare(spool, segments);
        *made = file;
    } else {
        unlink(path);
        close(file);
    }
    return spool;
}

// A session without the command: a spool of our own, and a recorder that reads it.
static void *startOwn(void) {
    static char program[4096], path[4096]; // not on the stack, which may be small; one thread at a time is here
    if (!cut_findRecorder(program, sizeof program)) { return 0; }
    const char *chosen = secure_getenv("CUTAPE_SPOOL_DIR");
    const char *folders[] = {chosen && *chosen ? chosen : "/dev/shm", secure_getenv("TMPDIR"), "/tmp"};
    void *spool = 0;
    int file = -1;
    for (int index = 0; index < 3 && !spool; ++index) {
        if (folders[index]) { spool = makeSpool(folders[index], path, sizeof path, &file); }
    }
    if (spool && !cut_startRecorder(program, path, file, spool)) {
        unlink(path);
        munmap(spool, spoolBytes(((CUTSession *)spool)->maxSegments));
        spool = 0;
    }
    if (file >= 0) { close(file); }
    return spool;
}

static int keepsNested;

int cut_keepsNested(void) { return keepsNested; }

int cut_joinSession(CUTProcess *process) {
    if (cut_swapFrom32(&process->mode, CUT_MODE_UNDECIDED, CUT_MODE_DECIDING)) {
        const char *nested = secure_getenv("CUTAPE_NESTED");
        keepsNested = nested && *nested && *nested != '0';
        void *spool = claimPrepared();
        if (!spool) { spool = startOwn(); }
        if (spool) { madvise(spool, spoolBytes(((CUTSession *)spool)->maxSegments), MADV_DONTFORK); }
        process->spool = spool;
        process->hasInherited = cut_hasRegistrations();
        cut_payload = spool ? ((CUTSession *)spool)->payload : CUT_PAYLOAD_NONE;
        cut_storeRelease32(&process->mode, spool ? CUT_MODE_RECORDING : CUT_MODE_OFF);
    }
    const struct timespec step = {0, 100000};
    for (int count = 0; cut_loadAcquire32(&process->mode) == CUT_MODE_DECIDING && count < CUT_JOIN_STEPS; ++count) {
        nanosleep(&step, 0);
    }
    return cut_loadAcquire32(&process->mode) == CUT_MODE_RECORDING;
}
