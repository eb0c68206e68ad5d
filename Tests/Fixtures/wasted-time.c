// Correct, and slow: large copies from ordinary memory, synchronous copies and memsets in a loop, small copies one after
// the other, a pitch that fits nothing, memory that is allocated for each step. The twin does the same work well.
//
// build: gcc 13
// twin: fixed
// finds: CT902 perf at blocking
// finds: CT901 perf at pageable
// finds: CT903 perf at memset
// finds: CT906 perf at small
// finds: CT909 perf at pitch
// finds: CT910 perf at churn
// fixed: nothing
// prints: done
#include "fixture.h"

enum { SIZE = 1 << 20, STEPS = 40, ROW = 990, ROWS = 1000, PITCH = 1000 };

int main(void) {
    char *device = zeroed(SIZE), *other = zeroed(SIZE), *fast = pinned(SIZE, 1), *slow = calloc(1, SIZE);
    cudaStream_t stream;
    CHECK(cudaStreamCreate(&stream));
#ifdef FIXED
    (void)PITCH;
    for (int i = 0; i < STEPS; i++) {
        CHECK(cudaMemcpyAsync(i % 2 ? device : other, fast, SIZE, cudaMemcpyHostToDevice, stream));
        CHECK(cudaMemsetAsync(device, 0, SIZE, stream));
    }
    CHECK(cudaMemcpyAsync(device, fast, STEPS * 64, cudaMemcpyHostToDevice, stream));
    CHECK(cudaMemcpy2DAsync(device, 1024, fast, ROW, ROW, ROWS, cudaMemcpyHostToDevice, stream));
    CHECK(cudaStreamSynchronize(stream));
#else
    for (int i = 0; i < STEPS; i++) {
        CHECK(cudaMemcpy(i % 2 ? device : other, slow, SIZE, cudaMemcpyHostToDevice)); // @blocking
    }
    CHECK(cudaMemcpyAsync(device, slow, SIZE, cudaMemcpyHostToDevice, stream)); // @pageable
    CHECK(cudaStreamSynchronize(stream));
    for (int i = 0; i < STEPS; i++) CHECK(cudaMemset(fast, 1, 64)); // @memset
    for (size_t i = 0; i < STEPS; i++) {
        CHECK(cudaMemcpyAsync(device + 64 * i, fast + 64 * i, 64, cudaMemcpyHostToDevice, stream)); // @small
    }
    CHECK(cudaStreamSynchronize(stream));
    CHECK(cudaMemcpy2D(device, PITCH, fast, ROW, ROW, ROWS, cudaMemcpyHostToDevice)); // @pitch
    for (int i = 0; i < STEPS; i++) {
        void *scratch;
        CHECK(cudaMalloc(&scratch, SIZE)); // @churn
        CHECK(cudaFree(scratch));
    }
#endif
    printf("done\n");
    free(slow);
    return 0;
}
