// The program of `tools/bench stacks`: blocks of cudaMemcpyAsync calls below a stack of some depth, timed.
//
// Usage: stacks BLOCKS DEPTH same|moved|new. same: from one place. moved: the same functions, each time with the stack
// pointer elsewhere. new: by another way through the program each time. Prints the nanoseconds for each call of the fastest
// block, and of the median one.
#include "cutape_cuda.h"
#include "timing.h"

#include <stdlib.h>
#include <string.h>

cudaError_t cudaMemcpyAsync(void *dst, const void *src, size_t count, enum cudaMemcpyKind kind, cudaStream_t stream);

enum { CALLS = 2000, MOST_BLOCKS = 1000 };

static unsigned long way;  // which of two functions each frame is of, a bit each
static int isMoved, calls = 1;

static int descend(int depth);

// Keeps the compiler from making loops of calls.
static int kept(int value) {
    __asm__ volatile("" : "+r"(value));
    return value;
}

// Two functions that do the same.
__attribute__((noinline)) static int left(int depth) { return kept(descend(depth)) + 1; }
__attribute__((noinline)) static int right(int depth) { return kept(descend(depth)) + 2; }

__attribute__((noinline)) static int copy(int index) {
    volatile char *room = isMoved ? __builtin_alloca(16 * (unsigned)index + 16) : 0;
    if (room) { *room = 1; }
    return (int)cudaMemcpyAsync((void *)2, 0, 64, cudaMemcpyHostToDevice, 0) + (room != 0);
}

static inline int descend(int depth) {
    if (depth > 0) { return way >> depth % 64 & 1 ? left(depth - 1) : right(depth - 1); }
    int result = 0;
    for (int index = 0; index < calls; ++index) { result += copy(index); }
    return result;
}

int main(int count, char **arguments) {
    static double nanoseconds[MOST_BLOCKS];
    int blocks = count > 3 ? atoi(arguments[1]) : 0, depth = count > 3 ? atoi(arguments[2]) : 0, sum = 0;
    if (blocks < 1 || blocks > MOST_BLOCKS || depth < 1) { return 2; }
    int isNew = strcmp(arguments[3], "new") == 0;
    isMoved = strcmp(arguments[3], "moved") == 0;
    calls = isNew ? 1 : CALLS;
    for (int block = 0; block < blocks; ++block) {
        double start = now();
        for (int index = 0; index < (isNew ? CALLS : 1); ++index) {
            if (isNew) { way += 2; }
            sum += left(depth);
        }
        nanoseconds[block] = (now() - start) / CALLS;
    }
    printLeastAndMedian(nanoseconds, blocks);
    return sum == 0;
}
