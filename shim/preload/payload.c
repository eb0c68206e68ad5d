// Reading and hashing sources, and sending what they held.
//
// Bytes are fetched with process_vm_writev: the kernel reads them as it reads the argument of any system call, with an
// error where they cannot be read, and puts them in a buffer of this thread. It needs no file descriptor, which the
// program could close, and reads what a driver has mapped too (process_vm_readv does not).
#include "payload.h"

#include "contents.h"
#include "cutape_hash.h"
#include "pending.h"
#include "record.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

enum { CUT_SOURCE_RECORD = 8, CUT_AGAIN_RECORD = 9 };
// The buffer holds so many pieces of a content.
enum { CUT_BUFFER_BYTES = 16 * CUT_CONTENT_BYTES, CUT_VECTORS = 64, CUT_SOURCES = 256 };

uint32_t cut_payload;

// What a thread has for payloads: mapped when it first needs it.
typedef struct CUTThreadPayload {
    uint32_t count;  // sources of the asynchronous copy that is being submitted
    uint32_t tokens; // how many were given out
    CUTSource sources[CUT_SOURCES];
    char buffer[CUT_BUFFER_BYTES];
} CUTThreadPayload;

// Of a call that is part of another one nothing is noted: that one has been.
static CUTThreadPayload *threadPayload(CUTThread *thread) {
    if (thread->depth != 0) { return 0; }
    if (!thread->payload) {
        // Not wiped by fork, but the pointer is.
        void *memory =
            mmap(0, sizeof(CUTThreadPayload), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory != MAP_FAILED) { thread->payload = memory; }
    }
    return thread->payload;
}

void cut_endPayload(CUTThread *thread) {
    if (thread->payload) { munmap(thread->payload, sizeof(CUTThreadPayload)); }
    thread->payload = 0;
}

// Where the next byte is.
typedef struct CUTCursor {
    const CUTRows *rows;
    uint64_t slice, row, column;
} CUTCursor;

// Puts the next bytes into `buffer`, `most` at most. Returns how many, 0 at the end, -1 when they cannot be read.
static int64_t fetchSome(CUTCursor *cursor, char *buffer, uint64_t most) {
    const CUTRows *rows = cursor->rows;
    struct iovec from[CUT_VECTORS];
    unsigned long vectors = 0;
    uint64_t wanted = 0;
    while (cursor->slice < rows->slices && vectors < CUT_VECTORS && wanted < most) {
        uint64_t left = rows->width - cursor->column, room = most - wanted;
        uint64_t taken = left < room ? left : room;
        uint64_t at = rows->start + cursor->slice * rows->slicePitch + cursor->row * rows->pitch + cursor->column;
        from[vectors++] = (struct iovec){(void *)at, taken};
        wanted += taken;
        cursor->column += taken;
        if (cursor->column == rows->width) {
            cursor->column = 0;
            if (++cursor->row == rows->rows) { cursor->row = 0, ++cursor->slice; }
        }
    }
    if (wanted == 0) { return 0; }
    struct iovec to = {buffer, wanted};
    return process_vm_writev(getpid(), from, vectors, &to, 1, 0) == (ssize_t)wanted ? (int64_t)wanted : -1;
}

// Fills the buffer with the next bytes, as far as there are so many. Returns the same.
static int64_t fetch(CUTCursor *cursor, char *buffer) {
    uint64_t filled = 0;
    while (filled < CUT_BUFFER_BYTES) {
        int64_t count = fetchSome(cursor, buffer + filled, CUT_BUFFER_BYTES - filled);
        if (count < 0) { return -1; }
        if (count == 0) { break; }
        filled += (uint64_t)count;
    }
    return (int64_t)filled;
}

// Hashes the rows, and counts their bytes. Returns whether all could be read.
static int hashRows(const CUTRows *rows, char *buffer, uint64_t *hash, uint64_t *bytes) {
    CUTCursor cursor = {.rows = rows};
    CUTHash state = cut_hashBegin();
    int64_t count;
    while ((count = fetch(&cursor, buffer)) > 0) { cut_hashAdd(&state, buffer, (uint64_t)count); }
    *hash = cut_hashEnd(&state);
    *bytes = state.bytes;
    return count == 0;
}

// Sends what the rows hold. A content that the buffer has room for is still there from hashing; a longer one is read a
// second time, and must be what it was.
static void sendRows(const CUTRows *rows, char *buffer, const CUTContent *content) {
    if (!cut_wantsContent(content)) { return; }
    if (content->bytes <= CUT_BUFFER_BYTES) {
        cut_endContent(content, cut_sendContent(content, 0, buffer, content->bytes));
        return;
    }
    CUTCursor cursor = {.rows = rows};
    CUTHash state = cut_hashBegin();
    int64_t count;
    while ((count = fetch(&cursor, buffer)) > 0) {
        if (!cut_sendContent(content, state.bytes, buffer, (uint64_t)count)) { break; }
        cut_hashAdd(&state, buffer, (uint64_t)count);
    }
    cut_endContent(content, count == 0 && state.bytes == content->bytes && cut_hashEnd(&state) == content->hash);
}

static int isPossible(const CUTRows *rows) {
    return rows->start != 0 && rows->width != 0 && rows->rows != 0 && rows->slices != 0
        && (rows->rows == 1 || rows->pitch >= rows->width) && (rows->slices == 1 || rows->slicePitch >= rows->width);
}

// The kinds of which the source may be host memory: with cudaMemcpyDefault, and without a kind, the pointer tells.
static int mayBeFromHost(int32_t kind) { return kind == CUT_NO_KIND || kind == 0 || kind == 1 || kind == 4; }

static void writeRecord(uint16_t id, const uint64_t *words, uint32_t count) {
    CUTRecord *record = cut_reserveSlowly(0, 0);
    if (!record) { return; }
    for (uint32_t index = 0; index < count; ++index) { record->words[index] = words[index]; }
    cut_publish(record, id, 0, 0, (const void *)writeRecord, CUT_CALLER_STACK);
    cut_complete(record, 0);
}

void cut_noteSource(const CUTCopy *copy) {
    int error = errno;
    CUTThread *thread = cut_enterThread();
    CUTThreadPayload *payload = thread ? threadPayload(thread) : 0;
    if (payload && copy->entry == 0) { payload->count = 0; }
    CUTSource source = {.rows = copy->source};
    uint64_t bytes;
    if (payload && mayBeFromHost(copy->kind) && isPossible(&copy->source)
        && hashRows(&copy->source, payload->buffer, &source.hash, &bytes)) {
        source.token = (uint64_t)thread->number << 32 | ++payload->tokens;
        const uint64_t words[] = {source.token, copy->entry, bytes, source.hash};
        writeRecord(CUT_SOURCE_RECORD, words, 4);
        sendRows(&source.rows, payload->buffer, &(CUTContent){source.hash, bytes});
        if (copy->isAsync && payload->count < CUT_SOURCES) {
            source.stream = cut_streamKey(copy->stream, copy->variant, thread->number);
            payload->sources[payload->count++] = source;
        }
    }
    errno = error;
}

void cut_noteWait(const CUTWaiting *waiting, int32_t result) {
    int error = errno;
    CUTThread *thread = cut_enterThread();
    CUTThreadPayload *payload = thread ? threadPayload(thread) : 0;
    if (payload && waiting->what == CUT_WAIT_SUBMITTED) {
        for (uint32_t index = 0; result == 0 && index < payload->count; ++index) {
            cut_addPending(&payload->sources[index]);
        }
        payload->count = 0;
    } else if (payload && result == 0) {
        uint64_t stream = cut_streamKey(waiting->stream, waiting->variant, thread->number);
        uint32_t count = cut_takePending(waiting, stream, payload->sources, CUT_SOURCES);
        payload->count = 0;
        for (uint32_t index = 0; index < count; ++index) {
            const CUTSource *source = &payload->sources[index];
            uint64_t words[] = {source->token, 0}, bytes;
            if (hashRows(&source->rows, payload->buffer, &words[1], &bytes) && words[1] != source->hash) {
                writeRecord(CUT_AGAIN_RECORD, words, 2);
            }
        }
    }
    errno = error;
}
