// Near misses: copies of no bytes, with null pointers, one past the end and on freed memory; and a copy onto itself.
//
// build: gcc 13
// near: CT111
// finds: nothing
#include "fixture.h"

int main(void) {
    char *host = pinned(64, 4);
    char *device = zeroed(64);
    CHECK(cudaMemcpy(device + 64, host, 0, cudaMemcpyHostToDevice));
    CHECK(cudaMemcpy(NULL, NULL, 0, cudaMemcpyDeviceToDevice));
    CHECK(cudaMemcpy2D(device, 64, host, 64, 0, 64, cudaMemcpyHostToDevice));
    CHECK(cudaMemcpy2D(device, 64, host, 64, 64, 0, cudaMemcpyHostToDevice));
    CHECK(cudaMemset(device + 64, 0, 0));
    CHECK(cudaMemcpyAsync(device, device, 64, cudaMemcpyDeviceToDevice, 0));
    CHECK(cudaDeviceSynchronize());
    return 0;
}
