// Four threads call at once, each on a stream and memory of its own, 250 copies each. The n-th copy of a thread has n
// bytes, so that the trace shows whether each call is there once and in order.
//
// build: gcc 13 -pthread
// finds: nothing
// prints: 4 threads
#include <pthread.h>

#include "fixture.h"

enum { threads = 4, copies = 250 };

static void *work(void *argument) {
    (void)argument;
    char *host = pinned(copies, 5);
    void *device;
    cudaStream_t stream;
    CHECK(cudaMalloc(&device, copies));
    CHECK(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
    for (size_t bytes = 1; bytes <= copies; bytes++) {
        CHECK(cudaMemcpyAsync(device, host, bytes, cudaMemcpyHostToDevice, stream));
    }
    CHECK(cudaStreamSynchronize(stream));
    CHECK(cudaStreamDestroy(stream));
    CHECK(cudaFree(device));
    CHECK(cudaFreeHost(host));
    return NULL;
}

int main(void) {
    pthread_t workers[threads];
    for (int i = 0; i < threads; i++) pthread_create(&workers[i], NULL, work, NULL);
    for (int i = 0; i < threads; i++) pthread_join(workers[i], NULL);
    printf("%d threads\n", threads);
    return 0;
}
