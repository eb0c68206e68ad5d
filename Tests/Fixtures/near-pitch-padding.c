// A near miss: rows are written to pitched memory, and all of it is read back by one linear copy. What nothing wrote is
// the padding between the rows, and nobody means to read that.
//
// build: gcc 13
// near: CT301
// finds: nothing
// prints: rows are right
#include "fixture.h"

enum { width = 100, rows = 8 };

int main(void) {
    char *host = pinned(width * rows, 6);
    void *device;
    size_t pitch;
    CHECK(cudaMallocPitch(&device, &pitch, width, rows));
    CHECK(cudaMemcpy2D(device, pitch, host, width, width, rows, cudaMemcpyHostToDevice));
    char *back = pinned(pitch * rows, 0);
    CHECK(cudaMemcpy(back, device, pitch * rows, cudaMemcpyDeviceToHost));
    for (size_t row = 0; row < rows; row++) {
        if (!filled(back + row * pitch, width, 6)) return 1;
    }
    puts("rows are right");
    return 0;
}
