// A staging buffer is filled again while uploads from it are pending: seen behind a stream, an event, a query, and from
// another thread. No call shows the stores, the hashes of the sources do. The twin waits before each store. What follows
// is right in both: a source that a second thread fills after it has waited itself, and sources that later downloads,
// earlier downloads and the end of the copy change by right.
//
// build: gcc 13 -pthread
// twin: fixed
// record: --payload hash
// finds: CT405 error at stream after stream_wait
// finds: CT405 error at event after event_wait
// finds: CT405 error at query after query_wait
// finds: CT405 error at rows after rows_wait
// fixed: nothing
#include "fixture.h"

#include <pthread.h>

enum { SIZE = 8192, LOOPS = 200 };

static cudaStream_t stream;
static char *device, *host;

static void store(int at, int value) {
#ifdef FIXED
    CHECK(cudaStreamSynchronize(stream));
#endif
    memset(host + at, value, 1);
}

static void *wait_and_fill(void *value) {
    for (int i = 0; i < LOOPS; i++) {
        CHECK(cudaMemcpyAsync(device, host, SIZE, cudaMemcpyHostToDevice, stream));
        CHECK(cudaStreamSynchronize(stream));
        memset(host, *(int *)value + i, SIZE);
    }
    return NULL;
}

int main(void) {
    device = zeroed(SIZE);
    host = pinned(SIZE, 1);
    char *result = pinned(SIZE, 0);
    cudaEvent_t done;
    CHECK(cudaStreamCreate(&stream));
    CHECK(cudaEventCreate(&done));

    CHECK(cudaMemcpyAsync(device, host, SIZE, cudaMemcpyHostToDevice, stream)); // @stream
    store(100, 2);
    CHECK(cudaStreamSynchronize(stream)); // @stream_wait

    CHECK(cudaMemcpyAsync(device, host, SIZE, cudaMemcpyHostToDevice, stream)); // @event
    CHECK(cudaEventRecord(done, stream));
    store(100, 3);
    CHECK(cudaEventSynchronize(done)); // @event_wait

    CHECK(cudaMemcpyAsync(device, host, SIZE, cudaMemcpyHostToDevice, stream)); // @query
    store(100, 4);
    while (cudaStreamQuery(stream) == cudaErrorNotReady) {} // @query_wait
    CHECK(cudaGetLastError());

    CHECK(cudaMemcpy2DAsync(device, 64, host, 128, 64, 8, cudaMemcpyHostToDevice, stream)); // @rows
    store(130, 5);
    CHECK(cudaDeviceSynchronize()); // @rows_wait

    // Between the rows nothing is read.
    CHECK(cudaMemcpy2DAsync(device, 64, host, 128, 64, 8, cudaMemcpyHostToDevice, stream));
    memset(host + 64, 7, 64);
    CHECK(cudaStreamSynchronize(stream));

    // The device itself writes the source, before the upload and behind it.
    CHECK(cudaMemsetAsync(device, 9, SIZE, stream));
    CHECK(cudaMemcpyAsync(host, device, SIZE, cudaMemcpyDeviceToHost, stream));
    CHECK(cudaMemcpyAsync(device, host, SIZE, cudaMemcpyHostToDevice, stream));
    CHECK(cudaStreamSynchronize(stream));
    CHECK(cudaMemsetAsync(device, 10, SIZE, stream));
    CHECK(cudaStreamSynchronize(stream));
    CHECK(cudaMemcpyAsync(device + SIZE / 2, host, SIZE / 2, cudaMemcpyHostToDevice, stream));
    CHECK(cudaMemcpyAsync(host, device, SIZE / 2, cudaMemcpyDeviceToHost, stream));
    CHECK(cudaStreamSynchronize(stream));
    memset(result, 11, SIZE);

    int value = 12;
    pthread_t thread;
    if (pthread_create(&thread, NULL, wait_and_fill, &value) != 0) return 1;
    for (int i = 0; i < LOOPS; i++) CHECK(cudaDeviceSynchronize());
    pthread_join(thread, NULL);
    return 0;
}
