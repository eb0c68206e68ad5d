// Uploads 160 buffers of 256 KiB one after the other, each with other bytes: more than a small spool has room for.
//
// build: gcc 13
// record: --payload full
// finds: nothing
#include "fixture.h"

enum { COUNT = 160, SIZE = 256 << 10 };

int main(void) {
    char *host = pinned(SIZE, 0);
    char *device;
    cudaStream_t stream;
    CHECK(cudaMalloc((void **)&device, (size_t)COUNT * SIZE));
    CHECK(cudaStreamCreate(&stream));
    for (int i = 0; i < COUNT; i++) {
        memset(host, i, SIZE);
        CHECK(cudaMemcpyAsync(device + (size_t)i * SIZE, host, SIZE, cudaMemcpyHostToDevice, stream));
        CHECK(cudaStreamSynchronize(stream));
    }
    return 0;
}
