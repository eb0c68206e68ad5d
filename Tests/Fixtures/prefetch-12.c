// The prefetches and hints of CUDA 12: a device by its number, and by a place.
//
// build: gcc 12
// near: CT302
// finds: nothing
// prints: right
#include "fixture.h"

int main(void) {
    char *to = pinned(4096, 0);
    void *managed;
    CHECK(cudaMallocManaged(&managed, 4096, cudaMemAttachGlobal));
    struct cudaMemLocation device = {cudaMemLocationTypeDevice, 1};
    CHECK(cudaMemAdvise(managed, 4096, cudaMemAdviseSetReadMostly, 0));
    CHECK(cudaMemAdvise_v2(managed, 4096, cudaMemAdviseSetAccessedBy, device));
    CHECK(cudaMemPrefetchAsync(managed, 4096, 0, 0));
    CHECK(cudaMemset(managed, 5, 4096));
    CHECK(cudaMemPrefetchAsync_v2(managed, 4096, device, 0, 0));
    CHECK(cudaMemPrefetchAsync(managed, 4096, cudaCpuDeviceId, 0));
    CHECK(cudaMemcpy(to, managed, 4096, cudaMemcpyDefault));
    FAILS(cudaErrorInvalidDevice, cudaMemPrefetchAsync(managed, 4096, cudaInvalidDeviceId, 0));
    puts(filled(to, 4096, 5) ? "right" : "wrong");
    return 0;
}
