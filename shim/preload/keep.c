// Memory that is never given back: bindings, modules, kernel layouts.
#include "state.h"

#include <sys/mman.h>

enum { CUT_KEEP_CHUNK = 1 << 20 };

// The chunk that is being cut up; it is replaced as a whole, so that a fork never sees it half changed.
typedef struct Chunk {
    uint64_t used;
    uint64_t bytes;
} Chunk;
static Chunk *current;

void *cut_keep(uint64_t bytes) {
    bytes = (bytes + 15) & ~15ull;
    for (;;) {
        Chunk *chunk = __atomic_load_n(&current, __ATOMIC_ACQUIRE);
        if (chunk) {
            uint64_t at = cut_addRelaxed64(&chunk->used, bytes);
            if (at + bytes <= chunk->bytes) { return (char *)chunk + at; }
        }
        uint64_t size = bytes + 64 > CUT_KEEP_CHUNK ? bytes + 64 : CUT_KEEP_CHUNK;
        Chunk *made = mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (made == MAP_FAILED) { return 0; }
        made->used = 64;
        made->bytes = size;
        if (!__atomic_compare_exchange_n(&current, &chunk, made, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
            munmap(made, size);
        }
    }
}
