// Two owners of one buffer, each of which frees it. Freeing a null pointer is legal (the twin forgets the pointer).
//
// build: gcc 13
// twin: fixed
// finds: CT204 error at second
// fixed: nothing
#include "fixture.h"

int main(void) {
    char *device = zeroed(4096);
    CHECK(cudaFree(device));
#ifndef FIXED
    FAILS(cudaErrorInvalidValue, cudaFree(device)); // @second
#else
    device = NULL;
    CHECK(cudaFree(device));
#endif
    return 0;
}
