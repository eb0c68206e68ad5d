// Six threads share page-locked buffers, each behind a lock: whoever has the lock waits for the pending upload, by a
// stream, an event, a query or the whole device, fills the buffer and uploads it again. Hashes that are taken while
// another thread has come back from a wait of its own differ by right.
//
// build: gcc 13 -pthread
// near: CT405
// record: --payload hash
// finds: nothing
#include "fixture.h"

#include <pthread.h>

enum { BUFFERS = 16, THREADS = 6, ROUNDS = 300, SIZE = 16384 };

static struct {
    pthread_mutex_t lock;
    char *host, *device;
    cudaStream_t stream;
    cudaEvent_t done;
    int is_pending;
} buffers[BUFFERS];

static unsigned draw(unsigned *state) {
    *state = *state * 1103515245u + 12345u;
    return *state >> 16 & 0x7fff;
}

static void wait_for(int index, unsigned way) {
    switch (way % 4) {
    case 0: CHECK(cudaStreamSynchronize(buffers[index].stream)); break;
    case 1: CHECK(cudaEventSynchronize(buffers[index].done)); break;
    case 2: CHECK(cudaDeviceSynchronize()); break;
    case 3:
        while (cudaStreamQuery(buffers[index].stream) == cudaErrorNotReady) {}
        break;
    }
}

static void *work(void *number) {
    unsigned state = (unsigned)(size_t)number;
    for (int round = 0; round < ROUNDS; round++) {
        int index = (int)(draw(&state) % BUFFERS);
        pthread_mutex_lock(&buffers[index].lock);
        if (buffers[index].is_pending) wait_for(index, draw(&state));
        memset(buffers[index].host, (int)draw(&state), SIZE);
        CHECK(cudaMemcpyAsync(buffers[index].device, buffers[index].host, SIZE, cudaMemcpyHostToDevice, buffers[index].stream));
        CHECK(cudaEventRecord(buffers[index].done, buffers[index].stream));
        buffers[index].is_pending = 1;
        pthread_mutex_unlock(&buffers[index].lock);
        if (draw(&state) % 20 == 0) CHECK(cudaDeviceSynchronize());
    }
    return NULL;
}

int main(void) {
    for (int index = 0; index < BUFFERS; index++) {
        pthread_mutex_init(&buffers[index].lock, NULL);
        buffers[index].host = pinned(SIZE, 0);
        buffers[index].device = zeroed(SIZE);
        unsigned flags = index % 2 == 0 ? cudaStreamDefault : cudaStreamNonBlocking;
        CHECK(cudaStreamCreateWithFlags(&buffers[index].stream, flags));
        CHECK(cudaEventCreate(&buffers[index].done));
    }
    pthread_t threads[THREADS];
    for (size_t number = 0; number < THREADS; number++) {
        if (pthread_create(&threads[number], NULL, work, (void *)(number + 1)) != 0) return 1;
    }
    for (int number = 0; number < THREADS; number++) pthread_join(threads[number], NULL);
    CHECK(cudaDeviceSynchronize());
    return 0;
}
