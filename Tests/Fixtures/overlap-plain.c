// An overlapping plain `cudaMemcpy`. Its documentation lost the sentence that forbids it, so this is a warning.
//
// build: gcc 13
// finds: CT101 warning at copy
#include "fixture.h"

int main(void) {
    char *bytes = zeroed(1024);
    CHECK(cudaMemcpy(bytes + 8, bytes, 512, cudaMemcpyDeviceToDevice)); // @copy
    CHECK(cudaDeviceSynchronize());
    return 0;
}
