// Batches of 3D copies: between pointers, packed and with rows and layers of their own, and to and from an array.
//
// build: gcc 13
// near: CT104
// finds: nothing
// prints: right
#include "fixture.h"

static struct cudaMemcpy3DOperand pointer(void *start, size_t row, size_t layer) {
    return (struct cudaMemcpy3DOperand){
        .type = cudaMemcpyOperandTypePointer, .op.ptr = {.ptr = start, .rowLength = row, .layerHeight = layer}};
}

static struct cudaMemcpy3DOperand element(cudaArray_t array, size_t x, size_t y, size_t z) {
    return (struct cudaMemcpy3DOperand){
        .type = cudaMemcpyOperandTypeArray, .op.array = {.array = array, .offset = {x, y, z}}};
}

int main(void) {
    char *from = pinned(4096, 5), *to = pinned(4096, 0), *memory = zeroed(4096);
    struct cudaChannelFormatDesc format = {32, 0, 0, 0, cudaChannelFormatKindSigned};
    cudaArray_t array;
    cudaStream_t stream;
    CHECK(cudaMalloc3DArray(&array, &format, (struct cudaExtent){8, 8, 4}, 0));
    CHECK(cudaStreamCreate(&stream));
    // Interleaved columns of one matrix are no dependent copies.
    struct cudaMemcpy3DBatchOp up[] = {
        {.dst = pointer(memory, 64, 8), .src = pointer(from, 0, 0), .extent = {32, 8, 4}, .srcAccessOrder = 1},
        {.dst = pointer(memory + 32, 64, 8), .src = pointer(from, 0, 0), .extent = {32, 8, 4}, .srcAccessOrder = 1},
        // The elements are those of the array: 4 bytes each.
        {.dst = element(array, 0, 0, 0), .src = pointer(from, 8, 8), .extent = {8, 8, 4}, .srcAccessOrder = 1},
    };
    CHECK(cudaMemcpy3DBatchAsync(3, up, 0, stream));
    struct cudaMemcpy3DBatchOp down[] = {
        {.dst = pointer(to, 0, 0), .src = pointer(memory, 64, 8), .extent = {64, 8, 4}, .srcAccessOrder = 1},
        {.dst = pointer(to + 2048, 0, 0), .src = element(array, 2, 1, 1), .extent = {4, 2, 2}, .srcAccessOrder = 1},
    };
    CHECK(cudaMemcpy3DBatchAsync(2, down, 0, stream));
    CHECK(cudaStreamSynchronize(stream));
    int isRight = filled(to, 2048, 5) && filled(to + 2048, 64, 5) && filled(to + 2112, 64, 0);

    up[0].srcAccessOrder = 0;
    FAILS(cudaErrorInvalidValue, cudaMemcpy3DBatchAsync(1, up, 0, stream));
    up[1].extent.depth = 0;
    FAILS(cudaErrorInvalidValue, cudaMemcpy3DBatchAsync(1, up + 1, 0, stream));
    FAILS(cudaErrorInvalidValue, cudaMemcpy3DBatchAsync(1, up + 2, 0, 0));
    // A 3D copy takes an array or a pointer for each side, not both.
    struct cudaMemcpy3DParms both = {.srcPtr = {from, 32, 32, 8}, .dstArray = array, .extent = {8, 8, 4},
                                     .kind = cudaMemcpyHostToDevice};
    CHECK(cudaMemcpy3D(&both));
    both.dstPtr = (struct cudaPitchedPtr){memory, 64, 64, 8};
    FAILS(cudaErrorInvalidValue, cudaMemcpy3D(&both));
    puts(isRight ? "right" : "wrong");
    return 0;
}
