// Width and pitch swapped: a pitch below the width makes rows overlap.
//
// build: gcc 13
// twin: fixed
// finds: CT110 error at upload
// fixed: nothing
#include "fixture.h"

int main(void) {
    char *host = pinned(64 * 64, 3);
    char *device = zeroed(64 * 64);
#ifndef FIXED
    FAILS(cudaErrorInvalidPitchValue, cudaMemcpy2D(device, 32, host, 64, 64, 8, cudaMemcpyHostToDevice)); // @upload
#else
    CHECK(cudaMemcpy2D(device, 64, host, 64, 32, 8, cudaMemcpyHostToDevice));
#endif
    return 0;
}
