// Finding the session of this process: the spool that the recorder prepared, or one of its own.
//
// `cutape record` names a spool in CUTAPE_SPOOL; the first process that makes a CUDA call claims it. Every other
// process (a second one, a forked child, a program started without the command) makes a spool itself and starts a
// recorder for it. Whatever fails, the program runs on, unrecorded.
#include "clock.h"
#include "payload.h"
#include "registrations.h"
#include "walk.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
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

// A spool of our own starts with this many segments, and has at most so many; the recorder adds them. It is not made
// where fewer are allowed than a thread needs to go from one to the next.
enum { CUT_OWN_SEGMENTS = 8, CUT_OWN_MAX_SEGMENTS = 1024, CUT_OWN_FEWEST_SEGMENTS = 2 };

// How long a thread waits for another that is looking for the session, in steps of 0.1 ms.
enum { CUT_JOIN_STEPS = 20000 };

static void *state;

CUTProcess *cut_process(void) { return cut_sharedPage(&state, sizeof(CUTProcess)); }

static uint64_t spoolBytes(uint32_t segments) { return CUT_SESSION_BYTES + (uint64_t)segments * CUT_SEGMENT_BYTES; }

// Opens a file. A program that has as many descriptors as it may have gets one more for that moment, if it is allowed.
static int openFile(const char *path, int flags) {
    int file = open(path, flags | O_CLOEXEC, 0600);
    struct rlimit limit;
    if (file >= 0 || errno != EMFILE || getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= limit.rlim_max) {
        return file;
    }
    struct rlimit more = {limit.rlim_cur + 1, limit.rlim_max};
    if (setrlimit(RLIMIT_NOFILE, &more) != 0) { return -1; }
    file = open(path, flags | O_CLOEXEC, 0600);
    setrlimit(RLIMIT_NOFILE, &limit);
    return file;
}

// Maps a spool at its full length. Only the session can be touched at first, and then the segments that are there, by
// cut_reach: in a program that locks its memory (mlockall) the rest would no longer be a hole, but a gigabyte.
static void *mapSpool(int file, uint32_t segments) {
    uint64_t bytes = spoolBytes(segments);
    void *spool = mmap(0, bytes, PROT_NONE, MAP_SHARED | MAP_NORESERVE, file, 0);
    if (spool == MAP_FAILED) { return 0; }
    munlock(spool, bytes);
    madvise(spool, bytes, MADV_DONTDUMP);
    if (mprotect(spool, spoolBytes(0), PROT_READ | PROT_WRITE) == 0) { return spool; }
    munmap(spool, bytes);
    return 0;
}

int cut_reach(uint32_t segments) {
    CUTProcess *process = cut_process();
    uint32_t reached = cut_loadAcquire32(&process->reached);
    if (segments <= reached) { return 1; }
    if (mprotect(process->spool, spoolBytes(segments), PROT_READ | PROT_WRITE) != 0) { return 0; }
    while (reached < segments && !cut_swapFrom32(&process->reached, reached, segments)) {
        reached = cut_loadAcquire32(&process->reached);
    }
    return 1;
}

// How many segments fit into a part of what the process is limited to: `resource` in bytes, divided by `share`.
static uint64_t segmentsWithin(int resource, uint64_t share) {
    struct rlimit limit;
    if (getrlimit((__rlimit_resource_t)resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) { return UINT32_MAX; }
    uint64_t bytes = limit.rlim_cur / share;
    return bytes < CUT_SESSION_BYTES ? 0 : (bytes - CUT_SESSION_BYTES) / CUT_SEGMENT_BYTES;
}

// `segments`, or fewer: a mapping takes no more than a sixteenth of the memory that the program may map.
static uint32_t mappable(uint32_t segments) {
    uint64_t most = segmentsWithin(RLIMIT_AS, 16);
    return segments < most ? segments : (uint32_t)most;
}

static int isCurrent(const CUTSession *session) {
    return session->magic == CUT_SPOOL_MAGIC && session->version == CUT_SPOOL_VERSION
        && session->sessionBytes == CUT_SESSION_BYTES && session->segmentBytes == CUT_SEGMENT_BYTES;
}

// Claims the spool that the recorder prepared: the mapping, or NULL when there is none or it has an owner.
static void *claimPrepared(void) {
    const char *path = secure_getenv("CUTAPE_SPOOL");
    if (!path || !*path) { return 0; }
    int file = openFile(path, O_RDWR | O_NOFOLLOW);
    if (file < 0) { return 0; }
    static CUTSession head; // not on the stack, which may be smaller; one thread at a time is here
    const size_t bytes = offsetof(CUTSession, output);
    CUTSession *spool = 0;
    if (pread(file, &head, bytes, 0) == (ssize_t)bytes && isCurrent(&head) && head.owner == 0) {
        uint32_t segments = mappable(head.maxSegments);
        spool = mapSpool(file, segments);
        if (spool && !cut_swapFrom32(&spool->owner, 0, (uint32_t)getpid())) {
            munmap(spool, spoolBytes(segments));
            spool = 0;
        }
        if (spool) { cut_storeRelease32(&spool->maxSegments, segments); }
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

// How many segments a spool of our own starts with that may have `most`.
static uint32_t ownSegments(uint32_t most) { return most < CUT_OWN_SEGMENTS ? most : CUT_OWN_SEGMENTS; }

static uint32_t wantsStacks(void) {
    const char *stacks = secure_getenv("CUTAPE_STACKS");
    return stacks && strcmp(stacks, "1") == 0;
}

static void prepare(void *spool, uint32_t mostSegments) {
    CUTSession *session = spool;
    session->version = CUT_SPOOL_VERSION;
    session->sessionBytes = CUT_SESSION_BYTES;
    session->segmentBytes = CUT_SEGMENT_BYTES;
    session->maxSegments = mostSegments;
    session->readySegments = ownSegments(mostSegments);
    session->clock = hasInvariantCounter() ? CUT_CLOCK_TSC : CUT_CLOCK_MONOTONIC;
    session->owner = (uint32_t)getpid();
    session->first.ticks = cut_ticks(session->clock);
    session->first.nanoseconds = cut_nanoseconds(CLOCK_REALTIME);
    session->last = session->first;
    session->payload = wantedPayload();
    session->stacks = wantsStacks();
    session->beat = cut_nanoseconds(CLOCK_MONOTONIC);
    const char *output = secure_getenv("CUTAPE_OUTPUT");
    if (output) { strncpy(session->output, output, sizeof session->output - 1); }
    for (uint32_t index = session->readySegments; index > 0; --index) { cut_freeListPush(spool, index - 1); }
    cut_describe(session);
    __atomic_store_n(&session->magic, CUT_SPOOL_MAGIC, __ATOMIC_RELEASE);
}

// How many segments the spool may have: half of what the file system has room for. What is kept of the bytes of copies
// leaves half of these to calls, which must be there then. Past RLIMIT_FSIZE the kernel sends SIGXFSZ, which ends the
// program.
static uint32_t mostSegments(int file) {
    struct statvfs status;
    uint64_t segments = CUT_OWN_MAX_SEGMENTS, allowed = segmentsWithin(RLIMIT_FSIZE, 1);
    if (fstatvfs(file, &status) == 0) { segments = status.f_bavail * status.f_frsize / 2 / CUT_SEGMENT_BYTES; }
    if (segments < CUT_OWN_SEGMENTS) { segments = CUT_OWN_SEGMENTS; }
    if (segments > CUT_OWN_MAX_SEGMENTS) { segments = CUT_OWN_MAX_SEGMENTS; }
    return mappable((uint32_t)(segments < allowed ? segments : allowed));
}

// Makes a spool in `folder`, and leaves its descriptor in `made` and the path that it is to have in `path`. NULL when it
// cannot be made there.
//
// The file has no name where the file system can do that: its recorder gives it one, so that a recorder that never gets
// so far leaves nothing behind.
static void *makeSpool(const char *folder, char *path, size_t pathBytes, int *made) {
    uint64_t random = 0;
    if (getrandom(&random, sizeof random, GRND_NONBLOCK) != (ssize_t)sizeof random) {
        random = cut_nanoseconds(CLOCK_MONOTONIC);
    }
    int length = snprintf(path, pathBytes, "%s/cutape.%d.%016llx.spool", folder, getpid(), (unsigned long long)random);
    if (length < 0 || (size_t)length >= pathBytes) { return 0; }
    int file = openFile(folder, O_RDWR | O_TMPFILE);
    if (file < 0) { file = openFile(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW); }
    if (file < 0) { return 0; }
    // The first segments are allocated, not only sized: a full disk is an error here, and not a signal at the first
    // write. The rest is a hole; a segment of it is allocated before it is used.
    void *spool = 0;
    const uint32_t segments = mostSegments(file);
    if (segments >= CUT_OWN_FEWEST_SEGMENTS && posix_fallocate(file, 0, (off_t)spoolBytes(ownSegments(segments))) == 0
        && ftruncate(file, (off_t)spoolBytes(segments)) == 0) {
        spool = mapSpool(file, segments);
    }
    if (spool && mprotect(spool, spoolBytes(ownSegments(segments)), PROT_READ | PROT_WRITE) == 0) {
        prepare(spool, segments);
        *made = file;
        return spool;
    }
    if (spool) { munmap(spool, spoolBytes(segments)); }
    unlink(path);
    close(file);
    return 0;
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
    const uint64_t self = (uint64_t)&cut_thread;
    uint64_t decider = 0;
    if (__atomic_compare_exchange_n(&process->decider, &decider, self, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
        const char *nested = secure_getenv("CUTAPE_NESTED");
        keepsNested = nested && *nested && *nested != '0';
        void *spool = claimPrepared();
        if (!spool) { spool = startOwn(); }
        if (spool) { madvise(spool, spoolBytes(((CUTSession *)spool)->maxSegments), MADV_DONTFORK); }
        process->spool = spool;
        process->hasInherited = cut_hasRegistrations();
        if (spool && ((CUTSession *)spool)->stacks) { cut_prepareWalks(); }
        cut_payload = spool ? ((CUTSession *)spool)->payload : CUT_PAYLOAD_NONE;
        cut_storeRelease32(&process->mode, spool ? CUT_MODE_RECORDING : CUT_MODE_OFF);
        if (spool) { cut_addRelaxed64(&((CUTSession *)spool)->lost, cut_loadRelaxed64(&process->lostEarly)); }
    }
    // A signal handler that has interrupted the thread which looks for the session must not wait for it.
    const struct timespec step = {0, 100000};
    for (int count = 0; cut_loadAcquire32(&process->mode) == CUT_MODE_UNDECIDED && decider != self && count < CUT_JOIN_STEPS;
         ++count) {
        nanosleep(&step, 0);
    }
    return cut_loadAcquire32(&process->mode) == CUT_MODE_RECORDING;
}
