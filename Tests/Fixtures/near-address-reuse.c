// A near miss: memory is freed and allocated again, and the allocator may give the same address. The new memory is
// alive, and what it needs is to be written before it is read.
//
// build: gcc 13
// near: CT201
// finds: nothing
#include "fixture.h"

int main(void) {
    char *host = pinned(4096, 5);
    for (int i = 0; i < 16; i++) {
        void *device;
        CHECK(cudaMalloc(&device, 4096));
        CHECK(cudaMemcpy(device, host, 4096, cudaMemcpyHostToDevice));
        CHECK(cudaMemcpy(host, device, 4096, cudaMemcpyDeviceToHost));
        CHECK(cudaFree(device));
    }
    return 0;
}
