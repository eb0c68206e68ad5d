// What the preload library must do with call stacks, case by case: each runs `stacked` under it and reads the spool.
#include "harness.h"

#include <string.h>

enum { COPY = 41, FRAMES = 901, CALL_STACK = 902, MOST_CALLS = 4096 };

// The frames of one stack.
typedef struct Frames {
    uint32_t count;
    int isWhole;
    const CUTRecord *record;
} Frames;

// A call, and its stack; no frames when it has none.
typedef struct Call {
    const CUTRecord *record;
    Frames frames;
} Call;

typedef struct Seen {
    const CUTSegment *segment;
    uint64_t next;       // the stack of the next record in the segment; 0: none
    unsigned long calls; // and how many of them have no stack, or one without frames
    unsigned long bare, lost;
    unsigned long frames; // records of frames
    Call at[MOST_CALLS];  // the first ones
    struct {
        uint64_t key;
        uint32_t thread;
        Frames frames;
    } stacks[2 * MOST_CALLS]; // the first ones
} Seen;

static Seen seen;

static uint64_t frame(Frames frames, uint32_t index) { return cut_recordWord(frames.record, 3 + index); }

static Frames find(uint64_t key, uint32_t thread) {
    for (unsigned long index = 0; index < seen.frames && index < 2 * MOST_CALLS; ++index) {
        if (seen.stacks[index].key == key && seen.stacks[index].thread == thread) { return seen.stacks[index].frames; }
    }
    return (Frames){0};
}

static int look(const CUTRecord *record, const CUTSegment *segment, void *context) {
    (void)context;
    if (seen.segment != segment) { seen.next = 0; }
    seen.segment = segment;
    if (record_id(record) == CALL_STACK) {
        seen.next = record->words[0];
        return 1;
    }
    if (record_id(record) == FRAMES && seen.frames++ < 2 * MOST_CALLS) {
        Frames frames = {(uint32_t)record->words[2], record->words[1] != 0, record};
        seen.stacks[seen.frames - 1].key = record->words[0];
        seen.stacks[seen.frames - 1].thread = segment->thread;
        seen.stacks[seen.frames - 1].frames = frames;
    }
    if (record_id(record) == COPY) {
        Frames frames = seen.next ? find(seen.next, segment->thread) : (Frames){0};
        if (seen.next == 0) { ++seen.bare; }
        if (seen.next != 0 && frames.count == 0) { ++seen.lost; }
        if (seen.calls++ < MOST_CALLS) { seen.at[seen.calls - 1] = (Call){record, frames}; }
    }
    seen.next = 0;
    return 1;
}

// Runs a scenario of `stacked` with call stacks, which must end well and silently.
static int record(const char *scenario, TestSpool *spool) {
    spool_session(spool)->stacks = 1;
    int status = run("./stacked", scenario, spool, 0);
    memset(&seen, 0, sizeof seen);
    spool_walk(spool, 0, look, 0);
    return status == 0 && isSilent();
}

// Whether the frames are the call, who called its function, and who called that one.
static int isRight(const Call *call, uint32_t count) {
    const uint64_t site = call->record->site & 0x0000ffffffffffffull;
    return call->frames.count >= count && frame(call->frames, 0) == site
        && (count < 2 || frame(call->frames, 1) == call->record->words[0])
        && (count < 3 || frame(call->frames, 2) == call->record->words[1]);
}

static int has(Frames frames, uint64_t address) {
    for (uint32_t index = 0; index < frames.count; ++index) {
        if (frame(frames, index) == address) { return 1; }
    }
    return 0;
}

static void throughHelpers(TestSpool *spool) {
    REQUIRE(record("helpers", spool) && seen.calls == 3 && seen.bare == 0 && seen.lost == 0);
    for (int index = 0; index < 3; ++index) {
        REQUIRE(isRight(&seen.at[index], 3) && seen.at[index].frames.isWhole);
        // helpers, main, two of the C library, _start
        REQUIRE(seen.at[index].frames.count == 7);
    }
    // Equal stacks are told once, and what is further out is the same.
    REQUIRE(seen.frames == 2 && seen.at[0].frames.record == seen.at[1].frames.record);
    REQUIRE(seen.at[0].frames.record != seen.at[2].frames.record);
    REQUIRE(frame(seen.at[0].frames, 1) == frame(seen.at[2].frames, 1));
    REQUIRE(frame(seen.at[0].frames, 2) != frame(seen.at[2].frames, 2));
    REQUIRE(frame(seen.at[0].frames, 3) == frame(seen.at[2].frames, 3));
    REQUIRE(spool_session(spool)->stacksLeftOut == 0);
}

static void onlyWhenWanted(TestSpool *spool) {
    REQUIRE(run("./stacked", "helpers", spool, 0) == 0);
    memset(&seen, 0, sizeof seen);
    spool_walk(spool, 0, look, 0);
    REQUIRE(seen.calls == 3 && seen.bare == 3 && seen.frames == 0);
}

static void atDepth(TestSpool *spool) {
    REQUIRE(record("deep", spool) && seen.calls == 1);
    REQUIRE(isRight(&seen.at[0], 3) && seen.at[0].frames.count == 64 && !seen.at[0].frames.isWhole);
}

static void changingDepth(TestSpool *spool) {
    REQUIRE(record("changing", spool) && seen.calls == 2000 && seen.bare == 0 && seen.lost == 0);
    for (unsigned long index = 0; index < 2000; ++index) {
        REQUIRE(isRight(&seen.at[index], 3) && seen.at[index].frames.isWhole);
        REQUIRE(seen.at[index].frames.count == 8 + index % 7);
    }
    REQUIRE(seen.frames == 7);
}

static void inHandler(TestSpool *spool) {
    REQUIRE(record("handled", spool) && seen.calls == 2);
    for (int index = 0; index < 2; ++index) {
        REQUIRE(isRight(&seen.at[index], 2) && seen.at[index].frames.isWhole);
        // The handler returns to the C library, to the first byte of a function, and that to what was interrupted.
        REQUIRE(frame(seen.at[index].frames, 2) == seen.at[index].record->words[1] + 1);
        REQUIRE(seen.at[index].frames.count > 6);
    }
    // Both interrupted one function, and main called that.
    Frames first = seen.at[0].frames, second = seen.at[1].frames;
    REQUIRE(has(second, frame(first, first.count - 1)) && has(second, frame(first, first.count - 4)));
}

static void betweenInstructions(TestSpool *spool) {
    REQUIRE(record("interrupted", spool));
    const CUTSession *session = spool_session(spool);
    REQUIRE(seen.lost == 0 && seen.bare <= session->stacksLeftOut && seen.calls + session->lost > 60000);
    // A signal that comes while a stack is taken leaves its own out.
    REQUIRE(seen.calls - seen.bare > 50000);
}

static void smallStack(TestSpool *spool) {
    REQUIRE(record("smallStack", spool) && seen.calls == 1);
    REQUIRE(isRight(&seen.at[0], 3) && seen.at[0].frames.isWhole);
}

static void withoutTable(TestSpool *spool) {
    REQUIRE(record("withoutTable", spool) && seen.calls == 1);
    // The function without a table is the last one that is known.
    REQUIRE(isRight(&seen.at[0], 3) && seen.at[0].frames.count == 3 && !seen.at[0].frames.isWhole);
}

static void madeCode(TestSpool *spool) {
    REQUIRE(record("madeCode", spool) && seen.calls == 1);
    REQUIRE(isRight(&seen.at[0], 3) && seen.at[0].frames.count == 3 && !seen.at[0].frames.isWhole);
}

static void coroutines(TestSpool *spool) {
    REQUIRE(record("coroutines", spool) && seen.calls == 3);
    for (int index = 0; index < 3; ++index) { REQUIRE(isRight(&seen.at[index], 3)); }
    Frames usual = seen.at[0].frames, odd = seen.at[1].frames, low = seen.at[2].frames;
    REQUIRE(usual.count == 4 && !usual.isWhole);
    REQUIRE(odd.count == 4 && !odd.isWhole && frame(odd, 3) == 0xdeaddeaddeaddeadull);
    REQUIRE(low.count == 4 && !low.isWhole && frame(low, 3) == 0x10);
}

static void whileLoading(TestSpool *spool) {
    REQUIRE(record("loading", spool) && seen.calls > 200 && seen.lost == 0);
}

static void lossesAreExact(TestSpool *spool) {
    REQUIRE(record("many", spool));
    const CUTSession *session = spool_session(spool);
    REQUIRE(seen.calls + session->lost == 50000 && seen.lost == 0);
    // The last segment is for calls alone: as many as fit it are there, without their stacks.
    REQUIRE(session->lost > 0 && seen.bare > 16000 && session->stacksLeftOut >= seen.bare);
}

static void ofThreads(TestSpool *spool) {
    REQUIRE(record("threads", spool) && seen.calls == 4000 && seen.bare == 0 && seen.lost == 0);
    REQUIRE(seen.frames == 4);
}

const TestCase stackCases[] = {
    {"a call stack leads through helpers to main, and equal ones are told once", 4, throughHelpers},
    {"no stack is recorded that nobody wants", 4, onlyWhenWanted},
    {"a stack is cut at 64 frames, and says so", 4, atDepth},
    {"stacks are told apart that differ in their depth alone", 4, changingDepth},
    {"the stack of a signal handler leads to what it interrupted, on a stack of its own too", 4, inHandler},
    {"signal handlers that come at any time find their calls and stacks in order", 24, betweenInstructions},
    {"the stack of a thread with a small stack is walked", 4, smallStack},
    {"a function without unwind tables ends the walk", 4, withoutTable},
    {"code that was made while the program runs ends the walk", 4, madeCode},
    {"the walk ends at the bottom of a coroutine, whatever is there", 4, coroutines},
    {"stacks are walked while another thread loads and unloads", 24, whileLoading},
    {"no call is lost for the sake of a stack", 4, lossesAreExact},
    {"each thread tells its stacks once", 8, ofThreads},
};
const size_t stackCaseCount = sizeof stackCases / sizeof stackCases[0];
