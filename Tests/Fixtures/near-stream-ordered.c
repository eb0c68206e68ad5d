// A near miss: memory of the stream-ordered allocator, allocated, used and freed in one stream, then in a second stream
// that waits for the first. The same address may come back in each round.
//
// build: gcc 13
// near: CT203
// finds: nothing
// prints: right
#include "fixture.h"

int main(void) {
    char *from = pinned(4096, 5), *to = pinned(4096, 0);
    cudaStream_t first, second;
    cudaEvent_t uploaded, downloaded;
    CHECK(cudaStreamCreateWithFlags(&first, cudaStreamNonBlocking));
    CHECK(cudaStreamCreateWithFlags(&second, cudaStreamNonBlocking));
    CHECK(cudaEventCreate(&uploaded));
    CHECK(cudaEventCreate(&downloaded));
    for (int i = 0; i < 4; i++) {
        void *memory;
        CHECK(cudaMallocAsync(&memory, 4096, first));
        CHECK(cudaMemcpyAsync(memory, from, 4096, cudaMemcpyHostToDevice, first));
        CHECK(cudaEventRecord(uploaded, first));
        CHECK(cudaStreamWaitEvent(second, uploaded, 0));
        CHECK(cudaMemcpyAsync(to, memory, 4096, cudaMemcpyDeviceToHost, second));
        CHECK(cudaEventRecord(downloaded, second));
        CHECK(cudaStreamWaitEvent(first, downloaded, 0));
        CHECK(cudaFreeAsync(memory, first));
    }
    CHECK(cudaStreamSynchronize(first));
    puts(filled(to, 4096, 5) ? "right" : "wrong");
    return 0;
}
