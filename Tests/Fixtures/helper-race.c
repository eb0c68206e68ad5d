// Two copies without an order between them, both in a helper of the program: the finding is in the helper, and only the
// call stack says who called it.
// build: gcc 13
// twin: fixed
// record: --stacks
// finds: CT401 error at copy after copy
// fixed: nothing
// near: CT401
#include "fixture.h"

static void __attribute__((noinline)) upload(void *to, const void *from, cudaStream_t stream) {
    CHECK(cudaMemcpyAsync(to, from, 4096, cudaMemcpyHostToDevice, stream)); // @copy
}

static void __attribute__((noinline)) fillLeft(char *device, const char *host, cudaStream_t stream) {
    upload(device, host, stream);
}

static void __attribute__((noinline)) fillRight(char *device, const char *host, cudaStream_t stream) {
#ifdef FIXED
    upload(device + 4096, host, stream);
#else
    upload(device + 2048, host, stream);
#endif
}

int main(void) {
    cudaStream_t left, right;
    CHECK(cudaStreamCreateWithFlags(&left, cudaStreamNonBlocking));
    CHECK(cudaStreamCreateWithFlags(&right, cudaStreamNonBlocking));
    char *device = zeroed(8192), *host = pinned(4096, 1);
    fillLeft(device, host, left);
    fillRight(device, host, right);
    CHECK(cudaDeviceSynchronize());
    return 0;
}
