// Conformance probes: small calls whose outcome on a real driver says how CUDA behaves, and on the stand-in whether
// it behaves so.
//
// A *probe* is one function; its outcome is one *row*: an id, the section of the semantics report that it
// belongs to, and named observations. Three kinds of observation exist: the name of a return code, whether a call
// came back while a stream was *held* (hold.c), and which bytes resulted (memory.c). No kernel is needed.
//
// Probes run in child processes that the runner starts (runner.c), so a crash or a hang is the outcome of one row.
// A probe sets up all it needs by itself: it may be run again, in another process, in any order.
#ifndef CUTAPE_CONFORMANCE_H
#define CUTAPE_CONFORMANCE_H

#include <cuda_runtime_api.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum {
    CUT_KIB = 1024,
    CUT_MIB = 1024 * 1024,
    // The size of each buffer of a bench.
    CUT_BENCH_BYTES = 64 * CUT_KIB,
};

#define CUT_COUNT(array) (sizeof(array) / sizeof((array)[0]))

// --- row.c: the outcome of a probe.

struct cut_row;

// Adds an observation. `key` and `value` are copied.
void cut_text(struct cut_row *row, const char *key, const char *value);
void cut_number(struct cut_row *row, const char *key, long long value);
// Adds the name of a return code.
void cut_code(struct cut_row *row, const char *key, cudaError_t code);
// The probe cannot be made here, for the reason given; what it observed so far is dropped.
void cut_skip(struct cut_row *row, const char *reason);
// Whether a call that only prepares the probe succeeded. If not, the row says which call gave which code.
bool cut_prepared(struct cut_row *row, const char *call, cudaError_t code);
#define CUT_PREPARE(row, call) cut_prepared((row), #call, (call))
// Whether the row is still to be filled: nothing was skipped and no preparation failed.
bool cut_is_open(const struct cut_row *row);

// --- hold.c: keeping a stream busy.

// Holds `stream`: work submitted to it from now on cannot begin until it is let go. One hold at a time. A watchdog
// lets it go after a bound, so nothing hangs. False (and the row is closed) when the stream cannot be held.
bool cut_hold(struct cut_row *row, cudaStream_t stream);
// Adds, under `key`, whether the call just made came back "while held" or only "after release".
void cut_returned(struct cut_row *row, const char *key);
// Whether the hold still lasts.
bool cut_is_held(void);
// Lets the stream go (no effect when it is free) and waits for all work of the device.
void cut_release(void);
// For cut_run_probe: begins the first (0) or the second attempt; whether a watchdog ended a hold since.
void cut_hold_start_attempt(int attempt);
bool cut_hold_was_ended_by_watchdog(void);

// --- memory.c: buffers of each class, and what is in them.

enum cut_class { CUT_PAGEABLE, CUT_PINNED, CUT_DEVICE, CUT_MANAGED, CUT_CLASS_COUNT };
extern const char *const cut_class_names[CUT_CLASS_COUNT];

struct cut_buffer {
    unsigned char *bytes;
    size_t size;
    enum cut_class class;
};

// Patterns that differ in every byte; each is a sequence in which a shifted copy shows. By convention a target is
// old, a source new, and what a source is overwritten with after the call is later.
enum cut_pattern { CUT_OLD, CUT_NEW, CUT_LATER, CUT_PATTERN_COUNT };
unsigned char cut_pattern_byte(enum cut_pattern pattern, size_t offset);

// Allocates and fills. False (and the row is closed) when that fails.
bool cut_allocate(struct cut_row *row, struct cut_buffer *buffer, enum cut_class class, size_t size,
                  enum cut_pattern pattern);
void cut_free(struct cut_buffer *buffer);
// Whether the host can read and write the buffer itself.
bool cut_is_host(enum cut_class class);
// Fills a buffer that the host can reach, or any buffer through the runtime.
cudaError_t cut_fill(struct cut_buffer *buffer, enum cut_pattern pattern);
// "old", "new", "later", "mixed" (several of them, in place) or "other".
const char *cut_describe(const unsigned char *bytes, size_t size);
// The content of any buffer, once all work is done: adds it under `key`.
void cut_describe_buffer(struct cut_row *row, const char *key, const struct cut_buffer *buffer);

// --- bench.c: what most probes need, set up at once.

// Buffers hold CUT_BENCH_BYTES of the old pattern, those with 2 the new one. A probe that frees or destroys one
// sets it to NULL.
struct cut_bench {
    struct cut_row *row;
    cudaStream_t stream, stream2, nonBlocking;
    cudaEvent_t event;
    unsigned char *device, *device2, *pinned, *pinned2, *pageable, *pageable2;
    // For what a probe makes by itself.
    void *slot;
};

bool cut_bench_open(struct cut_bench *bench, struct cut_row *row);
void cut_bench_close(struct cut_bench *bench);

// --- bench.c: a call in one stream while that or another one is held.

enum cut_held { CUT_OWN, CUT_BLOCKING, CUT_NON_BLOCKING, CUT_HELD_COUNT };
extern const char *const cut_held_names[CUT_HELD_COUNT];

struct cut_streams {
    cudaStream_t own, other;
};

// Makes the streams and holds the one that `held` names; for a call without a stream its own is the legacy one.
bool cut_open_streams(struct cut_row *row, struct cut_streams *streams, enum cut_held held, bool isAsync);
void cut_close_streams(struct cut_streams *streams);

// --- The list of probes.

struct cut_probe {
    char id[96];
    const char *section;
    // What is done, for people. Static.
    const char *what;
    void (*run)(struct cut_row *row, const struct cut_probe *probe);
    int arguments[4];
    // One call on a bench whose code is the outcome, see CUT_CALL_PROBES.
    cudaError_t (*call)(struct cut_bench *bench);
    // May leave the process in a bad state: it gets a process of its own.
    bool isAlone;
};

struct cut_list {
    struct cut_probe *probes;
    size_t count, capacity;
};

// Appends `probe` with an id made by `format`: `SECTION/...`.
__attribute__((format(printf, 3, 4))) void cut_add(struct cut_list *list, struct cut_probe probe,
                                                   const char *format, ...);

// A table of probes that are one expression on a bench `b`, which gives a code: CALLS(X) has rows
// X(name, what, expression). CALLS(CUT_CALL_FUNCTION) defines their functions, CALLS(CUT_CALL_ROW) lists them.
#define CUT_CALL_FUNCTION(name, what, expression)       \
    static cudaError_t call_##name(struct cut_bench *b) \
    {                                                   \
        (void)b;                                        \
        return (expression);                            \
    }
#define CUT_CALL_ROW(name, what, expression) {#name, what, call_##name},
// The same with a stream that is held meanwhile, and whether the call came back before that ended.
#define CUT_HELD_FUNCTION(name, what, stream, expression) \
    static cudaError_t call_##name(struct cut_bench *b)   \
    {                                                     \
        cut_hold(b->row, (stream));                       \
        cudaError_t code = (expression);                  \
        cut_returned(b->row, "call");                     \
        return code;                                      \
    }
#define CUT_HELD_ROW(name, what, stream, expression) {#name, what, call_##name},
struct cut_call_row {
    const char *name, *what;
    cudaError_t (*call)(struct cut_bench *bench);
};
// Adds a table of calls as SECTION/PREFIXname.
void cut_add_calls(struct cut_list *list, const char *section, const char *prefix,
                   const struct cut_call_row *rows, size_t count, bool isAlone);

// The topics, in the order of their sections.
void cut_add_copies(struct cut_list *list);
void cut_add_fills(struct cut_list *list);
void cut_add_streams(struct cut_list *list);
void cut_add_default_streams(struct cut_list *list);
void cut_add_implicit(struct cut_list *list);
void cut_add_events(struct cut_list *list);
void cut_add_capture(struct cut_list *list);
void cut_add_graphs(struct cut_list *list);
void cut_add_pools(struct cut_list *list);
void cut_add_created_pools(struct cut_list *list);
void cut_add_registration(struct cut_list *list);
void cut_add_batches(struct cut_list *list);
void cut_add_batches_3d(struct cut_list *list);
void cut_add_peers(struct cut_list *list);
void cut_add_degenerate(struct cut_list *list);
void cut_add_bounds(struct cut_list *list);
void cut_add_pitches(struct cut_list *list);
void cut_add_overlap(struct cut_list *list);
void cut_add_kinds(struct cut_list *list);
void cut_add_lifetime(struct cut_list *list);
void cut_add_devices(struct cut_list *list);
void cut_add_errors(struct cut_list *list);
void cut_add_discards(struct cut_list *list);
void cut_add_virtual(struct cut_list *list);

// --- row.c, for the runner.

// Runs one probe and prints its row as one line of JSON. True if the process is fit for another probe.
bool cut_run_probe(const struct cut_probe *probe, FILE *output);
// The row of a probe that did not end by itself, `ending` says how.
void cut_print_ended(const struct cut_probe *probe, const char *ending, FILE *output);
// Prints what the runtime says about itself and its first device as a JSON object.
void cut_print_header(FILE *output);
// Prints `text` as a JSON string.
void cut_print_string(FILE *output, const char *text);

#endif
