// A stand-in with three devices: a copy between two of them is used on the third, which does not wait for it. The fixed
// program waits for the device.
//
// build: gcc 13
// twin: fixed
// finds: CT404 error at use after copy
// fixed: nothing
// prints: 3 devices
#include "fixture.h"

int main(void) {
    setenv("CUTAPE_DEVICES", "3", 1); // read at the first call
    int count;
    CHECK(cudaGetDeviceCount(&count));
    printf("%d devices\n", count);
    FAILS(cudaErrorInvalidDevice, cudaSetDevice(3));
    void *memory[3];
    cudaStream_t stream;
    CHECK(cudaDeviceEnablePeerAccess(1, 0));
    for (int device = 0; device < 3; device++) {
        CHECK(cudaSetDevice(device));
        CHECK(cudaMalloc(&memory[device], 4096));
    }
    CHECK(cudaDeviceEnablePeerAccess(1, 0));
    CHECK(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
    CHECK(cudaSetDevice(0));
    CHECK(cudaMemset(memory[0], 5, 4096));
    CHECK(cudaMemcpyPeer(memory[1], 1, memory[0], 0, 4096)); // @copy
#ifdef FIXED
    CHECK(cudaDeviceSynchronize());
#endif
    CHECK(cudaMemcpyPeerAsync(memory[2], 2, memory[1], 1, 4096, stream)); // @use
    CHECK(cudaStreamSynchronize(stream));
    return 0;
}
