// Which pending sources a wait covers: a bit for each stream and event that is known to come after the copy.
//
// Everything stands in one table under a lock that is never waited for long: a thread that does not get it does
// without, and a source is then hashed later or not at all. Streams and events have 64 bits each; the bit of the one
// that was used longest ago is given to a new one.
#include "pending.h"

enum { CUT_PENDING = 256, CUT_BITS = 64, CUT_LEGACY = 1, CUT_PER_THREAD = 2, CUT_SPINS = 4096 };

typedef struct CUTKeys {
    uint64_t keys[CUT_BITS]; // 0: not in use
    uint64_t used[CUT_BITS]; // when, by `clock`
} CUTKeys;

typedef struct CUTEntry {
    CUTSource source; // token 0: free
    uint64_t streams; // whose work from now on comes after the copy
    uint64_t events;  // whose newest record comes after the copy
} CUTEntry;

typedef struct CUTPending {
    uint32_t lock;
    uint32_t next; // where the next source goes
    uint64_t clock;
    uint64_t blocking; // streams that the legacy stream waits for
    CUTKeys streams;
    CUTKeys events;
    CUTEntry entries[CUT_PENDING];
} CUTPending;

static CUTPending *enter(void) {
    CUTProcess *process = cut_process();
    if (!process) { return 0; }
    CUTPending *pending = cut_sharedPage(&process->pending, sizeof *pending);
    if (!pending) { return 0; }
    for (int spin = 0; spin < CUT_SPINS; ++spin) {
        if (cut_swapFrom32(&pending->lock, 0, 1)) { return pending; }
    }
    return 0;
}

static void leave(CUTPending *pending) { cut_storeRelease32(&pending->lock, 0); }

// The bit of `key`; a new one, or 0 if it has none and `adds` is not set.
static uint64_t bitOf(CUTPending *pending, CUTKeys *keys, uint64_t key, int adds) {
    int oldest = 0;
    ++pending->clock;
    for (int index = 0; index < CUT_BITS; ++index) {
        if (keys->keys[index] == key) {
            keys->used[index] = pending->clock;
            return 1ull << index;
        }
        if (keys->used[index] < keys->used[oldest]) { oldest = index; }
    }
    if (!adds) { return 0; }
    uint64_t bit = 1ull << oldest;
    for (int index = 0; index < CUT_PENDING; ++index) {
        uint64_t *bits = keys == &pending->streams ? &pending->entries[index].streams : &pending->entries[index].events;
        *bits &= ~bit;
    }
    if (keys == &pending->streams) { pending->blocking &= ~bit; }
    keys->keys[oldest] = key;
    keys->used[oldest] = pending->clock;
    return bit;
}

uint64_t cut_streamKey(uint64_t handle, uint32_t variant, uint32_t thread) {
    if (handle == 0) { handle = variant == 0 ? CUT_LEGACY : CUT_PER_THREAD; }
    return handle == CUT_PER_THREAD ? (uint64_t)thread << 32 | CUT_PER_THREAD : handle;
}

void cut_addPending(const CUTSource *source) {
    CUTPending *pending = enter();
    if (!pending) { return; }
    CUTEntry *entry = &pending->entries[pending->next];
    pending->next = (pending->next + 1) % CUT_PENDING;
    *entry = (CUTEntry){.source = *source, .streams = bitOf(pending, &pending->streams, source->stream, 1)};
    leave(pending);
}

// The streams and events of which `waiting` says that the host has waited for them.
static CUTEntry covered(CUTPending *pending, const CUTWaiting *waiting, uint64_t stream) {
    CUTEntry none = {.streams = 0};
    switch (waiting->what) {
    case CUT_WAIT_DEVICE: none.streams = UINT64_MAX; break;
    case CUT_WAIT_EVENT: none.events = bitOf(pending, &pending->events, waiting->event, 0); break;
    case CUT_WAIT_STREAM:
        none.streams = bitOf(pending, &pending->streams, stream, 0);
        if (stream == CUT_LEGACY) { none.streams |= pending->blocking; }
        break;
    default: break;
    }
    return none;
}

uint32_t cut_takePending(const CUTWaiting *waiting, uint64_t stream, CUTSource *taken, uint32_t count) {
    CUTPending *pending = enter();
    if (!pending) { return 0; }
    uint32_t found = 0;
    uint64_t streamBit = 0, eventBit = 0;
    switch (waiting->what) {
    case CUT_WAIT_CREATE:
        // The handle may have named another stream before.
        streamBit = bitOf(pending, &pending->streams, stream, 1);
        pending->blocking = waiting->flags & 1 ? pending->blocking & ~streamBit : pending->blocking | streamBit;
        break;
    case CUT_WAIT_RECORD: eventBit = bitOf(pending, &pending->events, waiting->event, 1); // falls through
    case CUT_WAIT_JOIN:
        streamBit = bitOf(pending, &pending->streams, stream, 1);
        if (eventBit == 0) { eventBit = bitOf(pending, &pending->events, waiting->event, 0); }
        break;
    default: break;
    }
    CUTEntry wanted = covered(pending, waiting, stream);
    for (int index = 0; index < CUT_PENDING; ++index) {
        CUTEntry *entry = &pending->entries[index];
        if (entry->source.token == 0) { continue; }
        switch (waiting->what) {
        case CUT_WAIT_CREATE: entry->streams &= ~streamBit; break;
        case CUT_WAIT_RECORD:
            entry->events = entry->streams & streamBit ? entry->events | eventBit : entry->events & ~eventBit;
            break;
        case CUT_WAIT_JOIN:
            if (entry->events & eventBit) { entry->streams |= streamBit; }
            break;
        default:
            if (found < count && ((entry->streams & wanted.streams) || (entry->events & wanted.events))) {
                taken[found++] = entry->source;
                entry->source.token = 0;
            }
        }
    }
    leave(pending);
    return found;
}
