// The content hash of payloads: XXH64 with seed 0 (the xxHash specification by Yann Collet, version 0.1.1).
//
// It has to be fast beside the copy that it is taken of, good enough that equal hashes mean equal bytes, small, and the
// same on both sides of the spool for ever, since traces keep it. XXH64 reads eight bytes a step in four lanes, which
// one core does faster than the bytes can be fetched; it passes the usual test suites; and any xxhsum checks what a trace
// says. It is no defence against somebody who makes collisions on purpose.
#ifndef CUTAPE_HASH_H
#define CUTAPE_HASH_H

#include "cutape_compiler.h"

#include <stdint.h>
#include <string.h>

#define CUT_PRIME_1 0x9e3779b185ebca87ull
#define CUT_PRIME_2 0xc2b2ae3d27d4eb4full
#define CUT_PRIME_3 0x165667b19e3779f9ull
#define CUT_PRIME_4 0x85ebca77c2b2ae63ull
#define CUT_PRIME_5 0x27d4eb2f165667c5ull

typedef struct CUTHash {
    uint64_t lanes[4];
    uint64_t bytes;   // so far
    uint8_t rest[32]; // the last bytes, fewer than 32
    uint32_t restBytes;
} CUTHash;

static inline uint64_t cut_rotate(uint64_t value, int bits) { return value << bits | value >> (64 - bits); }

static inline uint64_t cut_hashRound(uint64_t lane, uint64_t word) {
    return cut_rotate(lane + word * CUT_PRIME_2, 31) * CUT_PRIME_1;
}

static inline uint64_t cut_hashWord(const uint8_t *_Nonnull at) {
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

static inline void cut_hashStripe(CUTHash *_Nonnull hash, const uint8_t *_Nonnull at) {
    for (int lane = 0; lane < 4; ++lane) { hash->lanes[lane] = cut_hashRound(hash->lanes[lane], cut_hashWord(at + lane * 8)); }
}

static inline CUTHash cut_hashBegin(void) {
    CUTHash hash = {.lanes = {CUT_PRIME_1 + CUT_PRIME_2, CUT_PRIME_2, 0, 0 - CUT_PRIME_1}};
    return hash;
}

/// Adds `count` bytes at `data`.
static inline void cut_hashAdd(CUTHash *_Nonnull hash, const void *_Nonnull data, uint64_t count) {
    const uint8_t *at = (const uint8_t *)data, *end = at + count;
    hash->bytes += count;
    if (hash->restBytes > 0) {
        uint64_t room = 32 - hash->restBytes, taken = count < room ? count : room;
        memcpy(hash->rest + hash->restBytes, at, taken);
        hash->restBytes += (uint32_t)taken;
        at += taken;
        if (hash->restBytes < 32) { return; }
        cut_hashStripe(hash, hash->rest);
        hash->restBytes = 0;
    }
    for (; end - at >= 32; at += 32) { cut_hashStripe(hash, at); }
    hash->restBytes = (uint32_t)(end - at);
    memcpy(hash->rest, at, hash->restBytes);
}

/// The hash of all bytes that were added.
static inline uint64_t cut_hashEnd(const CUTHash *_Nonnull hash) {
    uint64_t value = CUT_PRIME_5;
    if (hash->bytes >= 32) {
        const uint64_t *lanes = hash->lanes;
        value = cut_rotate(lanes[0], 1) + cut_rotate(lanes[1], 7) + cut_rotate(lanes[2], 12) + cut_rotate(lanes[3], 18);
        for (int lane = 0; lane < 4; ++lane) {
            value = (value ^ cut_hashRound(0, lanes[lane])) * CUT_PRIME_1 + CUT_PRIME_4;
        }
    }
    value += hash->bytes;
    uint32_t at = 0;
    for (; at + 8 <= hash->restBytes; at += 8) {
        value = cut_rotate(value ^ cut_hashRound(0, cut_hashWord(hash->rest + at)), 27) * CUT_PRIME_1 + CUT_PRIME_4;
    }
    if (at + 4 <= hash->restBytes) {
        uint32_t word;
        memcpy(&word, hash->rest + at, sizeof word);
        value = cut_rotate(value ^ word * CUT_PRIME_1, 23) * CUT_PRIME_2 + CUT_PRIME_3;
        at += 4;
    }
    for (; at < hash->restBytes; ++at) { value = cut_rotate(value ^ hash->rest[at] * CUT_PRIME_5, 11) * CUT_PRIME_1; }
    value = (value ^ value >> 33) * CUT_PRIME_2;
    value = (value ^ value >> 29) * CUT_PRIME_3;
    return value ^ value >> 32;
}

#endif
