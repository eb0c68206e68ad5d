// The program of `tools/bench strided`: one matrix, filled column by column on four streams that nothing orders. The
// columns come in no order.
//
// Usage: columns COPIES [racy]; COPIES is no multiple of 7919. The hull of every copy is nearly the whole matrix, and no
// two copies share a byte. With `racy` the column in the middle begins a byte early: it meets the one to its left, which
// is on another stream.
#include <cuda_runtime.h>

#include <stdio.h>
#include <stdlib.h>

enum { WIDTH = 6, ROWS = 100, STREAMS = 4, STEP = 7919 };

static void check(cudaError_t result) {
    if (result == cudaSuccess) { return; }
    fprintf(stderr, "columns: %s\n", cudaGetErrorName(result));
    exit(1);
}

int main(int count, char **arguments) {
    size_t copies = count > 1 ? strtoul(arguments[1], NULL, 10) : 0;
    int racy = count > 2;
    if (copies < 2) { return 2; }
    size_t pitch = copies * WIDTH;
    char *matrix;
    void *column;
    cudaStream_t streams[STREAMS];
    check(cudaMalloc((void **)&matrix, pitch * ROWS));
    check(cudaMallocHost(&column, WIDTH * ROWS));
    for (int index = 0; index < STREAMS; ++index) {
        check(cudaStreamCreateWithFlags(&streams[index], cudaStreamNonBlocking));
    }
    for (size_t index = 0; index < copies; ++index) {
        size_t place = index * STEP % copies;
        size_t early = racy && place == copies / 2 ? 1 : 0;
        check(cudaMemcpy2DAsync(matrix + place * WIDTH - early, pitch, column, WIDTH, WIDTH, ROWS,
                                cudaMemcpyHostToDevice, streams[index % STREAMS]));
    }
    check(cudaDeviceSynchronize());
    return 0;
}
