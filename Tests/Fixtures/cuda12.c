// A program of CUDA 12: it gets the runtime of that major, and its calls are judged by the same rules.
//
// build: gcc 12
// twin: fixed
// finds: CT401 error at download after upload
// fixed: nothing
// prints: CUDA 12
#include "fixture.h"

int main(void) {
    int version = 0;
    CHECK(cudaRuntimeGetVersion(&version));
    printf("CUDA %d\n", version / 1000);

    char *from = pinned(4096, 5), *to = pinned(4096, 0);
    char *device = zeroed(4096);
    cudaStream_t first, second;
    CHECK(cudaStreamCreate(&first));
    CHECK(cudaStreamCreate(&second));
    CHECK(cudaMemcpyAsync(device, from, 4096, cudaMemcpyHostToDevice, first)); // @upload
#ifdef FIXED
    CHECK(cudaStreamSynchronize(first));
#endif
    CHECK(cudaMemcpyAsync(to, device, 4096, cudaMemcpyDeviceToHost, second)); // @download
    CHECK(cudaDeviceSynchronize());
    return 0;
}
