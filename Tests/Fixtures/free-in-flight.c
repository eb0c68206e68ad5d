// A buffer is freed while an asynchronous copy still writes to it. `cudaFree` waits in practice and does not promise
// to, so this is a warning. The twin waits for the stream.
//
// build: gcc 13
// twin: fixed
// finds: CT206 warning at free after upload doc
// fixed: nothing
#include "fixture.h"

int main(void) {
    char *host = pinned(4096, 5);
    char *device = zeroed(4096);
    cudaStream_t stream;
    CHECK(cudaStreamCreate(&stream));
    CHECK(cudaMemcpyAsync(device, host, 4096, cudaMemcpyHostToDevice, stream)); // @upload
#ifdef FIXED
    CHECK(cudaStreamSynchronize(stream));
#endif
    CHECK(cudaFree(device)); // @free
    CHECK(cudaStreamSynchronize(stream));
    return 0;
}
