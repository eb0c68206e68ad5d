// A host function between a download and an upload: it runs after the one and before the other, and sees the bytes.
//
// build: gcc 13
// finds: nothing
// prints: doubled 42
#include "fixture.h"

static void twice(void *bytes) { *(char *)bytes *= 2; }

int main(void) {
    char *host = pinned(1, 21), *result = pinned(1, 0);
    char *device = zeroed(1);
    cudaStream_t stream;
    CHECK(cudaStreamCreate(&stream));
    CHECK(cudaMemcpyAsync(device, host, 1, cudaMemcpyHostToDevice, stream));
    CHECK(cudaMemcpyAsync(result, device, 1, cudaMemcpyDeviceToHost, stream));
    CHECK(cudaLaunchHostFunc(stream, twice, result));
    CHECK(cudaMemcpyAsync(device, result, 1, cudaMemcpyHostToDevice, stream));
    CHECK(cudaMemcpyAsync(host, device, 1, cudaMemcpyDeviceToHost, stream));
    CHECK(cudaStreamSynchronize(stream));
    printf("doubled %d\n", host[0]);
    return 0;
}
