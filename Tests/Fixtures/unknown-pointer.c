// A device pointer that came from a file of another run: no allocation ever lived there.
//
// build: gcc 13
// finds: CT112 error at upload
#include <stdint.h>

#include "fixture.h"

int main(void) {
    char *host = pinned(64, 3);
    char *device = zeroed(64);
    CHECK(cudaMemcpy(device, host, 64, cudaMemcpyHostToDevice));
    char *stale = (char *)(uintptr_t)0x3d00beef0000;
    FAILS(cudaErrorInvalidValue, cudaMemcpy(stale, host, 64, cudaMemcpyHostToDevice)); // @upload
    return 0;
}
