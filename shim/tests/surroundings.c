// What the preload library must do where the surroundings of a program are unusual: see surrounded.c.
#include "harness.h"

#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CUT_SYNCHRONIZE = 90, CUT_LAUNCH = 120, CUT_REGISTER = 134, CUT_CANNOT = 77 };

// Runs a scenario; returns whether it went well and was silent. One that cannot be run here skips the case.
static int went(const char *scenario, const TestSpool *spool) {
    int status = run("./surrounded", scenario, spool, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == CUT_CANNOT) { skipped = "it is not allowed here"; }
    return skipped || (status == 0 && isSilent());
}

static void oneCall(const char *scenario, const TestSpool *spool) {
    REQUIRE(went(scenario, spool));
    REQUIRE(skipped || (recorded(spool).count == 1 && spool_session(spool)->lost == 0));
}

static void smallStack(TestSpool *spool) { oneCall("smallStack", spool); }
static void handlerStack(TestSpool *spool) { oneCall("handlerStack", spool); }
static void fullDescriptors(TestSpool *spool) { oneCall("fullDescriptors", spool); }

static void handlerInside(TestSpool *spool) {
    REQUIRE(went("handlerInside", spool));
    Calls calls = recorded(spool);
    REQUIRE(calls.count == 4 && calls.inFlight == 0);
    REQUIRE(record_id(calls.at[1]) == CUT_SYNCHRONIZE && record_form(calls.at[2]) == (CUT_FORM_MAJOR_13 | CUT_FORM_NESTED));
    REQUIRE(record_form(calls.at[3]) == CUT_FORM_MAJOR_13);
}

// They never return; what comes behind them is not inside them, and keeps no segment from being read.
static void leaves(TestSpool *spool) {
    REQUIRE(went("leaves", spool));
    Calls calls = recorded(spool);
    REQUIRE(calls.count == 30001 && calls.inFlight == 30000 && spool_session(spool)->lost == 0);
    for (int index = 0; index < 400; ++index) { REQUIRE(record_form(calls.at[index]) == CUT_FORM_MAJOR_13); }
    const CUTSegment *first = cut_segmentAt(spool->bytes, 0);
    REQUIRE(first->state == CUT_SEGMENT_CLOSED);
}

static void endsInside(TestSpool *spool) {
    REQUIRE(went("endsInside", spool));
    Calls calls = recorded(spool);
    REQUIRE(calls.count == 41 && calls.inFlight == 40 && spool_session(spool)->lost == 0);
}

// Gives the spool a hole behind its segments, for more of them.
static void addHole(TestSpool *spool, uint32_t segments) {
    if (truncate(spool->path, (off_t)(CUT_SESSION_BYTES + (uint64_t)segments * CUT_SEGMENT_BYTES)) != 0) { abort(); }
    spool_session(spool)->maxSegments = segments;
    // Somebody must seem to read it, or no segment is added.
    spool_session(spool)->beat = UINT64_MAX;
}

// Two more segments are needed than there were; the hole stays one. In shared memory, where reading fills holes.
static void lockedMemory(TestSpool *spool) {
    struct statfs system;
    struct stat status = {0};
    (void)spool;
    if (statfs("/dev/shm", &system) != 0 || system.f_type != TMPFS_MAGIC) { skipped = "/dev/shm is no tmpfs"; }
    if (skipped) { return; }
    TestSpool shared = spool_make("/dev/shm", 2);
    addHole(&shared, 200);
    int isDone = went("locked", &shared);
    const CUTSession session = *spool_session(&shared);
    stat(shared.path, &status);
    spool_remove(&shared);
    REQUIRE(isDone);
    REQUIRE(skipped || (session.lost == 0 && session.readySegments == 4));
    REQUIRE((uint64_t)status.st_blocks * 512 <= 6 * (uint64_t)CUT_SEGMENT_BYTES);
}

static void fewAddresses(TestSpool *spool) {
    addHole(spool, 1024);
    REQUIRE(went("fewAddresses", spool));
    const CUTSession *session = spool_session(spool);
    REQUIRE(session->lost == 0 && session->maxSegments < 64 && session->readySegments == 4);
}

// A spool of its own is made as long as files may be.
static void shortFiles(TestSpool *spool) {
    (void)spool;
    recorder = "./fake-recorder";
    int isDone = went("shortFiles", 0);
    recorder = "/nonexistent";
    const char *path = namedSpool();
    TestSpool own;
    REQUIRE(isDone && path && spool_open(&own, path));
    int isRight = recorded(&own).count == 1 && spool_session(&own)->maxSegments < 20;
    spool_remove(&own);
    unlink("recorder.seen");
    REQUIRE(isRight);
}

static void otherMajor(TestSpool *spool) {
    REQUIRE(went("otherMajor", spool));
    Calls calls = recorded(spool);
    REQUIRE(calls.count == 2);
    REQUIRE(record_form(calls.at[0]) == CUT_WAY_DLSYM << CUT_FORM_WAY_SHIFT);
    REQUIRE(record_form(calls.at[1]) == CUT_FORM_MAJOR_13);
}

static void otherCopy(TestSpool *spool) { oneCall("otherCopy", spool); }

static void copyOfPlugin(TestSpool *spool) {
    REQUIRE(went("copyOfPlugin", spool));
    REQUIRE(recorded(spool).count == 2);
}

// In front of ours and behind it. Behind it the program is linked with the other one's function: what it looks up by the
// handle of the runtime is another one, and is left alone.
static void interposers(TestSpool *spool) {
    const char *alone = library;
    char both[1024];
    snprintf(both, sizeof both, "%s:./between.so", alone);
    library = both;
    int isBehind = went("interposed", spool) && recorded(spool).count == 2;
    TestSpool other = spool_make(folder, 4);
    snprintf(both, sizeof both, "./between.so:%s", alone);
    int isInFront = went("interposed", &other) && recorded(&other).count == 3;
    library = alone;
    spool_remove(&other);
    REQUIRE(isBehind && isInFront);
}

static int isRegistration(const CUTRecord *record, const char *name) {
    size_t length = strlen(name);
    return record_id(record) == CUT_REGISTER && record_form(record) >> CUT_FORM_WAY_SHIFT == CUT_WAY_INHERITED
        && word(record, 2) == length && memcmp((const char *)record->words + 24, name, length) == 0;
}

// The spool of the child begins with what it has from its parent; so its launch says which memory it is given.
static void inherited(TestSpool *spool) {
    recorder = "./fake-recorder";
    int isDone = went("inherits", spool);
    recorder = "/nonexistent";
    // Its own spool has another name than the parent's, which the fake recorder does not know.
    unlink(spool->path);
    const char *path = namedSpool();
    TestSpool own;
    REQUIRE(isDone && path && spool_open(&own, path));
    Calls calls = recorded(&own);
    int isRight = calls.count == 3 && isRegistration(calls.at[0], "_Z5scalePKfPfi")
        && isRegistration(calls.at[1], "_Z5clearPf") && record_id(calls.at[2]) == CUT_LAUNCH;
    // Two pointers, one of them to read alone, behind what the launch is given.
    const uint64_t pointers[] = {2, 0 << 8 | 1, 0x111, 1 << 8, 0x222};
    for (uint32_t index = 0; isRight && index < 5; ++index) { isRight = word(calls.at[2], 9 + index) == pointers[index]; }
    spool_remove(&own);
    unlink("recorder.seen");
    REQUIRE(isRight);
}

// It does not wait, and its call is counted.
static void handlerInSearch(TestSpool *spool) {
    REQUIRE(went("handlerInSearch", spool));
    REQUIRE(recorded(spool).count == 2 && spool_session(spool)->lost == 1);
}

const TestCase surroundings[] = {
    {"the first call may come from the smallest stack of a thread", 4, smallStack},
    {"the first call may come from the stack of a signal handler", 4, handlerStack},
    {"a handler inside a call is inside it, wherever its stack is", 4, handlerInside},
    {"calls that are left by longjmp stay in flight, and nothing is inside them", 8, leaves},
    {"threads that end inside a call leave it in flight", 44, endsInside},
    {"locked memory is no more than the segments that are there", 0, lockedMemory},
    {"a program that may map little memory gets most of it, and is recorded", 2, fewAddresses},
    {"a program without a free descriptor is recorded, and its limit stays", 4, fullDescriptors},
    {"a limit on the length of files makes its own spool shorter", 0, shortFiles},
    {"the other major is called when it was looked up, whatever the program is linked with", 4, otherMajor},
    {"another copy of the runtime is called when it was looked up; that it is not recorded is all", 4, otherCopy},
    {"a plugin that looks a runtime up gets that one, and is recorded", 4, copyOfPlugin},
    {"other libraries that stand between get their calls, in front and behind", 4, interposers},
    {"a child begins with the kernels that its parent had, and can tell their pointers", 4, inherited},
    {"a signal handler in the search for a session does not wait for it", 4, handlerInSearch},
};
const size_t surroundingCount = sizeof surroundings / sizeof surroundings[0];
