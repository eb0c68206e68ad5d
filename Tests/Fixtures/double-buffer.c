// A double-buffered pipeline that is right: chunks go up on one stream, are swapped on the device by copies on a second,
// and come down on a third, two in flight at a time. The result is checked byte by byte.
//
// build: gcc 13
// finds: nothing
// prints: checksum 126976
#include "fixture.h"

enum { chunk = 2048, half = chunk / 2, chunks = 16 };

typedef struct Slot {
    char *in, *out;
    cudaEvent_t uploaded, swapped, downloaded;
} Slot;

int main(void) {
    unsigned char *from = (unsigned char *)pinned(chunk * chunks, 0);
    unsigned char *to = (unsigned char *)pinned(chunk * chunks, 0);
    for (int i = 0; i < chunk * chunks; i++) from[i] = (unsigned char)(i / half);

    cudaStream_t up, work, down;
    CHECK(cudaStreamCreateWithFlags(&up, cudaStreamNonBlocking));
    CHECK(cudaStreamCreateWithFlags(&work, cudaStreamNonBlocking));
    CHECK(cudaStreamCreateWithFlags(&down, cudaStreamNonBlocking));
    Slot slots[2];
    for (int i = 0; i < 2; i++) {
        slots[i].in = zeroed(chunk);
        slots[i].out = zeroed(chunk);
        CHECK(cudaEventCreateWithFlags(&slots[i].uploaded, cudaEventDisableTiming));
        CHECK(cudaEventCreateWithFlags(&slots[i].swapped, cudaEventDisableTiming));
        CHECK(cudaEventCreateWithFlags(&slots[i].downloaded, cudaEventDisableTiming));
    }

    for (int i = 0; i < chunks; i++) {
        Slot *slot = &slots[i % 2];
        if (i >= 2) CHECK(cudaStreamWaitEvent(up, slot->swapped, 0));
        CHECK(cudaMemcpyAsync(slot->in, from + i * chunk, chunk, cudaMemcpyHostToDevice, up));
        CHECK(cudaEventRecord(slot->uploaded, up));

        CHECK(cudaStreamWaitEvent(work, slot->uploaded, 0));
        if (i >= 2) CHECK(cudaStreamWaitEvent(work, slot->downloaded, 0));
        CHECK(cudaMemcpyAsync(slot->out, slot->in + half, half, cudaMemcpyDeviceToDevice, work));
        CHECK(cudaMemcpyAsync(slot->out + half, slot->in, half, cudaMemcpyDeviceToDevice, work));
        CHECK(cudaEventRecord(slot->swapped, work));

        CHECK(cudaStreamWaitEvent(down, slot->swapped, 0));
        CHECK(cudaMemcpyAsync(to + i * chunk, slot->out, chunk, cudaMemcpyDeviceToHost, down));
        CHECK(cudaEventRecord(slot->downloaded, down));
    }
    CHECK(cudaStreamSynchronize(down));

    long checksum = 0;
    for (int i = 0; i < chunk * chunks; i++) {
        if (to[i] != ((i / half) ^ 1)) return 1;
        if (i % 4 == 0) checksum += to[i];
    }
    printf("checksum %ld\n", checksum);
    return 0;
}
