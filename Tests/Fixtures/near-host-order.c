// A near miss: the host orders three streams by waiting for an event, for a stream, and for the device after the streams
// were destroyed with work in them. What the device wrote to host memory goes up again.
//
// build: gcc 13
// near: CT401
// finds: nothing
// prints: right
#include "fixture.h"

int main(void) {
    char *host = pinned(4096, 5), *between = pinned(4096, 0), *to = pinned(4096, 0);
    char *one = zeroed(4096), *two = zeroed(4096);
    cudaStream_t streams[3];
    cudaEvent_t uploaded;
    for (int i = 0; i < 3; i++) CHECK(cudaStreamCreateWithFlags(&streams[i], cudaStreamNonBlocking));
    CHECK(cudaEventCreateWithFlags(&uploaded, cudaEventBlockingSync | cudaEventDisableTiming));

    CHECK(cudaMemcpyAsync(one, host, 4096, cudaMemcpyHostToDevice, streams[0]));
    CHECK(cudaEventRecord(uploaded, streams[0]));
    CHECK(cudaEventSynchronize(uploaded));
    CHECK(cudaMemcpyAsync(between, one, 4096, cudaMemcpyDeviceToHost, streams[1]));
    CHECK(cudaStreamSynchronize(streams[1]));
    CHECK(cudaMemcpyAsync(two, between, 4096, cudaMemcpyHostToDevice, streams[2]));
    CHECK(cudaMemcpyAsync(to, two, 4096, cudaMemcpyDeviceToHost, streams[2]));
    CHECK(cudaEventDestroy(uploaded));
    for (int i = 0; i < 3; i++) CHECK(cudaStreamDestroy(streams[i]));
    CHECK(cudaDeviceSynchronize());
    CHECK(cudaFree(one));
    CHECK(cudaFree(two));
    puts(filled(to, 4096, 5) ? "right" : "wrong");
    return 0;
}
