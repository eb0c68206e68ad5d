// A near miss: a ring of two buffers and two events. Each event is recorded again and again, and the first waits of each
// come before its first record: both are legal, and no copy races.
//
// build: gcc 13
// near: CT410
// finds: nothing
// prints: 8 chunks
#include "fixture.h"

enum { chunk = 1024, chunks = 8 };

int main(void) {
    char *from = pinned(chunk * chunks, 0), *to = pinned(chunk * chunks, 0);
    char *ring = zeroed(2 * chunk);
    cudaStream_t up, down;
    cudaEvent_t full[2], empty[2];
    CHECK(cudaStreamCreateWithFlags(&up, cudaStreamNonBlocking));
    CHECK(cudaStreamCreateWithFlags(&down, cudaStreamNonBlocking));
    for (int i = 0; i < 2; i++) {
        CHECK(cudaEventCreateWithFlags(&full[i], cudaEventDisableTiming));
        CHECK(cudaEventCreateWithFlags(&empty[i], cudaEventDisableTiming));
    }
    for (int i = 0; i < chunks; i++) memset(from + i * chunk, i, chunk);

    for (int i = 0; i < chunks; i++) {
        char *slot = ring + i % 2 * chunk;
        CHECK(cudaStreamWaitEvent(up, empty[i % 2], 0));
        CHECK(cudaMemcpyAsync(slot, from + i * chunk, chunk, cudaMemcpyHostToDevice, up));
        CHECK(cudaEventRecord(full[i % 2], up));
        CHECK(cudaStreamWaitEvent(down, full[i % 2], 0));
        CHECK(cudaMemcpyAsync(to + i * chunk, slot, chunk, cudaMemcpyDeviceToHost, down));
        CHECK(cudaEventRecord(empty[i % 2], down));
    }
    CHECK(cudaStreamSynchronize(down));
    int right = 0;
    for (int i = 0; i < chunks; i++) right += filled(to + i * chunk, chunk, i);
    printf("%d chunks\n", right);
    return 0;
}
