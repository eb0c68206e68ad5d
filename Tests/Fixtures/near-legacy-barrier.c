// A near miss: two blocking streams are ordered by nothing but the legacy default stream between them. Each operation in
// that stream waits for both and both wait for it, whether a stream is used for the first time or was made only now.
//
// build: gcc 13
// near: CT401
// finds: nothing
// prints: right
#include "fixture.h"

int main(void) {
    char *from = pinned(4096, 5), *to = pinned(4096, 0);
    char *one = zeroed(4096), *two = zeroed(4096);
    cudaStream_t up, down, late;
    CHECK(cudaStreamCreate(&up));
    CHECK(cudaStreamCreate(&down));

    CHECK(cudaMemcpyAsync(one, from, 4096, cudaMemcpyHostToDevice, up));
    CHECK(cudaMemcpyAsync(two, one, 4096, cudaMemcpyDeviceToDevice, 0));
    CHECK(cudaMemcpyAsync(to, two, 4096, cudaMemcpyDeviceToHost, down));
    CHECK(cudaMemsetAsync(one, 0, 4096, 0));
    CHECK(cudaStreamCreateWithPriority(&late, cudaStreamDefault, 0));
    CHECK(cudaMemcpyAsync(one, from, 4096, cudaMemcpyHostToDevice, late));
    CHECK(cudaStreamSynchronize(0));
    puts(filled(to, 4096, 5) ? "right" : "wrong");
    return 0;
}
