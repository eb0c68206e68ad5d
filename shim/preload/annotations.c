// What the program says of itself by the macros of cutape.h.
#include "bind.h"
#include "record.h"
#include "stack.h"

// The rows of the table, by what the macros pass.
enum { CUT_SAID_READ = 1, CUT_SAID_WRITE = 2, CUT_SAID_DONE = 3 };
static const uint16_t rows[] = {[CUT_SAID_READ] = 2, [CUT_SAID_WRITE] = 3, [CUT_SAID_DONE] = 4};

/// The function that the macros call. What a newer header may say is not understood and does nothing.
__attribute__((visibility("default"))) void cutape_say(int what, const volatile void *address, size_t bytes);

void cutape_say(int what, const volatile void *address, size_t bytes) {
    static CUTCallers callers;
    if (what < CUT_SAID_READ || what > CUT_SAID_DONE) { return; }
    const void *site = __builtin_return_address(0);
    cut_knowCaller(&callers, site);
    CUTRecord *record = cut_reserve(0, CUT_CALLER_STACK);
    if (!record) { return; }
    record->words[0] = (uint64_t)address;
    record->words[1] = bytes;
    record->words[2] = cut_thread->depth != 0;
    cut_publish(record, rows[what], 0, 0, site, CUT_CALLER_STACK);
    cut_complete(record, 0);
}
