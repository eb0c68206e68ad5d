// Host functions: they run in stream order, may not call CUDA, and run though the program waits by its own means.
#include <cuda_runtime_api.h>
#include <stdatomic.h>
#include <stdio.h>

#include "want.h"

static atomic_int order;
static int seen[4];
static char *buffer;
static cudaError_t inside;

static void CUDART_CB first(void *data) {
    seen[0] = ++order;
    seen[1] = *buffer;
    void *memory;
    inside = cudaMalloc(&memory, 4);
    (void)data;
}

static void CUDART_CB second(cudaStream_t stream, cudaError_t status, void *data) {
    seen[2] = ++order;
    seen[3] = status == cudaSuccess && data == &order && stream != NULL;
}


int main(void) {
    char *d;
    cudaStream_t stream;
    WANT(cudaStreamCreate(&stream) == cudaSuccess);
    WANT(cudaMalloc((void **)&d, 1) == cudaSuccess);
    WANT(cudaMallocHost((void **)&buffer, 1) == cudaSuccess);
    *buffer = 1;
    WANT(cudaMemsetAsync(d, 5, 1, stream) == cudaSuccess);
    WANT(cudaMemcpyAsync(buffer, d, 1, cudaMemcpyDeviceToHost, stream) == cudaSuccess);
    WANT(cudaLaunchHostFunc(stream, first, NULL) == cudaSuccess);
    WANT(cudaStreamAddCallback(stream, second, &order, 0) == cudaSuccess);
    WANT(order == 0);
    while (order < 2) {}
    WANT(seen[0] == 1 && seen[1] == 5 && seen[2] == 2 && seen[3] == 1);
    WANT(inside == cudaErrorNotPermitted);
    WANT(cudaGetLastError() == cudaSuccess);
    WANT(cudaLaunchHostFunc(stream, NULL, NULL) == cudaErrorInvalidValue);
    puts("all as expected");
    return 0;
}
