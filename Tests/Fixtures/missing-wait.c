// The host looks at a result before it waits for it. The stand-in runtime copies as late as it may, so the program
// really sees the old bytes. What the host reads is not in the trace: `check` cannot tell.
//
// build: gcc 13
// twin: fixed
// finds: nothing
// fixed: nothing
// racy-prints: result 0
// fixed-prints: result 5
#include "fixture.h"

int main(void) {
    char *from = pinned(4096, 5), *to = pinned(4096, 0);
    char *device = zeroed(4096);
    cudaStream_t stream;
    CHECK(cudaStreamCreate(&stream));
    CHECK(cudaMemcpyAsync(device, from, 4096, cudaMemcpyHostToDevice, stream));
    CHECK(cudaMemcpyAsync(to, device, 4096, cudaMemcpyDeviceToHost, stream));
#ifdef FIXED
    CHECK(cudaStreamSynchronize(stream));
#endif
    printf("result %d\n", to[0]);
    CHECK(cudaStreamSynchronize(stream));
    return 0;
}
