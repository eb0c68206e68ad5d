// A staging buffer is filled again on one stream while another stream still reads it: a write after a read. The twin
// lets the host wait for the reader.
//
// build: gcc 13
// twin: fixed
// finds: CT401 error at refill after drain
// fixed: nothing
#include "fixture.h"

int main(void) {
    char *host = pinned(4096, 5), *result = pinned(4096, 0);
    char *staging = zeroed(4096);
    cudaStream_t fill, drain;
    cudaEvent_t filled_once;
    CHECK(cudaStreamCreate(&fill));
    CHECK(cudaStreamCreate(&drain));
    CHECK(cudaEventCreate(&filled_once));

    CHECK(cudaMemcpyAsync(staging, host, 4096, cudaMemcpyHostToDevice, fill));
    CHECK(cudaEventRecord(filled_once, fill));
    CHECK(cudaStreamWaitEvent(drain, filled_once, 0));
    CHECK(cudaMemcpyAsync(result, staging, 4096, cudaMemcpyDeviceToHost, drain)); // @drain
#ifdef FIXED
    CHECK(cudaStreamSynchronize(drain));
#endif
    CHECK(cudaMemsetAsync(staging, 0, 4096, fill)); // @refill
    CHECK(cudaDeviceSynchronize());
    return 0;
}
