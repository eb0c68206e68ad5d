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
    (void)argument;
    for (size_t bytes = 1; bytes <= 3; bytes++) {
        void *device;
        CHECK(cudaMalloc(&device, bytes));
        CHECK(cudaFree(device));
    }
    return NULL;
}

int main(void) {
    pthread_t workers[threads];
    for (int i = 0; i < threads; i++) pthread_create(&workers[i], NULL, work, NULL);
    for (int i = 0; i < threads; i++) pthread_join(workers[i], NULL);
    printf("%d threads\n", threads);
    return 0;
}
