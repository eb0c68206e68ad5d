// One event for two uploads on two streams: the second record overwrites the first, so the wait covers the second
// upload alone. The twin has an event for each.
//
// build: gcc 13
// twin: fixed
// finds: CT410 error at download after upload
// fixed: nothing
#include "fixture.h"

int main(void) {
    char *from = pinned(4096, 5), *to = pinned(4096, 0);
    char *one = zeroed(4096), *two = zeroed(4096);
    cudaStream_t first, second, third;
    cudaEvent_t uploaded, other;
    CHECK(cudaStreamCreate(&first));
    CHECK(cudaStreamCreate(&second));
    CHECK(cudaStreamCreate(&third));
    CHECK(cudaEventCreate(&uploaded));
    CHECK(cudaEventCreate(&other));
#ifndef FIXED
    cudaEvent_t again = uploaded;
#else
    cudaEvent_t again = other;
#endif
    CHECK(cudaMemcpyAsync(one, from, 4096, cudaMemcpyHostToDevice, first)); // @upload
    CHECK(cudaEventRecord(uploaded, first));
    CHECK(cudaMemcpyAsync(two, from, 4096, cudaMemcpyHostToDevice, second));
    CHECK(cudaEventRecord(again, second));
    CHECK(cudaStreamWaitEvent(third, uploaded, 0));
    CHECK(cudaMemcpyAsync(to, one, 4096, cudaMemcpyDeviceToHost, third)); // @download
    CHECK(cudaDeviceSynchronize());
    return 0;
}
