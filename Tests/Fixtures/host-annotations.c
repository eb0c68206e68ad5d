// A program says what it does with host memory: it fills the staging buffer for the second upload while the first may
// still read it, and reads a sum before the download is complete. The stand-in copies as late as it may, so the program
// really uploads the wrong bytes.
//
// build: gcc 13
// twin: fixed
// finds: CT405 error at refill after upload
// finds: CT406 error at read after download
// fixed: nothing
// racy-prints: first 2, second 2, result 0
// fixed-prints: first 1, second 2, result 1
#include "cutape.h"
#include "fixture.h"

int main(void) {
    char *staging = pinned(4096, 1), *result = pinned(4096, 0);
    char *first = zeroed(4096), *second = zeroed(4096), seen[2];
    cudaStream_t stream;
    CHECK(cudaStreamCreate(&stream));
    CHECK(cudaMemcpyAsync(first, staging, 4096, cudaMemcpyHostToDevice, stream)); // @upload
#ifdef FIXED
    CHECK(cudaStreamSynchronize(stream));
#endif
    CUTAPE_HOST_WRITE(staging, 4096); // @refill
    memset(staging, 2, 4096);
    CHECK(cudaMemcpyAsync(second, staging, 4096, cudaMemcpyHostToDevice, stream));
    CHECK(cudaMemcpyAsync(result, first, 4096, cudaMemcpyDeviceToHost, stream)); // @download
#ifdef FIXED
    CHECK(cudaStreamSynchronize(stream));
#endif
    CUTAPE_HOST_READ(result, 1); // @read
    int sum = result[0];
    CHECK(cudaStreamSynchronize(stream));
    CHECK(cudaMemcpy(&seen[0], first, 1, cudaMemcpyDeviceToHost));
    CHECK(cudaMemcpy(&seen[1], second, 1, cudaMemcpyDeviceToHost));
    printf("first %d, second %d, result %d\n", seen[0], seen[1], sum);
    return 0;
}
