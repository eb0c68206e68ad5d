// Sixty threads make their first calls at once: more than there are segments of the spool at the start. No call is
// lost, and each thread minds its own memory.
//
// build: gcc 13 -pthread
// finds: nothing
// prints: 60 threads
#include <pthread.h>

#include "fixture.h"

enum { threads = 60 };

static void *work(void *argument) {
    size_t bytes = *(const size_t *)argument;
    void *device;
    CHECK(cudaMalloc(&device, bytes));
    CHECK(cudaMemset(device, 0, bytes));
    CHECK(cudaDeviceSynchronize());
    CHECK(cudaFree(device));
    return NULL;
}

int main(void) {
    pthread_t workers[threads];
    size_t sizes[threads];
    for (int i = 0; i < threads; i++) {
        sizes[i] = 100 + (size_t)i;
        pthread_create(&workers[i], NULL, work, &sizes[i]);
    }
    for (int i = 0; i < threads; i++) pthread_join(workers[i], NULL);
    printf("%d threads\n", threads);
    return 0;
}
