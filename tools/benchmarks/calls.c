// The program of `tools/bench record`: blocks of cudaMemcpyAsync calls, timed.
//
// Usage: calls BLOCKS. Prints the nanoseconds for each call of the fastest block, and of the median one.
#include "cutape_cuda.h"
#include "timing.h"

#include <stdlib.h>

cudaError_t cudaMemcpyAsync(void *dst, const void *src, size_t count, enum cudaMemcpyKind kind, cudaStream_t stream);

// A block is two segments of calls: short enough for some to run undisturbed on a busy machine.
enum { CALLS = 32766, MOST_BLOCKS = 1000 };

int main(int count, char **arguments) {
    static double nanoseconds[MOST_BLOCKS];
    int blocks = count > 1 ? atoi(arguments[1]) : 0;
    if (blocks < 1 || blocks > MOST_BLOCKS) { return 2; }
    cudaMemcpyAsync(0, 0, 0, cudaMemcpyDefault, 0);
    for (int block = 0; block < blocks; ++block) {
        double start = now();
        for (size_t index = 0; index < CALLS; ++index) {
            cudaMemcpyAsync((void *)index, (void *)&nanoseconds, 64, cudaMemcpyHostToDevice, 0);
        }
        nanoseconds[block] = (now() - start) / CALLS;
    }
    printLeastAndMedian(nanoseconds, blocks);
    return 0;
}
