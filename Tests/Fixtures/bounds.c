// One row too many: the copy runs past the end of its destination. The driver refuses it.
//
// build: gcc 13
// twin: fixed
// finds: CT107 error at upload
// fixed: nothing
#include "fixture.h"

int main(void) {
    char *host = pinned(4096, 7);
    char *device = zeroed(1000);
#ifndef FIXED
    FAILS(cudaErrorInvalidValue, cudaMemcpy(device + 500, host, 501, cudaMemcpyHostToDevice)); // @upload
#else
    CHECK(cudaMemcpy(device + 500, host, 500, cudaMemcpyHostToDevice));
#endif
    return 0;
}
