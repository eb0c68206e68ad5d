// A copy from nowhere: the allocation was never made. With a count of zero, null pointers are harmless (the twin).
//
// build: gcc 13
// twin: fixed
// finds: CT111 error at upload
// fixed: nothing
#include "fixture.h"

int main(void) {
    char *host = NULL;
    char *device = zeroed(64);
#ifndef FIXED
    FAILS(cudaErrorInvalidValue, cudaMemcpy(device, host, 64, cudaMemcpyHostToDevice)); // @upload
#else
    CHECK(cudaMemcpy(device, host, 0, cudaMemcpyHostToDevice));
#endif
    return 0;
}
