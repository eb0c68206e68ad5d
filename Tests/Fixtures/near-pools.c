// A near miss: memory of pools of two devices and of the host, used where it may be, and after its pool is gone.
//
// build: gcc 13
// near: CT208
// finds: nothing
// prints: right
#include "fixture.h"

int main(void) {
    char *from = pinned(4096, 5), *to = pinned(4096, 0);
    cudaMemPool_t first, second, host, current;
    cudaStream_t stream;
    char *a, *b, *c;
    CHECK(cudaStreamCreate(&stream));
    struct cudaMemPoolProps properties = {
        .allocType = cudaMemAllocationTypePinned, .location = {cudaMemLocationTypeDevice, 0}};
    CHECK(cudaMemPoolCreate(&first, &properties));
    properties.location.id = 1;
    CHECK(cudaMemPoolCreate(&second, &properties));
    properties.location = (struct cudaMemLocation){cudaMemLocationTypeHost, 0};
    CHECK(cudaMemPoolCreate(&host, &properties));

    unsigned long long threshold = ~0ull, used = 0;
    CHECK(cudaMemPoolSetAttribute(first, cudaMemPoolAttrReleaseThreshold, &threshold));
    struct cudaMemAccessDesc access = {{cudaMemLocationTypeDevice, 0}, cudaMemAccessFlagsProtReadWrite};
    CHECK(cudaMemPoolSetAccess(second, &access, 1));
    CHECK(cudaDeviceSetMemPool(0, first));
    FAILS(cudaErrorInvalidValue, cudaDeviceSetMemPool(1, first));

    CHECK(cudaMallocAsync((void **)&a, 4096, stream));
    CHECK(cudaMallocFromPoolAsync((void **)&b, 4096, second, stream));
    CHECK(cudaMallocFromPoolAsync((void **)&c, 4096, host, stream));
    CHECK(cudaMemPoolGetAttribute(first, cudaMemPoolAttrUsedMemCurrent, &used));
    CHECK(cudaMemcpyAsync(a, from, 4096, cudaMemcpyHostToDevice, stream));
    CHECK(cudaDeviceEnablePeerAccess(1, 0));
    CHECK(cudaMemcpyAsync(b, a, 4096, cudaMemcpyDeviceToDevice, stream));
    CHECK(cudaMemPoolDestroy(second));
    CHECK(cudaMemcpyAsync(c, b, 4096, cudaMemcpyDeviceToHost, stream));
    CHECK(cudaMemcpyAsync(to, c, 4096, cudaMemcpyDefault, stream));
    CHECK(cudaFreeAsync(a, stream));
    CHECK(cudaFreeAsync(b, stream));
    CHECK(cudaFreeAsync(c, stream));
    CHECK(cudaMemPoolDestroy(first));
    CHECK(cudaDeviceGetMemPool(&current, 0));
    CHECK(cudaMemPoolTrimTo(current, 0));
    CHECK(cudaMemPoolDestroy(host));
    CHECK(cudaStreamSynchronize(stream));
    puts(used >= 4096 && current != first && filled(to, 4096, 5) ? "right" : "wrong");
    return 0;
}
