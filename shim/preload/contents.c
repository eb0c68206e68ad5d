// Which contents are sent, and their records.
//
// The table of those that were sent has sets of eight keys, one cache line each. Nothing locks it: two threads that send
// the same content at once both send it, and the recorder keeps one. A key that takes the place of another makes that
// content be sent a second time. Two contents with one key would make the second be missing; it is not mistaken for the
// first, since the recorder knows contents by hash and length.
#include "contents.h"

#include "payload.h"
#include "record.h"

#include <string.h>

enum { CUT_CONTENT_RECORD = 900, CUT_SETS = 8192, CUT_WAYS = 8 };

_Static_assert(CUT_CONTENT_WORDS == CUT_RECORD_WORDS, "the bytes begin with the first continuation slot");

typedef struct CUTSent {
    uint64_t keys[CUT_SETS][CUT_WAYS]; // 0: none
} CUTSent;

static uint64_t keyOf(const CUTContent *content) {
    uint64_t key = content->hash ^ content->bytes * 0x9e3779b97f4a7c15ull;
    return key ? key : 1;
}

// The set of `key`; NULL when there is no memory for the table.
static uint64_t *setOf(uint64_t key) {
    CUTProcess *process = cut_process();
    CUTSent *sent = process ? cut_sharedPage(&process->contents, sizeof *sent) : 0;
    return sent ? sent->keys[key % CUT_SETS] : 0;
}

static int isSent(uint64_t key) {
    const uint64_t *set = setOf(key);
    for (int way = 0; set && way < CUT_WAYS; ++way) {
        if (cut_loadRelaxed64(&set[way]) == key) { return 1; }
    }
    return 0;
}

static void rememberSent(uint64_t key) {
    uint64_t *set = setOf(key);
    if (!set) { return; }
    int way = 0;
    while (way < CUT_WAYS && cut_loadRelaxed64(&set[way]) != 0) { ++way; }
    // A full set gives up any of its keys.
    if (way == CUT_WAYS) { way = (int)(key >> 32) & (CUT_WAYS - 1); }
    cut_storeRelease64(&set[way], key);
}

static CUTSession *session(void) { return cut_process()->spool; }

// Whether there is room for so many bytes in that half of the segments which is not kept for calls.
static int hasRoom(uint64_t bytes) {
    const uint64_t perSegment = CUT_SEGMENT_SLOTS / (CUT_MAX_SLOTS + 1) * (uint64_t)CUT_CONTENT_BYTES;
    return cut_segmentsLeft(session()) > session()->maxSegments / 2 + bytes / perSegment;
}

static void countLeftOut(uint64_t bytes) {
    cut_addRelaxed64(&session()->leftOut, 1);
    cut_addRelaxed64(&session()->leftOutBytes, bytes);
}

int cut_wantsContent(const CUTContent *content) {
    if (cut_payload != CUT_PAYLOAD_FULL || isSent(keyOf(content))) { return 0; }
    if (hasRoom(content->bytes)) { return 1; }
    countLeftOut(content->bytes);
    return 0;
}

void cut_endContent(const CUTContent *content, int isWhole) {
    if (isWhole) {
        rememberSent(keyOf(content));
    } else {
        countLeftOut(content->bytes);
    }
}

// Writes one piece.
static int sendPiece(const CUTContent *content, uint64_t offset, const char *bytes, uint64_t count) {
    uint64_t words = (count + 7) / 8;
    uint32_t slots = CUT_SLOTS((uint32_t)words + CUT_CONTENT_WORDS);
    CUTRecord *record = hasRoom(0) ? cut_reserveSlowly(slots, 0) : 0;
    if (!record) { return 0; }
    uint64_t *word = record->words;
    word[0] = content->hash;
    word[1] = content->bytes;
    word[2] = offset;
    word[3] = words;
    // The rest of the last word is zero, as a free segment is.
    memcpy((char *)record + CUT_RECORD_BYTES, bytes, count);
    cut_publish(record, CUT_CONTENT_RECORD, 0, slots, (const void *)sendPiece, CUT_CALLER_STACK);
    cut_complete(record, 0);
    return 1;
}

int cut_sendContent(const CUTContent *content, uint64_t offset, const char *bytes, uint64_t count) {
    for (uint64_t at = 0; at < count; at += CUT_CONTENT_BYTES) {
        uint64_t left = count - at;
        if (!sendPiece(content, offset + at, bytes + at, left < CUT_CONTENT_BYTES ? left : CUT_CONTENT_BYTES)) {
            return 0;
        }
    }
    return 1;
}
