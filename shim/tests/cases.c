// What the preload library must do, case by case: each runs `program` under it and reads the spool.
//
// Usage: cases LIBRARY. Runs in the folder with program12, program13, the plugins and the fake runtimes.
// Prints one line for each case: "ok NAME", "not ok NAME: why" or "skip NAME: why".
#include "harness.h"

#include "cutape_abi.h"
#include "cutape_hash.h"
#include "cutape_watch.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void argumentsAndResults(TestSpool *spool) {
    REQUIRE(run("./program13", "basic", spool, 0) == 0);
    Calls calls = recorded(spool);
    REQUIRE(calls.count == 6 && calls.modules == 2 && calls.inFlight == 0);
    REQUIRE(spool_session(spool)->lost == 0 && spool_session(spool)->threads == 1);
    const CUTRecord *malloc = calls.at[0], *copy = calls.at[1], *sync = calls.at[2];
    REQUIRE(record_id(malloc) == 10 && malloc->words[0] == 0x2000 && malloc->words[1] == 100);
    REQUIRE(record_id(copy) == 41 && copy->words[0] == 0x10 && copy->words[1] == 0x20 && copy->words[2] == 3);
    REQUIRE(copy->words[3] == 0x30 && copy->kind == 2 && copy->result == 0 && record_slots(copy) == 0);
    REQUIRE(record_form(copy) == CUT_FORM_MAJOR_13);
    REQUIRE(record_id(sync) == 40 && record_form(sync) == (CUT_FORM_MAJOR_13 | 2) && sync->kind == 4);
    REQUIRE(calls.at[3]->result == 2 && calls.at[3]->words[0] > 0x7f0000000000); // failed: the pointer itself
    REQUIRE(calls.at[4]->result == 0 && calls.at[4]->words[0] == 0);             // nowhere to look
    REQUIRE(copy->begin > malloc->begin);
}

static void majorTwelve(TestSpool *spool) {
    REQUIRE(run("./program12", "basic", spool, 0) == 0);
    Calls calls = recorded(spool);
    REQUIRE(calls.count == 6 && record_form(calls.at[1]) == 0 && record_form(calls.at[2]) == 2);
}

// The number of words of a call of this function with all arguments zero.
static uint32_t wordsOf(const CUTApiInfo *info) {
    uint32_t words = 0;
    for (uint32_t index = 0; index < info->fieldCount; ++index) {
        words += strcmp(info->fields[index].role, "kind") != 0;
    }
    return words;
}

// Whether a row is a function of the library of `major`, 12 or 13, or 0 for the driver.
static int isOf(const CUTApiInfo *info, uint32_t major) {
    if (strncmp(info->name, "cu", 2) != 0 || strncmp(info->name, "cutape", 6) == 0) {
        if (strncmp(info->name, "__cuda", 6) != 0) { return 0; }
    }
    return info->majors == CUTMajors_both ? major != 0
        : info->majors == CUTMajors_driver ? major == 0
                                           : (uint32_t)info->majors == major;
}

static void everyFunction(TestSpool *spool, const char *program, uint32_t major) {
    REQUIRE(run(program, "all", spool, 0) == 0);
    Calls calls = recorded(spool);
    unsigned long index = 0;
    for (uint32_t row = 0; row < cut_apiCount(); ++row) {
        const CUTApiInfo *info = cut_apiAt(row);
        if (!isOf(info, major)) { continue; }
        for (uint32_t form = 0; form < (info->also == CUTAlso_none ? 1u : 2u); ++form, ++index) {
            REQUIRE(index < 600 && index < calls.count);
            const CUTRecord *record = calls.at[index];
            uint32_t words = wordsOf(info);
            uint32_t slots = words <= 4 ? 0 : (words - 4 + 7) / 8;
            if (record_id(record) != info->id || record_slots(record) != slots || record_inFlight(record)
                || (record_form(record) & 3) != (form ? (uint32_t)info->also : 0)) {
                snprintf(failureText, sizeof failureText, "%s: id %d, %u slots, form %x", info->name, record_id(record),
                    record_slots(record), record_form(record));
                failure = failureText;
                return;
            }
        }
    }
    REQUIRE(index == calls.count);
}

// What a program says without a call of CUDA, however it was linked.
static void annotations(TestSpool *spool) {
    static const char *const programs[] = {"./annotated", "./annotated-fixed"};
    for (int index = 0; index < 2; ++index) {
        TestSpool own = index == 0 ? *spool : spool_make(folder, 4);
        REQUIRE(run(programs[index], "", &own, 0) == 0 && isSilent());
        Calls calls = recorded(&own);
        REQUIRE(calls.count == 3 && calls.modules == 1 && calls.inFlight == 0);
        REQUIRE(record_id(calls.at[0]) == 2 && calls.at[0]->words[1] == 64 && calls.at[0]->words[2] == 0);
        REQUIRE(record_id(calls.at[1]) == 3 && calls.at[1]->words[0] == calls.at[0]->words[0] + 8);
        REQUIRE(calls.at[1]->words[1] == 3 && record_id(calls.at[2]) == 4);
        if (index == 1) { spool_remove(&own); }
    }
}

// What a host function says that a call runs.
static void annotationInside(TestSpool *spool) {
    REQUIRE(run("./program13", "says", spool, 0) == 0);
    Calls calls = recorded(spool);
    REQUIRE(calls.count == 3 && record_id(calls.at[1]) == 3 && calls.at[1]->words[2] == 1);
    REQUIRE(record_form(calls.at[1]) & CUT_FORM_NESTED);
    REQUIRE(record_id(calls.at[2]) == 2 && calls.at[2]->words[2] == 0);
}

// The touches of a watched program; their places are in the program itself.
static void watching(TestSpool *spool) {
    REQUIRE(run("./program13", "watched", spool, "CUTAPE_WATCH_HOST=1") == 0 && isSilent());
    Calls calls = recorded(spool);
    unsigned long touches = 0, downloads = 0;
    for (unsigned long index = 0; index < calls.count; ++index) {
        const CUTRecord *touch = calls.at[index];
        if (record_id(touch) != 6 && record_id(touch) != 7) { continue; }
        ++touches;
        downloads += record_id(touch) == 7;
        REQUIRE(touch->words[0] % touch->words[1] == 0 && touch->words[2] == 0);
        REQUIRE((touch->site ^ calls.at[0]->site) << 16 >> 40 == 0); // not in the C library
    }
    REQUIRE(touches == 6 && downloads == 1 && calls.inFlight == 0);
}

static void watchingDriver(TestSpool *spool) {
    REQUIRE(run("./driver", "watched", spool, "CUTAPE_WATCH_HOST=1") == 0 && isSilent());
    Calls calls = recorded(spool);
    REQUIRE(calls.count == 4 && record_id(calls.at[0]) == 1003 && record_id(calls.at[2]) == 1005);
    REQUIRE(record_id(calls.at[1]) == 6 && calls.at[1]->words[0] == calls.at[0]->words[1] && calls.at[1]->words[1] == 8);
    REQUIRE(record_id(calls.at[3]) == 7 && calls.at[3]->words[0] == calls.at[2]->words[0]);
}

static void notWatching(TestSpool *spool) {
    REQUIRE(run("./program13", "ownTraps", spool, "CUTAPE_WATCH_HOST=1") == 0 && isSilent());
    REQUIRE(recorded(spool).count == 2);
}

static void breakpoints(TestSpool *spool) {
    int status = run("./program13", "breakpoint", spool, "CUTAPE_WATCH_HOST=1");
    REQUIRE(WIFSIGNALED(status) && WTERMSIG(status) == SIGTRAP);
}

// Whether a launch names the pointers `expected`: pairs of the first word of an item and the pointer, then 0.
static int hasPointers(const CUTRecord *launch, const uint64_t *expected) {
    uint64_t count = 0;
    while (expected[count * 2]) { ++count; }
    if (word(launch, 9) != count) { return 0; }
    for (uint32_t index = 0; index < count * 2; ++index) {
        if (word(launch, 10 + index) != expected[index]) { return 0; }
    }
    return 1;
}

// What names do not tell is asked of the runtime, once, behind the first launch that has succeeded.
static void layouts(TestSpool *spool) {
    static const uint64_t guessed[] = {0x002, 0x111, 0x202, 0x333, 0}, named[] = {0x001, 0x111, 0x204, 0x333, 0};
    REQUIRE(run("./program13", "layouts", spool, 0) == 0 && isSilent());
    Calls calls = recorded(spool);
    const CUTRecord *const *launch = calls.at + 5;
    REQUIRE(calls.count == 14 && record_id(launch[0]) == 120);
    REQUIRE(word(launch[1], 9) == UINT64_MAX); // an error was waiting
    REQUIRE(hasPointers(launch[2], guessed) && record_slots(launch[2]) > record_slots(launch[3]));
    REQUIRE(hasPointers(launch[3], guessed));
    REQUIRE(hasPointers(launch[4], named)); // an enumeration and an empty structure by value
    REQUIRE(word(launch[5], 9) == UINT64_MAX && word(launch[6], 9) == UINT64_MAX); // a structure may hide pointers
    REQUIRE(word(launch[7], 9) == UINT64_MAX && word(launch[8], 9) == UINT64_MAX); // fewer than the name says
}

static void everyFunction13(TestSpool *spool) { everyFunction(spool, "./program13", 13); }
static void everyFunction12(TestSpool *spool) { everyFunction(spool, "./program12", 12); }
static void everyDriverFunction(TestSpool *spool) { everyFunction(spool, "./driver", 0); }

static uint32_t way(const CUTRecord *record) { return (record_form(record) & CUT_FORM_WAY) >> CUT_FORM_WAY_SHIFT; }

// What the static runtime does: every copy once, in the form that was asked for.
static void staticRuntime(TestSpool *spool) {
    REQUIRE(run("./resolver", "asStaticRuntime", spool, 0) == 0);
    Calls calls = recorded(spool);
    REQUIRE(calls.count == 3 && isSilent());
    REQUIRE(record_id(calls.at[0]) == 1003 && (record_form(calls.at[0]) & 3) == 0 && word(calls.at[0], 3) == 4);
    REQUIRE(record_id(calls.at[1]) == 1003 && (record_form(calls.at[1]) & 3) == 1 && word(calls.at[1], 0) == 5);
    REQUIRE(record_id(calls.at[2]) == 1001 && word(calls.at[2], 2) == 10);
    for (int index = 0; index < 3; ++index) { REQUIRE(way(calls.at[index]) == CUT_WAY_PROC); }
}

static void missingFunctions(TestSpool *spool) {
    REQUIRE(run("./resolver", "missing", spool, 0) == 0 && isSilent());
    REQUIRE(run("./resolver", "noCuda", spool, 0) == 0 && isSilent());
    REQUIRE(recorded(spool).count == 0);
}

static void handles(TestSpool *spool) {
    REQUIRE(run("./resolver", "byHandle", spool, 0) == 0 && isSilent());
    Calls calls = recorded(spool);
    REQUIRE(calls.count == 2);
    REQUIRE(record_id(calls.at[0]) == 41 && record_id(calls.at[1]) == 41);
    REQUIRE(record_form(calls.at[0]) == (CUT_WAY_DLSYM << CUT_FORM_WAY_SHIFT));
    REQUIRE(record_form(calls.at[1]) == (CUT_WAY_DLSYM << CUT_FORM_WAY_SHIFT | CUT_FORM_MAJOR_13));
}

static void unrelatedNames(TestSpool *spool) {
    REQUIRE(run("./resolver", "unrelated", spool, 0) == 0 && isSilent());
    REQUIRE(recorded(spool).count == 0);
}

// Two forms of the resolver, each found through itself: every copy once.
static void resolverItself(TestSpool *spool) {
    REQUIRE(run("./resolver", "itself", spool, 0) == 0 && isSilent());
    Calls calls = recorded(spool);
    REQUIRE(calls.count == 3);
    for (int index = 0; index < 3; ++index) {
        REQUIRE(record_id(calls.at[index]) == 1003 && word(calls.at[index], 0) == 4u + (unsigned)index);
        REQUIRE(way(calls.at[index]) == CUT_WAY_PROC);
    }
}

static void perThreadFlag(TestSpool *spool) {
    static const struct {
        uint16_t id;
        uint8_t variant;
    } expected[] = {{1003, 1}, {1002, 2}, {1003, 0}, {1002, 0}};
    REQUIRE(run("./resolver", "perThread", spool, 0) == 0 && isSilent());
    Calls calls = recorded(spool);
    REQUIRE(calls.count == 4);
    for (int index = 0; index < 4; ++index) {
        REQUIRE(record_id(calls.at[index]) == expected[index].id);
        REQUIRE((record_form(calls.at[index]) & CUT_FORM_VARIANT) == expected[index].variant);
    }
}

static void repeatedLookUps(TestSpool *spool) {
    REQUIRE(run("./resolver", "again", spool, 0) == 0 && isSilent());
    Calls calls = recorded(spool);
    REQUIRE(calls.count == 2 && record_id(calls.at[0]) == 41 && record_id(calls.at[1]) == 1003);
}

static void nextAfterCaller(TestSpool *spool) {
    REQUIRE(run("./resolver", "next", spool, 0) == 0 && isSilent());
    REQUIRE(recorded(spool).count == 0);
}

static void entryPoints(TestSpool *spool) {
    REQUIRE(run("./resolver", "entryPoint", spool, 0) == 0 && isSilent());
    Calls calls = recorded(spool);
    REQUIRE(calls.count == 2 && record_id(calls.at[0]) == 321 && record_id(calls.at[1]) == 1003);
    REQUIRE(way(calls.at[1]) == CUT_WAY_ENTRY_POINT);
}

// The runtime calls the driver inside its own functions: one copy is one record.
static void driverInsideRuntime(TestSpool *spool) {
    REQUIRE(run("./program13", "driverInside", spool, 0) == 0 && isSilent());
    Calls calls = recorded(spool);
    REQUIRE(calls.count == 2 && record_id(calls.at[0]) == 41 && record_id(calls.at[1]) == 1003);
    REQUIRE((record_form(calls.at[1]) & CUT_FORM_NESTED) == 0);
}

static void driverInsideKept(TestSpool *spool) {
    REQUIRE(run("./program13", "driverInside", spool, "CUTAPE_NESTED=1") == 0 && isSilent());
    Calls calls = recorded(spool);
    REQUIRE(calls.count == 3 && record_id(calls.at[0]) == 41 && record_id(calls.at[1]) == 1003);
    REQUIRE((record_form(calls.at[1]) & CUT_FORM_NESTED) != 0);
}


static void fourThreads(TestSpool *spool) {
    REQUIRE(run("./program13", "threads", spool, 0) == 0);
    Calls calls = recorded(spool);
    REQUIRE(calls.count == 200000 && calls.isOrdered && spool_session(spool)->lost == 0);
    REQUIRE(spool_session(spool)->threads == 4 && calls.modules == 2 && calls.inFlight == 0);
    for (int thread = 1; thread <= 4; ++thread) { REQUIRE(calls.last[thread] == 50000); }
}

static void exactLosses(TestSpool *spool) {
    REQUIRE(run("./program13", "many", spool, 0) == 0);
    Calls calls = recorded(spool);
    REQUIRE(calls.isOrdered && calls.count < 50000);
    REQUIRE(calls.count + spool_session(spool)->lost == 50000);
}

static void endedSession(TestSpool *spool) {
    spool_session(spool)->ended = 1;
    REQUIRE(run("./program13", "many", spool, 0) == 0);
    REQUIRE(recorded(spool).count == 0 && spool_session(spool)->lost == 0);
}

static uint32_t segmentsIn(const TestSpool *spool, CUTSegmentState state) {
    uint32_t count = 0;
    for (uint32_t index = 0; index < spool->segments; ++index) {
        count += cut_segmentAt(spool->bytes, index)->state == state;
    }
    return count;
}

// The threads that are seen, and whether each has a name and an id of its own.
typedef struct Seen {
    uint32_t threads;
    uint32_t last;
    int isNamed;
} Seen;

static int seeThread(const CUTRecord *record, const CUTSegment *segment, void *context) {
    (void)record;
    Seen *seen = context;
    if (segment->thread == seen->last) { return 1; }
    int isNamed = segment->tid != 0 && strcmp(segment->name, "program13") == 0;
    seen->isNamed = seen->threads == 0 ? isNamed : seen->isNamed && isNamed;
    ++seen->threads;
    seen->last = segment->thread;
    return 1;
}

static void endedThreads(TestSpool *spool) {
    REQUIRE(run("./program13", "shortThreads", spool, 0) == 0);
    REQUIRE(spool_session(spool)->threads == 10 && segmentsIn(spool, CUT_SEGMENT_FREE) == spool->segments - 1);
    REQUIRE(recorded(spool).count == 10);
    Seen seen = {0};
    spool_walk(spool, 0, seeThread, &seen);
    REQUIRE(seen.threads == 10 && seen.isNamed);
}

// Many short threads, each with calls, some of them from the destructors of other keys: they take turns in a segment,
// and none of their calls is lost.
static void manyThreads(TestSpool *spool) {
    REQUIRE(run("./program13", "manyThreads", spool, 0) == 0);
    REQUIRE(spool_session(spool)->threads == 10000 && spool_session(spool)->lost == 0);
    REQUIRE(recorded(spool).count == 30000 && segmentsIn(spool, CUT_SEGMENT_CLOSED) <= 5);
}

// Copies of two kinds, each with marks that only grow.
typedef struct Marks {
    unsigned long count;
    unsigned long last[2];
    int isRight;
} Marks;

static int seeMark(const CUTRecord *record, const CUTSegment *segment, void *context) {
    (void)segment;
    Marks *marks = context;
    if (record_id(record) != 41) { return 1; }
    unsigned long kind = record->words[0] >> 32, mark = record->words[0] & 0xffffffff;
    marks->isRight &= kind < 2 && mark > marks->last[kind] && record->words[2] == 3 && !record_inFlight(record);
    if (kind < 2) { marks->last[kind] = mark; }
    ++marks->count;
    return 1;
}

// Calls in a signal handler, between any two instructions of others: each has its own record.
static void signals(TestSpool *spool) {
    REQUIRE(run("./program13", "signals", spool, 0) == 0 && isSilent());
    Marks marks = {.isRight = 1};
    spool_walk(spool, 0, seeMark, &marks);
    // Both count on: what is missing was counted as lost.
    REQUIRE(marks.isRight && marks.last[1] > 100 && marks.last[0] == 200000);
    REQUIRE(marks.count + spool_session(spool)->lost == marks.last[0] + marks.last[1]);
}

static void forkedChild(TestSpool *spool) {
    REQUIRE(run("./program13", "forks", spool, 0) == 0);
    Calls calls = recorded(spool);
    REQUIRE(calls.count == 2 && calls.isOrdered && calls.inFlight == 0 && isSilent());
}

static void forkedInCall(TestSpool *spool) {
    REQUIRE(run("./program13", "forksInside", spool, 0) == 0);
    Calls calls = recorded(spool);
    REQUIRE(calls.count == 2 && calls.isOrdered && calls.inFlight == 0);
}

static void killedInCall(TestSpool *spool) {
    int status = run("./program13", "killed", spool, 0);
    REQUIRE(WIFSIGNALED(status) && WTERMSIG(status) == 9);
    Calls calls = recorded(spool);
    REQUIRE(calls.count == 100 && calls.isOrdered && calls.inFlight == 1);
    REQUIRE(record_inFlight(calls.at[99]) && calls.at[99]->words[0] == 100 && calls.at[99]->kind == 2);
}

static void stackBuffers(TestSpool *spool) {
    REQUIRE(run("./program13", "stackBuffers", spool, 0) == 0);
    Calls calls = recorded(spool);
    // Where the stack is, the copy, a call inside the function, the way out, two copies from outside.
    const uint16_t ids[] = {91, 5, 41, 85, 5, 41, 41, 91, 5, 41, 85, 5};
    REQUIRE(calls.count == sizeof ids / sizeof ids[0]);
    for (size_t index = 0; index < calls.count; ++index) { REQUIRE(record_id(calls.at[index]) == ids[index]); }
    const CUTRecord *first = calls.at[1], *wayOut = calls.at[4], *threadEnd = calls.at[11];
    uint64_t buffer = calls.at[2]->words[1], start = first->words[1], bytes = first->words[2];
    REQUIRE(first->words[0] <= buffer && buffer - start < bytes);
    REQUIRE(wayOut->words[0] > buffer && wayOut->words[1] == start && wayOut->words[2] == bytes);
    REQUIRE(threadEnd->words[0] == threadEnd->words[1] + threadEnd->words[2]);
}

static void hashedSources(TestSpool *spool) {
    spool_session(spool)->payload = CUT_PAYLOAD_HASH;
    REQUIRE(run("./program13", "payload", spool, 0) == 0);
    Calls calls = recorded(spool);
    const uint16_t ids[] = {91, 8, 41, 84, 9, 8, 43, 90, 41, 41, 40, 8, 41, 90};
    REQUIRE(calls.count == sizeof ids / sizeof ids[0]);
    for (size_t index = 0; index < calls.count; ++index) { REQUIRE(record_id(calls.at[index]) == ids[index]); }
    char source[1000];
    for (int index = 0; index < 1000; ++index) { source[index] = (char)index; }
    CUTHash before = cut_hashBegin(), after = cut_hashBegin(), rows = cut_hashBegin();
    cut_hashAdd(&before, source, 1000);
    source[999] ^= 1;
    cut_hashAdd(&after, source, 1000);
    for (int row = 0; row < 10; ++row) { cut_hashAdd(&rows, source + row * 100, 10); }
    const CUTRecord *first = calls.at[1], *changed = calls.at[4], *second = calls.at[5];
    REQUIRE(first->words[1] == 0 && first->words[2] == 1000 && first->words[3] == cut_hashEnd(&before));
    REQUIRE(changed->words[0] == first->words[0] && changed->words[1] == cut_hashEnd(&after));
    REQUIRE(second->words[0] != first->words[0] && second->words[2] == 100 && second->words[3] == cut_hashEnd(&rows));
}

// What the pieces of contents add up to, one after the other.
typedef struct Contents {
    unsigned long pieces;
    unsigned long whole; // contents of which the last piece came
    uint64_t last;       // where the next piece has to begin
    CUTHash hash;
    int isRight;
} Contents;

static int addPiece(const CUTRecord *record, const CUTSegment *segment, void *context) {
    (void)segment;
    Contents *contents = context;
    if (record_id(record) != 900) { return 1; }
    uint64_t bytes = word(record, 1), offset = word(record, 2), left = bytes - offset;
    uint64_t count = left < CUT_CONTENT_BYTES ? left : CUT_CONTENT_BYTES;
    if (offset == 0) { contents->last = 0, contents->hash = cut_hashBegin(); }
    contents->isRight &= offset == contents->last && word(record, 3) == (count + 7) / 8 && !record_inFlight(record);
    cut_hashAdd(&contents->hash, &record->words[CUT_CONTENT_WORDS], count);
    contents->last += count;
    ++contents->pieces;
    if (contents->last == bytes) {
        ++contents->whole;
        contents->isRight &= cut_hashEnd(&contents->hash) == word(record, 0);
    }
    return 1;
}

static Contents contentsOf(const TestSpool *spool) {
    Contents contents = {.isRight = 1};
    spool_walk(spool, 0, addPiece, &contents);
    return contents;
}

static void keptBytes(TestSpool *spool) {
    spool_session(spool)->payload = CUT_PAYLOAD_FULL;
    REQUIRE(run("./program13", "contents", spool, 0) == 0);
    Calls calls = recorded(spool);
    Contents contents = contentsOf(spool);
    // 999 bytes once, and 420000 once.
    REQUIRE(contents.isRight && contents.whole == 2 && contents.pieces == 1 + 420000 / CUT_CONTENT_BYTES + 1);
    REQUIRE(calls.count == contents.pieces + 4 /* sources */ + 5 /* calls */ && spool_session(spool)->leftOut == 0);
    const CUTRecord *source = calls.at[1], *piece = calls.at[2];
    REQUIRE(record_id(source) == 8 && record_id(piece) == 900 && record_id(calls.at[3]) == 41);
    REQUIRE(word(piece, 0) == source->words[3] && word(piece, 1) == 999 && word(piece, 2) == 0);
    const char *bytes = (const char *)&piece->words[CUT_CONTENT_WORDS];
    for (unsigned index = 0; index < 999; ++index) { REQUIRE(bytes[index] == (char)(index * 31 + index / 251)); }
    REQUIRE(bytes[999] == 0);
}

static void hashesOnly(TestSpool *spool) {
    spool_session(spool)->payload = CUT_PAYLOAD_HASH;
    REQUIRE(run("./program13", "contents", spool, 0) == 0);
    REQUIRE(contentsOf(spool).pieces == 0 && recorded(spool).count == 4 + 5);
}

static void contentsLeftOut(TestSpool *spool) {
    spool_session(spool)->payload = CUT_PAYLOAD_FULL;
    REQUIRE(run("./program13", "tooMuch", spool, 0) == 0);
    CUTSession *session = spool_session(spool);
    Contents contents = contentsOf(spool);
    REQUIRE(contents.isRight && contents.whole > 10 && contents.whole + session->leftOut == 100);
    REQUIRE(session->leftOutBytes == session->leftOut * 200000);
    REQUIRE(session->lost == 0 && recorded(spool).count - contents.pieces == 1 + 100 * 502);
    REQUIRE(cut_segmentsLeft(session) >= session->maxSegments / 2 - 4);
    uint32_t free = 0;
    for (uint32_t index = 0; index < spool->segments; ++index) {
        free += cut_segmentAt(spool->bytes, index)->state == CUT_SEGMENT_FREE;
    }
    REQUIRE(free == cut_segmentsLeft(session));
}

// The examples of the specification and of the reference implementation.
static void hashFunction(TestSpool *spool) {
    (void)spool;
    const struct { const char *text; uint64_t hash; } known[] = {
        {"", 0xef46db3751d8e999}, {"abc", 0x44bc2cf5ad770999},
        {"xxhash is a fast non-cryptographic hash, more than 32 bytes long", 0x358cb19665ad3ff5}};
    for (int index = 0; index < 3; ++index) {
        CUTHash whole = cut_hashBegin(), bytewise = cut_hashBegin();
        cut_hashAdd(&whole, known[index].text, strlen(known[index].text));
        for (const char *at = known[index].text; *at; ++at) { cut_hashAdd(&bytewise, at, 1); }
        REQUIRE(cut_hashEnd(&whole) == known[index].hash && cut_hashEnd(&bytewise) == known[index].hash);
    }
}

static void errnoKept(TestSpool *spool) { REQUIRE(run("./program13", "keepErrno", spool, 0) == 0); }

// 40000 calls inside one: the segment of the outer one stays open until it has returned.
static void nestedCalls(TestSpool *spool) {
    REQUIRE(run("./program13", "nested", spool, 0) == 0);
    Calls calls = recorded(spool);
    REQUIRE(calls.count == 40002 && calls.inFlight == 0 && spool_session(spool)->lost == 0);
    REQUIRE(record_id(calls.at[0]) == 90 && record_form(calls.at[0]) == CUT_FORM_MAJOR_13);
    REQUIRE(record_form(calls.at[1]) == (CUT_FORM_MAJOR_13 | CUT_FORM_NESTED));
    uint32_t states[3] = {0};
    for (uint32_t index = 0; index < spool->segments; ++index) { ++states[cut_segmentAt(spool->bytes, index)->state]; }
    REQUIRE(states[CUT_SEGMENT_OPEN] == 1 && states[CUT_SEGMENT_CLOSED] == 2);
}

static void launches(TestSpool *spool) {
    REQUIRE(run("./program13", "launches", spool, 0) == 0);
    Calls calls = recorded(spool);
    REQUIRE(calls.count == 8);
    REQUIRE(record_id(calls.at[0]) == 130 && word(calls.at[0], 1) == 0x7000);
    const CUTRecord *function = calls.at[1];
    REQUIRE(record_id(function) == 134 && word(function, 2) == 14);
    REQUIRE(memcmp((char *)function->words + 24, "_Z5scalePKfPfi", 15) == 0);
    const CUTRecord *launch = calls.at[3];
    REQUIRE(record_id(launch) == 120 && word(launch, 0) == word(function, 1));
    const uint64_t expected[] = {1, 2, 3, 4, 5, 6, 7, 8, 2, 0 << 8 | 1, 0x111, 1 << 8, 0x222};
    for (uint32_t index = 0; index < 13; ++index) { REQUIRE(word(launch, index + 1) == expected[index]); }
    const CUTRecord *byHandle = calls.at[5];
    REQUIRE(record_id(calls.at[4]) == 126 && word(calls.at[4], 0) == 0xabc0);
    REQUIRE(record_id(byHandle) == 123 && word(byHandle, 0) == 0xabc0 && (record_form(byHandle) & 3) == 1);
    for (uint32_t index = 0; index < 13; ++index) { REQUIRE(word(byHandle, index + 1) == expected[index]); }
    REQUIRE(record_id(calls.at[6]) == 121 && word(calls.at[6], 9) == 0xe1 && word(calls.at[6], 10) == UINT64_MAX && word(calls.at[6], 7) == 9);
    REQUIRE(record_id(calls.at[7]) == 135 && word(calls.at[7], 3) == 64 && word(calls.at[7], 6) == 8);
}

static void batches(TestSpool *spool) {
    REQUIRE(run("./program13", "batch", spool, 0) == 0);
    Calls calls = recorded(spool);
    const uint64_t expected[] = {5, 3, 1, 4, 7, 1, 2, 5, 8, 1, 3, 6, 9, 3};
    REQUIRE(calls.count == 2);
    for (uint32_t index = 0; index < 14; ++index) { REQUIRE(word(calls.at[0], index) == expected[index]); }
    // What does not fit is cut, and says so.
    REQUIRE(word(calls.at[1], 1) == (CUT_MAX_WORDS - 2) / 4 && (record_form(calls.at[1]) & CUT_FORM_TRUNCATED));
    REQUIRE(record_slots(calls.at[1]) == CUT_MAX_SLOTS && !(record_form(calls.at[0]) & CUT_FORM_TRUNCATED));
}

static void structures(TestSpool *spool) {
    REQUIRE(run("./program13", "threeDimensions", spool, 0) == 0);
    Calls calls = recorded(spool);
    REQUIRE(calls.count == 1 && calls.at[0]->kind == 3);
    for (uint32_t index = 0; index < 20; ++index) { REQUIRE(word(calls.at[0], index) == index + 1); }
}

static int hasWords(const CUTRecord *record, uint16_t id, const uint64_t *expected, uint32_t count) {
    if (record_id(record) != id) { return 0; }
    for (uint32_t index = 0; index < count; ++index) {
        if (word(record, index) != expected[index]) { return 0; }
    }
    return 1;
}
#define HAS_WORDS(record, id, ...) \
    hasWords(record, id, (uint64_t[]){__VA_ARGS__}, sizeof((uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t))

static void nodes(TestSpool *spool) {
    REQUIRE(run("./program13", "addNodes", spool, 0) == 0);
    Calls calls = recorded(spool);
    REQUIRE(calls.count == 5);
    REQUIRE(HAS_WORDS(calls.at[0], 370, 0x77, 9, 2, 1, 2, 3, 0xa, 0xb) && calls.at[0]->kind == 2);
    REQUIRE(HAS_WORDS(calls.at[1], 370, 0, 0, 0, 1, 2, 3));
    REQUIRE(HAS_WORDS(calls.at[2], 373, 0x77, 9, 1, 0, 0, 0, 0, 0, 0, 0xa));
    REQUIRE(HAS_WORDS(calls.at[3], 373, 0x77, 9, 1, 1, 2, 3, 4, 5, 6, 0xb));
    REQUIRE(HAS_WORDS(calls.at[4], 374, 0x77, 9, 0, 64, 1, 0));
}

static void kernelNodes(TestSpool *spool) {
    REQUIRE(run("./program13", "addKernels", spool, 0) == 0);
    Calls calls = recorded(spool);
    REQUIRE(calls.count == 4);
    uint64_t stub = word(calls.at[0], 1);
    REQUIRE(HAS_WORDS(
        calls.at[1], 366, 0x77, 9, 2, stub, 1, 2, 3, 4, 5, 6, 7, 2, 0xa, 0xb, 0 << 8 | 1, 0x111, 1 << 8, 0x222));
    REQUIRE(HAS_WORDS(calls.at[2], 427, 0xe, 0x77, stub, 1, 2, 3, 4, 5, 6, 7, UINT64_MAX));
    REQUIRE(HAS_WORDS(
        calls.at[3], 404, 0xc, 0, 8, 2, stub, 1, 2, 3, 4, 5, 6, 7, 0 << 8 | 1, 0x111, 1 << 8, 0x222));
}

static void lists(TestSpool *spool, const char *program, uint16_t info, uint16_t edges) {
    REQUIRE(run(program, "listNodes", spool, 0) == 0);
    Calls calls = recorded(spool);
    REQUIRE(calls.count == 5);
    REQUIRE(HAS_WORDS(calls.at[0], 411, 9, 2, 2, 0xa, 0xb) && HAS_WORDS(calls.at[1], 411, 9, 2, 0));
    // A status of four bytes, whatever it is, and not where it was wanted.
    REQUIRE(HAS_WORDS(calls.at[2], 347, 5) && word(calls.at[2], 1) == (uint32_t)word(calls.at[2], 1));
    REQUIRE(HAS_WORDS(calls.at[3], info, 5, 1, 9, 1, 0xd));
    REQUIRE(HAS_WORDS(calls.at[4], edges, 9, (CUT_MAX_WORDS - 2) / 2));
    REQUIRE(record_form(calls.at[4]) & CUT_FORM_TRUNCATED);
}
static void lists13(TestSpool *spool) { lists(spool, "./program13", 349, 384); }
static void lists12(TestSpool *spool) { lists(spool, "./program12", 350, 383); }

static void driverMemory(TestSpool *spool) {
    REQUIRE(run("./driver", "memory", spool, 0) == 0 && isSilent());
    Calls calls = recorded(spool);
    REQUIRE(calls.count == 8);
    REQUIRE(HAS_WORDS(calls.at[0], 1090, 0x77, 1, 1, 2) && HAS_WORDS(calls.at[1], 1094, 0x77, 2, 1, 3, 3, 1, 4, 0));
    REQUIRE(HAS_WORDS(calls.at[2], 1093, 0x77, 4, 1ull << 33) && HAS_WORDS(calls.at[3], 1102, 2, 0, 1, 0x77));
    REQUIRE(HAS_WORDS(calls.at[4], 1134, 8, 0, 2, 0x1000, 64, 1, 5, 0x2000, 65, 2, 0));
    REQUIRE(HAS_WORDS(calls.at[5], 1112, 0x88, 0x200000, 1, 1, 6, 0));
    REQUIRE(HAS_WORDS(calls.at[6], 1116, 0x1000, 0x200000, 1, 1, 3, 3));
    REQUIRE(HAS_WORDS(calls.at[7], 1027, 8, 0, 1, 2, 4, 5, 6, 7, 1, 1, 2, 3, 0, 8, 9, 10, 2));
}

static void driverGraphs(TestSpool *spool) {
    REQUIRE(run("./driver", "graphs", spool, 0) == 0 && isSilent());
    Calls calls = recorded(spool);
    REQUIRE(calls.count == 10);
    REQUIRE(HAS_WORDS(
        calls.at[0], 1345, 0x77, 9, 2, 0, 1, 2, 3, 4, 5, 6, 10, 7, 8, 9, 0, 11, 12, 13, 14, 15, 0xa, 0xb));
    REQUIRE(HAS_WORDS(calls.at[1], 1393, 0xe, 0x77, 0, 1, 2, 3, 4, 5, 6, 10, 7, 8, 9, 0, 11, 12, 13, 14, 15));
    REQUIRE(calls.at[0]->kind == 1 && calls.at[1]->kind == 1);
    // As the runtime's structure has it, with its two words more.
    REQUIRE(HAS_WORDS(
        calls.at[2], 1354, 0x77, 9, 2, 1, 20, 0, 0xa, 0xb, 0, 1, 2, 3, 4, 5, 0, 6, 10, 7, 8, 9, 0, 11, 0, 12, 13, 14, 15,
        1));
    REQUIRE(HAS_WORDS(calls.at[3], 1355, 0x77, 9, 0, 10, 3, 0, 64, 0, 0x5000));
    REQUIRE(HAS_WORDS(calls.at[4], 1354, 0x77, 9, 0, UINT32_MAX, 0, 0));
    REQUIRE(HAS_WORDS(
        calls.at[6], 1342, 0x77, 9, 1, 0x66, 1, 2, 3, 4, 5, 6, 7, 2, 0xa, 0 << 8 | 1, 0x111, 1 << 8, 0x222));
    REQUIRE(HAS_WORDS(
        calls.at[7], 1368, 0x77, 0, 8, 2, 0x66, 1, 2, 3, 4, 5, 6, 7, 0 << 8 | 1, 0x111, 1 << 8, 0x222));
    REQUIRE(HAS_WORDS(calls.at[8], 1394, 0xe, 0x77, 1, 2, 3, 4, 5, 6));
    REQUIRE(HAS_WORDS(calls.at[9], 1310, 5, 1, 9, 1, 0xd));
}

static void twoMajors(TestSpool *spool) {
    REQUIRE(run("./program13", "plugins", spool, 0) == 0);
    Calls calls = recorded(spool);
    REQUIRE(calls.count == 2 && calls.modules == 4);
    REQUIRE(record_form(calls.at[0]) == 0 && record_form(calls.at[1]) == CUT_FORM_MAJOR_13);
}

// The auditor beside the library, as an entry of the environment.
static const char *auditor(void) {
    static char entry[512];
    snprintf(entry, sizeof entry, "LD_AUDIT=%.*s-audit.so", (int)(strlen(library) - 3), library);
    return entry;
}

// The two calls of each major that plugins make which were opened with RTLD_DEEPBIND.
static void deepPlugins(TestSpool *spool) {
    REQUIRE(run("./program13", "deepPlugins", spool, auditor()) == 0 && isSilent());
    Calls calls = recorded(spool);
    REQUIRE(calls.count == 4);
    for (int index = 0; index < 4; ++index) {
        uint32_t expected = (index % 2 ? CUT_FORM_MAJOR_13 : 0)
            | (index < 2 ? CUT_WAY_LINKED : CUT_WAY_DLSYM) << CUT_FORM_WAY_SHIFT;
        REQUIRE(record_form(calls.at[index]) == expected);
    }
}

static void lazyDeepPlugins(TestSpool *spool) {
    REQUIRE(run("./program13", "lazyPlugins", spool, auditor()) == 0 && isSilent());
    REQUIRE(recorded(spool).count == 2);
}

// Preloading alone does not see them: the program runs as ever.
static void deepPluginsUnseen(TestSpool *spool) {
    REQUIRE(run("./program13", "deepPlugins", spool, 0) == 0 && isSilent());
    REQUIRE(recorded(spool).count == 0);
}

// With an auditor everything is recorded once and in the same way as without.
static void auditedAlike(TestSpool *spool) {
    (void)spool;
    static const char *const runs[][2] = {
        {"./program13", "basic"},       {"./program12", "basic"},        {"./program13", "plugins"},
        {"./program13", "driverInside"}, {"./program13", "nothing"},      {"./resolver", "asStaticRuntime"},
        {"./resolver", "byHandle"},     {"./resolver", "missing"},       {"./resolver", "noCuda"},
        {"./resolver", "unrelated"},    {"./resolver", "next"},          {"./resolver", "entryPoint"},
        {"./resolver", "again"},        {"./program13", "nearbyPlugin"}, {"./driver", ""},
        {"./program0", ""},             {"./program13", "launches"}};
    for (size_t index = 0; index < sizeof runs / sizeof runs[0]; ++index) {
        TestSpool plain = spool_make(folder, 4), audited = spool_make(folder, 4);
        int status = run(runs[index][0], runs[index][1], &plain, 0);
        int isSame = run(runs[index][0], runs[index][1], &audited, auditor()) == status;
        Calls one = recorded(&plain), other = recorded(&audited);
        isSame = isSame && one.count == other.count && one.modules == other.modules;
        for (unsigned long at = 0; isSame && at < one.count && at < 400; ++at) {
            isSame = record_id(one.at[at]) == record_id(other.at[at])
                && record_form(one.at[at]) == record_form(other.at[at]);
        }
        spool_remove(&plain);
        spool_remove(&audited);
        if (!isSame) { fprintf(stderr, "%s %s\n", runs[index][0], runs[index][1]); }
        REQUIRE(isSame);
    }
}

static void nearbyPlugin(TestSpool *spool) {
    REQUIRE(run("./program13", "nearbyPlugin", spool, 0) == 0 && isSilent());
    REQUIRE(run("./program13", "nearbyPlugin", spool, auditor()) == 0 && isSilent());
}

typedef struct Modules {
    int count;
    const CUTRecord *at[2];
} Modules;

static int gatherModules(const CUTRecord *record, const CUTSegment *segment, void *context) {
    (void)segment;
    Modules *modules = context;
    if (modules->count < 2) { modules->at[modules->count++] = record; }
    return modules->count < 2;
}

// Whether a record is the one of the object whose path ends in `name`, and which holds `address` if that is given.
static int isModule(const CUTRecord *record, const char *name, uint64_t address) {
    uint64_t length = word(record, 6), bytes = strlen(name);
    return record_id(record) == 1 && length > bytes
        && memcmp((char *)record->words + 56 + length - bytes, name, bytes) == 0
        && (!address || (address > word(record, 0) && address < word(record, 1)));
}

static void moduleOfCaller(TestSpool *spool) {
    REQUIRE(run("./program13", "basic", spool, 0) == 0);
    Modules modules = {0};
    spool_walk(spool, 0, gatherModules, &modules);
    Calls calls = recorded(spool);
    REQUIRE(modules.count == 2 && isModule(modules.at[0], "/program13", calls.at[0]->site & 0xffffffffffff));
    REQUIRE(isModule(modules.at[1], "/libcudart.so.13", 0));
    REQUIRE(word(modules.at[0], 2) == 20); // the build id that linkers make
}

static void orphanCaller(TestSpool *spool) {
    REQUIRE(run("./program0", "orphan", spool, 0) == 0);
    REQUIRE(recorded(spool).count == 0);
}

static void beforeMain(TestSpool *spool) {
    REQUIRE(run("./program13", "nothing", spool, "CUT_TEST_EARLY=1") == 0);
    Calls calls = recorded(spool);
    REQUIRE(calls.count == 1 && calls.at[0]->words[0] == 0xea);
}

static void noCalls(TestSpool *spool) {
    REQUIRE(run("./program13", "nothing", spool, 0) == 0);
    REQUIRE(spool_session(spool)->owner == 0);
}

static void claimedByAnother(TestSpool *spool) {
    spool_session(spool)->owner = 1;
    REQUIRE(run("./program13", "many", spool, 0) == 0);
    REQUIRE(recorded(spool).count == 0 && isSilent());
}

static void otherVersion(TestSpool *spool) {
    spool_session(spool)->version = CUT_SPOOL_VERSION + 1;
    REQUIRE(run("./program13", "many", spool, 0) == 0);
    REQUIRE(spool_session(spool)->owner == 0 && spool_session(spool)->threads == 0 && isSilent());
}

static void noRecorder(TestSpool *spool) {
    (void)spool;
    REQUIRE(run("./program13", "many", 0, 0) == 0);
    REQUIRE(isSilent() && !onlySpool());
}

// A recorder that cannot be executed leaves nothing behind.
static void brokenRecorder(TestSpool *spool) {
    (void)spool;
    recorder = "./broken-recorder";
    int status = run("./program13", "alone", 0, 0);
    recorder = "/nonexistent";
    REQUIRE(status == 0 && isSilent() && !onlySpool());
}

static void ownRecorder(TestSpool *spool) {
    (void)spool;
    recorder = "./fake-recorder";
    int status = run("./program13", "alone", 0, "CUTAPE_OUTPUT=%p.trace");
    recorder = "/nonexistent";
    const char *path = namedSpool();
    TestSpool own;
    REQUIRE(status == 0 && isSilent() && path && spool_open(&own, path));
    Calls calls = recorded(&own);
    int isRight = calls.count == 1 && calls.modules == 2 && spool_session(&own)->owner != 0
        && strcmp(spool_session(&own)->output, "%p.trace") == 0;
    spool_remove(&own);
    REQUIRE(isRight);
    // The fake recorder writes down what it got: its arguments, descriptors and environment.
    char seen[4096] = "";
    FILE *file = fopen("recorder.seen", "r");
    REQUIRE(file);
    size_t length = fread(seen, 1, sizeof seen - 1, file);
    fclose(file);
    unlink("recorder.seen");
    REQUIRE(length > 0 && strncmp(seen, "attach spools/cutape.", 21) == 0);
    REQUIRE(strstr(seen, "descriptors 4\n") && !strstr(seen, "LD_PRELOAD"));
}

static const TestCase cases[] = {
    {"a call is recorded with its arguments, its result and its form", 4, argumentsAndResults},
    {"what a program says by cutape.h is recorded, position-independent or not", 4, annotations},
    {"what a host function says is marked", 4, annotationInside},
    {"a caller of CUDA 12 is recorded as one", 4, majorTwelve},
    {"every function of CUDA 13 is forwarded once and recorded with the words of its fields", 4, everyFunction13},
    {"every function of CUDA 12 is forwarded once and recorded with the words of its fields", 4, everyFunction12},
    {"every function of the driver is forwarded once and recorded with the words of its fields", 4, everyDriverFunction},
    {"a program that resolves the driver as the static runtime does is recorded once a call, by form", 4, staticRuntime},
    {"a function that is missing stays missing, for the driver and without CUDA", 4, missingFunctions},
    {"functions looked up by handle are recorded, with the major of their runtime", 4, handles},
    {"names that only begin like CUDA's are left alone", 4, unrelatedNames},
    {"RTLD_NEXT means what comes after the caller", 4, nextAfterCaller},
    {"the resolver looked up through itself is hooked, with four arguments and with five", 4, resolverItself},
    {"the flag for the per-thread default stream gives its functions, with and without a stream", 4, perThreadFlag},
    {"a name that is looked up again and again is one pointer", 4, repeatedLookUps},
    {"what cudaGetDriverEntryPoint hands out is recorded", 4, entryPoints},
    {"a driver call inside a runtime call is part of it", 4, driverInsideRuntime},
    {"a driver call inside a runtime call is kept when asked for", 4, driverInsideKept},
    {"four threads: every call once, in each thread's order, over many segments", 24, fourThreads},
    {"losses are counted exactly when no segment is free", 2, exactLosses},
    {"an ended session takes nothing and counts nothing", 4, endedSession},
    {"a thread that ends leaves its segment to the next one", 12, endedThreads},
    {"10000 threads, and the destructors of their keys: every call, in few segments", 12, manyThreads},
    {"calls in a signal handler have records of their own", 24, signals},
    {"a forked child does not touch its parent's session", 4, forkedChild},
    {"a child forked inside a call does not complete its parent's record", 4, forkedInCall},
    {"SIGKILL inside a call leaves it in flight, with its arguments", 4, killedInCall},
    {"a copy from the stack is followed by the way out of its function", 4, stackBuffers},
    {"sources are hashed when submitted, and again when waited for if they changed", 4, hashedSources},
    {"the bytes of sources are kept once, in pieces, rows one after the other", 4, keptBytes},
    {"no bytes are kept where hashes are enough", 4, hashesOnly},
    {"bytes are left out before a call is lost for them", 24, contentsLeftOut},
    {"the hash is XXH64", 0, hashFunction},
    {"errno is kept", 8, errnoKept},
    {"a call that other calls nest in keeps its segment until it returns", 8, nestedCalls},
    {"launches list their pointers, by stub and by handle", 4, launches},
    {"what the names of kernels do not tell is asked of the runtime, and leaves no error", 4, layouts},
    {"what the program touches of pending copies is recorded, and disturbs nothing", 4, watching},
    {"copies of the driver are watched too", 4, watchingDriver},
    {"a program that handles SIGTRAP is not watched", 4, notWatching},
    {"a breakpoint ends a watched program", 4, breakpoints},
    {"a batch lists its copies, and says when it is cut", 4, batches},
    {"a three-dimensional copy is recorded member by member", 4, structures},
    {"a node is recorded with what it does and what it comes after", 4, nodes},
    {"a node of a kernel lists its pointers behind what it comes after", 4, kernelNodes},
    {"structures of the driver's pools, batches and managed memory are recorded", 4, driverMemory},
    {"structures of the driver's nodes are recorded as those of the runtime", 4, driverGraphs},
    {"nodes that a call lists are recorded, and a list that is cut says so", 4, lists13},
    {"nodes that a call of CUDA 12 lists are recorded", 4, lists12},
    {"two majors in one process each get their own runtime", 4, twoMajors},
    {"plugins opened with RTLD_DEEPBIND are not seen by preloading alone, and run", 4, deepPluginsUnseen},
    {"an auditor sees plugins opened with RTLD_DEEPBIND, what they are linked with and what they look up", 4, deepPlugins},
    {"an auditor sees what is bound at its first call", 4, lazyDeepPlugins},
    {"with an auditor the rest is recorded once and alike", 4, auditedAlike},
    {"a plugin finds the library beside it by its own search path", 4, nearbyPlugin},
    {"the object of a call site is recorded first, and then the library that it calls", 4, moduleOfCaller},
    {"a caller without a runtime gets an error, not a crash", 4, orphanCaller},
    {"calls before main are recorded", 4, beforeMain},
    {"a program without CUDA calls claims nothing", 4, noCalls},
    {"a spool with an owner is left alone", 4, claimedByAnother},
    {"a spool of another version is left alone", 4, otherVersion},
    {"without a recorder the program runs, silently, and leaves nothing", 0, noRecorder},
    {"a recorder that cannot start leaves nothing behind", 0, brokenRecorder},
    {"a program alone starts its recorder and does not notice", 0, ownRecorder},
};

static void runCase(const TestCase *one) {
    failure = skipped = 0;
    if ((one->run == watching || one->run == watchingDriver) && cut_canWatch() != 0) {
        printf("skip %s: the kernel does not let this process watch memory\n", one->name);
        return;
    }
    TestSpool spool = {0};
    if (one->segments > 0) { spool = spool_make(folder, one->segments); }
    one->run(&spool);
    if (one->segments > 0) { spool_remove(&spool); }
    const char *result = failure ? "not ok" : skipped ? "skip" : "ok", *why = failure ? failure : skipped;
    printf("%s %s%s%s\n", result, one->name, why ? ": " : "", why ? why : "");
}

int main(int count, char **arguments) {
    if (count != 2) { return 2; }
    library = arguments[1];
    mkdir(folder, 0700);
    for (size_t index = 0; index < sizeof cases / sizeof cases[0]; ++index) { runCase(&cases[index]); }
    for (size_t index = 0; index < stackCaseCount; ++index) { runCase(&stackCases[index]); }
    for (size_t index = 0; index < surroundingCount; ++index) { runCase(&surroundings[index]); }
    return 0;
}
