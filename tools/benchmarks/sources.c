// The program of `tools/bench payload`: copies of one size from host memory, timed one by one.
//
// Usage: sources BYTES COPIES same|other. The bytes are the same in every copy, or other ones. Prints the nanoseconds of
// the fastest copy, and of the median one.
#include "cutape_cuda.h"
#include "timing.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

cudaError_t cudaMemcpyAsync(void *dst, const void *src, size_t count, enum cudaMemcpyKind kind, cudaStream_t stream);
cudaError_t cudaDeviceSynchronize(void);

enum { MOST_COPIES = 100000 };

int main(int count, char **arguments) {
    static double nanoseconds[MOST_COPIES];
    size_t bytes = count > 3 ? strtoul(arguments[1], 0, 10) : 0;
    int copies = count > 3 ? atoi(arguments[2]) : 0, isOther = count > 3 && strcmp(arguments[3], "other") == 0;
    if (bytes < 8 || copies < 1 || copies > MOST_COPIES) { return 2; }
    char *source = malloc(bytes);
    if (!source) { return 1; }
    memset(source, 1, bytes);
    cudaDeviceSynchronize();
    for (int copy = 0; copy < copies; ++copy) {
        if (isOther) { memcpy(source, &copy, sizeof copy); }
        double start = now();
        cudaMemcpyAsync((void *)8, source, bytes, cudaMemcpyHostToDevice, 0);
        nanoseconds[copy] = now() - start;
        // As much as the drain has time for.
        struct timespec pause = {0, (long)(bytes / 2)};
        nanosleep(&pause, 0);
    }
    printLeastAndMedian(nanoseconds, copies);
    free(source);
    return 0;
}
