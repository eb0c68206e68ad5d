// A function uploads a local variable and returns before the copy is complete. On hardware the bytes are staged by then,
// which nothing promises: a warning. A local variable that was page-locked is really read later: an error. The twin waits
// before it returns.
//
// build: gcc 13 -O1
// twin: fixed
// finds: CT207 warning at upload after wait doc
// finds: CT207 error at locked after unlock
// fixed: nothing
#include "fixture.h"

static cudaStream_t stream;

__attribute__((noinline)) static void upload(char *to) {
    char local[1024];
    memset(local, 7, sizeof local);
    CHECK(cudaMemcpyAsync(to, local, sizeof local, cudaMemcpyHostToDevice, stream)); // @upload
#ifdef FIXED
    CHECK(cudaStreamSynchronize(stream));
#endif
}

static char *locked;

__attribute__((noinline)) static void upload_locked(char *to) {
    char local[8192];
    memset(local, 8, sizeof local);
    locked = local + 4096 - (size_t)local % 4096;
    CHECK(cudaHostRegister(locked, 4096, cudaHostRegisterDefault));
    CHECK(cudaMemcpyAsync(to, locked, 4096, cudaMemcpyHostToDevice, stream)); // @locked
#ifdef FIXED
    CHECK(cudaStreamSynchronize(stream));
#endif
}

int main(void) {
    char *device = zeroed(4096);
    CHECK(cudaStreamCreate(&stream));
    upload(device);
    CHECK(cudaStreamSynchronize(stream)); // @wait
    upload_locked(device);
    CHECK(cudaStreamSynchronize(stream)); // @unlock
    CHECK(cudaHostUnregister(locked));
    return 0;
}
