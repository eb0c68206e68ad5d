// An upload on the legacy default stream, a download on a stream that was made non-blocking: the barrier of the default
// stream does not reach it. With a blocking stream the same calls are ordered.
//
// build: gcc 13
// twin: fixed
// finds: CT402 error at download after upload
// fixed: nothing
#include "fixture.h"

int main(void) {
    char *from = pinned(4096, 5), *to = pinned(4096, 0);
    char *device = zeroed(4096);
    cudaStream_t stream;
#ifndef FIXED
    CHECK(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
#else
    CHECK(cudaStreamCreateWithFlags(&stream, cudaStreamDefault));
#endif
    CHECK(cudaMemcpyAsync(device, from, 4096, cudaMemcpyHostToDevice, 0)); // @upload
    CHECK(cudaMemcpyAsync(to, device, 4096, cudaMemcpyDeviceToHost, stream)); // @download
    CHECK(cudaDeviceSynchronize());
    return 0;
}
