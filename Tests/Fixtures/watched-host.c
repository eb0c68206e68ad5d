// The host fills a staging buffer for the second upload while the first may still read it, and looks at a result before
// it has arrived. The program says nothing: watchpoints see it, also in a function of the C library and in a thread that
// calls no CUDA.
//
// build: gcc 13 -pthread
// twin: fixed
// record: --watch-host
// finds: CT405 error at refill after upload
// finds: CT406 error at look after download
// fixed: nothing
// racy-prints: first 2, result 0
// fixed-prints: first 1, result 1
#include "fixture.h"

#include <pthread.h>

static volatile int sum;

static void *look(void *result) {
    sum = *(volatile char *)result; // @look
    return NULL;
}

int main(void) {
    char *staging = pinned(1 << 20, 1), *result = pinned(4096, 0);
    char *first = zeroed(1 << 20), seen;
    cudaStream_t stream;
    CHECK(cudaStreamCreate(&stream));
    CHECK(cudaMemcpyAsync(first, staging, 1 << 20, cudaMemcpyHostToDevice, stream)); // @upload
#ifdef FIXED
    CHECK(cudaStreamSynchronize(stream));
#endif
    memset(staging, 2, 1 << 20); // @refill
    CHECK(cudaMemcpyAsync(result, first, 4096, cudaMemcpyDeviceToHost, stream)); // @download
#ifdef FIXED
    CHECK(cudaStreamSynchronize(stream));
#endif
    pthread_t thread;
    pthread_create(&thread, NULL, look, result);
    pthread_join(thread, NULL);
    CHECK(cudaStreamSynchronize(stream));
    CHECK(cudaMemcpy(&seen, first, 1, cudaMemcpyDeviceToHost));
    printf("first %d, result %d\n", seen, sum);
    return 0;
}
