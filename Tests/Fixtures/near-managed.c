// A near miss: managed memory that is advised, prefetched, attached and discarded, and written before each read.
//
// build: gcc 13
// near: CT302
// finds: nothing
// prints: right
#include "fixture.h"

int main(void) {
    char *to = pinned(8192, 0);
    void *managed, *second;
    cudaStream_t stream;
    CHECK(cudaStreamCreate(&stream));
    CHECK(cudaMallocManaged(&managed, 8192, cudaMemAttachGlobal));
    second = (char *)managed + 4096;
    struct cudaMemLocation device = {cudaMemLocationTypeDevice, 0}, host = {cudaMemLocationTypeHost, 0};
    CHECK(cudaMemAdvise(managed, 8192, cudaMemAdviseSetPreferredLocation, device));
    CHECK(cudaStreamAttachMemAsync(stream, managed, 0, cudaMemAttachGlobal));
    CHECK(cudaMemPrefetchAsync(managed, 8192, device, 0, stream));
    void *ranges[] = {managed, second};
    size_t sizes[] = {4096, 4096}, first[] = {0, 1};
    struct cudaMemLocation places[] = {device, host};
    CHECK(cudaMemDiscardBatchAsync(ranges, sizes, 2, 0, stream));
    CHECK(cudaMemPrefetchBatchAsync(ranges, sizes, 2, places, first, 2, 0, stream));
    CHECK(cudaMemDiscardAndPrefetchBatchAsync(ranges, sizes, 1, places, first, 1, 0, stream));
    CHECK(cudaMemsetAsync(managed, 5, 8192, stream));
    CHECK(cudaMemcpyAsync(to, managed, 8192, cudaMemcpyDefault, stream));
    CHECK(cudaMemDiscardBatchAsync(ranges, sizes, 1, 0, stream));
    CHECK(cudaStreamSynchronize(stream));
    memset(managed, 6, 4096); // the host may write what it knows to be discarded
    CHECK(cudaMemcpyAsync(to, managed, 4096, cudaMemcpyDefault, stream));
    CHECK(cudaStreamSynchronize(stream));
    FAILS(cudaErrorInvalidValue, cudaMemDiscardBatchAsync(ranges, sizes, 1, 0, 0));
    FAILS(cudaErrorInvalidValue, cudaMemPrefetchAsync(to, 64, device, 0, stream));
    puts(filled(to, 4096, 6) && filled(to + 4096, 4096, 5) ? "right" : "wrong");
    CHECK(cudaFree(managed));
    return 0;
}
