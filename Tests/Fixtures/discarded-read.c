// Managed memory is discarded, and downloaded before anything has written it again. The fixed program writes it first.
//
// build: gcc 13
// twin: fixed
// finds: CT302 error at download after discard
// fixed: nothing
// racy-prints: wrong
// fixed-prints: right
#include "fixture.h"

int main(void) {
    char *to = pinned(4096, 0);
    void *managed;
    size_t size = 4096;
    cudaStream_t stream;
    CHECK(cudaStreamCreate(&stream));
    CHECK(cudaMallocManaged(&managed, size, cudaMemAttachGlobal));
#ifdef FIXED
    CHECK(cudaMemDiscardBatchAsync(&managed, &size, 1, 0, stream));
    CHECK(cudaMemsetAsync(managed, 5, size, stream));
    CHECK(cudaMemcpyAsync(to, managed, size, cudaMemcpyDefault, stream));
#else
    CHECK(cudaMemsetAsync(managed, 5, size, stream));
    CHECK(cudaMemDiscardBatchAsync(&managed, &size, 1, 0, stream));       // @discard
    CHECK(cudaMemcpyAsync(to, managed, size, cudaMemcpyDefault, stream)); // @download
#endif
    CHECK(cudaStreamSynchronize(stream));
    puts(filled(to, size, 5) ? "right" : "wrong");
    return 0;
}
