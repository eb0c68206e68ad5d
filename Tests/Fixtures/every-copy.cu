// Every copy and memset function but the batch of 3D copies, each used as it should be: the bytes go through one after
// another and come out unchanged.
//
// build: nvcc 13
// finds: nothing
// prints: 1D, symbols and peers are right
// prints: 2D and arrays are right
// prints: 3D is right
// prints: memsets are right
#include "fixture.h"

#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

enum { width = 64, rows = 16, slices = 4, slice = width * rows, volume = slice * slices };

__device__ char table[slice];

static cudaStream_t stream;

// Host bytes that are all different from their neighbours.
static char *pattern(size_t size) {
    char *bytes = pinned(size, 0);
    for (size_t i = 0; i < size; i++) bytes[i] = (char)(i * 7 + i / 256);
    return bytes;
}

static void linear() {
    char *from = pattern(slice), *to = pinned(slice, 0);
    char *one = zeroed(slice), *two = zeroed(slice);
    CHECK(cudaMemcpy(one, from, slice, cudaMemcpyHostToDevice));
    CHECK(cudaMemcpyAsync(two, one, slice, cudaMemcpyDeviceToDevice, stream));
    CHECK(cudaStreamSynchronize(stream));
    CHECK(cudaMemcpyToSymbol(table, two, slice, 0, cudaMemcpyDeviceToDevice));
    CHECK(cudaDeviceSynchronize());
    CHECK(cudaMemset(one, 0, slice));
    CHECK(cudaDeviceSynchronize());
    CHECK(cudaMemcpyFromSymbolAsync(one, table, slice, 0, cudaMemcpyDeviceToDevice, stream));
    CHECK(cudaMemcpyToSymbolAsync(table, one, slice, 0, cudaMemcpyDeviceToDevice, stream));
    CHECK(cudaMemcpyPeerAsync(two, 0, one, 0, slice, stream));
    CHECK(cudaStreamSynchronize(stream));
    CHECK(cudaMemcpyPeer(one, 0, two, 0, slice));
    CHECK(cudaDeviceSynchronize());
    CHECK(cudaMemcpyFromSymbol(to, table, slice, 0, cudaMemcpyDeviceToHost));
    bool same = memcmp(from, to, slice) == 0;

    void *targets[2] = {two, two + slice / 2};
    const void *sources[2] = {one + slice / 2, one};
    size_t sizes[2] = {slice / 2, slice / 2}, first = 0;
    cudaMemcpyAttributes attributes = {};
    attributes.srcAccessOrder = cudaMemcpySrcAccessOrderStream;
    CHECK(cudaMemcpyBatchAsync((const void **)targets, sources, sizes, 2, &attributes, &first, 1, stream));
    CHECK(cudaMemcpyAsync(to, two, slice, cudaMemcpyDeviceToHost, stream));
    CHECK(cudaStreamSynchronize(stream));
    same = same && memcmp(from, to + slice / 2, slice / 2) == 0 && memcmp(from + slice / 2, to, slice / 2) == 0;
    if (same) puts("1D, symbols and peers are right");
}

static void planar() {
    cudaChannelFormatDesc bytes = cudaCreateChannelDesc<unsigned char>();
    char *from = pattern(slice), *to = pinned(slice, 0);
    char *one = zeroed(slice), *two = zeroed(slice);
    cudaArray_t first, second;
    CHECK(cudaMallocArray(&first, &bytes, width, rows));
    CHECK(cudaMallocArray(&second, &bytes, width, rows));
    CHECK(cudaMemcpy2D(one, width, from, width, width, rows, cudaMemcpyHostToDevice));
    CHECK(cudaMemcpy2DAsync(two, width, one, width, width, rows, cudaMemcpyDeviceToDevice, stream));
    CHECK(cudaMemcpy2DToArrayAsync(first, 0, 0, two, width, width, rows, cudaMemcpyDeviceToDevice, stream));
    CHECK(cudaStreamSynchronize(stream));
    CHECK(cudaMemcpy2DArrayToArray(second, 0, 0, first, 0, 0, width, rows, cudaMemcpyDeviceToDevice));
    CHECK(cudaDeviceSynchronize());
    CHECK(cudaMemcpy2DFromArrayAsync(one, width, second, 0, 0, width, rows, cudaMemcpyDeviceToDevice, stream));
    CHECK(cudaStreamSynchronize(stream));
    CHECK(cudaMemcpy2DToArray(first, 0, 0, one, width, width, rows, cudaMemcpyDeviceToDevice));
    CHECK(cudaMemcpyArrayToArray(second, 0, 0, first, 0, 0, slice, cudaMemcpyDeviceToDevice));
    CHECK(cudaDeviceSynchronize());
    CHECK(cudaMemcpyFromArrayAsync(two, second, 0, 0, slice, cudaMemcpyDeviceToDevice, stream));
    CHECK(cudaMemcpyToArrayAsync(first, 0, 0, two, slice, cudaMemcpyDeviceToDevice, stream));
    CHECK(cudaStreamSynchronize(stream));
    CHECK(cudaMemcpyFromArray(one, first, 0, 0, slice, cudaMemcpyDeviceToDevice));
    CHECK(cudaMemcpyToArray(second, 0, 0, one, slice, cudaMemcpyDeviceToDevice));
    CHECK(cudaDeviceSynchronize());
    CHECK(cudaMemcpy2DFromArray(to, width, second, 0, 0, width, rows, cudaMemcpyDeviceToHost));
    CHECK(cudaFreeArray(first));
    CHECK(cudaFreeArray(second));
    if (memcmp(from, to, slice) == 0) puts("2D and arrays are right");
}

static void solid() {
    char *from = pattern(volume), *to = pinned(volume, 0);
    cudaPitchedPtr one, two;
    CHECK(cudaMalloc3D(&one, make_cudaExtent(width, rows, slices)));
    CHECK(cudaMalloc3D(&two, make_cudaExtent(width, rows, slices)));

    cudaMemcpy3DParms up = {};
    up.srcPtr = make_cudaPitchedPtr(from, width, width, rows);
    up.dstPtr = one;
    up.extent = make_cudaExtent(width, rows, slices);
    up.kind = cudaMemcpyHostToDevice;
    CHECK(cudaMemcpy3D(&up));

    cudaMemcpy3DPeerParms across = {};
    across.srcPtr = one;
    across.dstPtr = two;
    across.extent = up.extent;
    CHECK(cudaMemcpy3DPeerAsync(&across, stream));
    CHECK(cudaStreamSynchronize(stream));
    across.srcPtr = two;
    across.dstPtr = one;
    CHECK(cudaMemcpy3DPeer(&across));
    CHECK(cudaDeviceSynchronize());

    cudaMemcpy3DParms down = {};
    down.srcPtr = one;
    down.dstPtr = make_cudaPitchedPtr(to, width, width, rows);
    down.extent = up.extent;
    down.kind = cudaMemcpyDeviceToHost;
    CHECK(cudaMemcpy3DAsync(&down, stream));
    CHECK(cudaStreamSynchronize(stream));
    if (memcmp(from, to, volume) == 0) puts("3D is right");
}

static void fill() {
    char *to = pinned(slice, 0);
    cudaPitchedPtr block = make_cudaPitchedPtr(zeroed(slice), width, width, rows / 2);
    cudaExtent half = make_cudaExtent(width / 2, rows / 2, 2);
    CHECK(cudaMemset(block.ptr, 1, slice));
    CHECK(cudaMemset2D(block.ptr, width, 2, width, rows));
    CHECK(cudaMemset3D(block, 3, half));
    CHECK(cudaDeviceSynchronize());
    CHECK(cudaMemset2DAsync((char *)block.ptr + width / 2, width, 3, width / 2, rows - 1, stream));
    CHECK(cudaMemset3DAsync(block, 3, half, stream));
    CHECK(cudaMemsetAsync((char *)block.ptr + slice - width / 2, 3, width / 2, stream));
    CHECK(cudaMemcpyAsync(to, block.ptr, slice, cudaMemcpyDeviceToHost, stream));
    CHECK(cudaStreamSynchronize(stream));
    if (filled(to, slice, 3)) puts("memsets are right");
}

int main() {
    CHECK(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
    linear();
    planar();
    solid();
    fill();
    return 0;
}
