// Host memory is unregistered while an asynchronous copy still reads it. Nothing makes `cudaHostUnregister` wait.
//
// build: gcc 13
// twin: fixed
// finds: CT206 error at unregister after upload
// fixed: nothing
#include "fixture.h"

static char buffer[8192];

int main(void) {
    char *device = zeroed(8192);
    cudaStream_t stream;
    CHECK(cudaStreamCreate(&stream));
    CHECK(cudaHostRegister(buffer, sizeof buffer, cudaHostRegisterDefault));
    CHECK(cudaMemcpyAsync(device, buffer, sizeof buffer, cudaMemcpyHostToDevice, stream)); // @upload
#ifdef FIXED
    CHECK(cudaStreamSynchronize(stream));
#endif
    CHECK(cudaHostUnregister(buffer)); // @unregister
    CHECK(cudaStreamSynchronize(stream));
    return 0;
}
