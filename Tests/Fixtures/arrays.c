// A 2D array is filled from the host and read back; a 3D array by `cudaMemcpy3D`. The bytes come back as they went.
//
// build: gcc 13
// finds: nothing
// prints: 2D is right
// prints: 3D is right
#include "fixture.h"

enum { width = 24, height = 10, depth = 3 };

static void two_dimensional(void) {
    struct cudaChannelFormatDesc bytes = {8, 0, 0, 0, cudaChannelFormatKindUnsigned};
    char *from = pinned(width * height, 3), *to = pinned(width * height, 0);
    cudaArray_t array;
    CHECK(cudaMallocArray(&array, &bytes, width, height, 0));
    CHECK(cudaMemcpy2DToArray(array, 0, 0, from, width, width, height, cudaMemcpyHostToDevice));
    CHECK(cudaMemcpy2DFromArray(to, width, array, 0, 0, width, height, cudaMemcpyDeviceToHost));
    CHECK(cudaFreeArray(array));
    if (memcmp(from, to, width * height) == 0) puts("2D is right");
}

static void three_dimensional(void) {
    struct cudaChannelFormatDesc floats = {32, 0, 0, 0, cudaChannelFormatKindFloat};
    const size_t pitch = width * sizeof(float);
    char *from = pinned(pitch * height * depth, 7), *to = pinned(pitch * height * depth, 0);
    struct cudaExtent extent = {width, height, depth};
    cudaArray_t array;
    CHECK(cudaMalloc3DArray(&array, &floats, extent, 0));

    struct cudaMemcpy3DParms up = {0};
    up.srcPtr = (struct cudaPitchedPtr){from, pitch, width, height};
    up.dstArray = array;
    up.extent = extent;
    up.kind = cudaMemcpyHostToDevice;
    CHECK(cudaMemcpy3D(&up));

    struct cudaMemcpy3DParms down = {0};
    down.srcArray = array;
    down.dstPtr = (struct cudaPitchedPtr){to, pitch, width, height};
    down.extent = extent;
    down.kind = cudaMemcpyDeviceToHost;
    CHECK(cudaMemcpy3D(&down));
    CHECK(cudaFreeArray(array));
    if (memcmp(from, to, pitch * height * depth) == 0) puts("3D is right");
}

int main(void) {
    two_dimensional();
    three_dimensional();
    return 0;
}
