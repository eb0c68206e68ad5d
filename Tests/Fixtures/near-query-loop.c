// A near miss: the host asks until the stream, then the event, is done. A query that succeeds orders like a wait.
//
// build: gcc 13
// near: CT401
// finds: nothing
// prints: done
#include "fixture.h"

int main(void) {
    char *from = pinned(4096, 5), *to = pinned(4096, 0);
    char *device = zeroed(4096);
    cudaStream_t first, second;
    cudaEvent_t downloaded;
    CHECK(cudaStreamCreateWithFlags(&first, cudaStreamNonBlocking));
    CHECK(cudaStreamCreateWithFlags(&second, cudaStreamNonBlocking));
    CHECK(cudaEventCreate(&downloaded));

    CHECK(cudaMemcpyAsync(device, from, 4096, cudaMemcpyHostToDevice, first));
    while (cudaStreamQuery(first) == cudaErrorNotReady) {
    }
    CHECK(cudaMemcpyAsync(to, device, 4096, cudaMemcpyDeviceToHost, second));
    CHECK(cudaEventRecord(downloaded, second));
    while (cudaEventQuery(downloaded) == cudaErrorNotReady) {
    }
    CHECK(cudaMemsetAsync(device, 0, 4096, first));
    CHECK(cudaStreamSynchronize(first));
    puts(filled(to, 4096, 5) ? "done" : "wrong");
    return 0;
}
